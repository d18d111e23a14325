"""The verdicts of datagrams and of queries for names, in words (see `verdicts.py`)."""

from __future__ import annotations

from typing import assert_never

from simnet.fronts.figures import in_time
from simnet.trace.wording import plural
from simnet.verdicts.datagram import DatagramVerdict, Direction, Duplicate, LateDatagram, LoseDatagram, Overtaken
from simnet.verdicts.query import (
    Forge,
    Late,
    PointTo,
    PutSixFirst,
    QueryVerdict,
    Respond,
    Rotate,
    Silence,
    TellTruncated,
)

__all__ = ["of_a_datagram", "of_a_query"]


def of_a_datagram(verdict: DatagramVerdict) -> str:
    """What becomes of a datagram, or of the answer to it."""
    which = "the datagram" if verdict.direction is Direction.TO_SERVICE else "the answer"
    match verdict:
        case LoseDatagram():
            return f"{which} is lost"
        case Duplicate(copies):
            return f"{which} arrives {'twice' if copies == 1 else f'{copies + 1} times'}"
        case LateDatagram(delay):
            return f"{which} {in_time(delay)} late"
        case Overtaken(behind, within):
            return f"{which} waits for {plural(behind, 'later one')} to overtake it, {in_time(within)} at most"
        case never:
            assert_never(never)


def of_a_query(verdict: QueryVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    """What becomes of the answer to a query."""
    match verdict:
        case Respond(rcode):
            return f"{rcode} and no answer"
        case Silence():
            return "no answer"
        case Late(delay):
            return f"the answer {in_time(delay)} late"
        case PointTo(address):
            return f"the answer is {address}"
        case Rotate():
            return "one address, the next one each time"
        case PutSixFirst():
            return "::1 as well, which comes first"
        case TellTruncated():
            return "the TC bit alone: to be asked again over TCP"
        case Forge(what, ahead):
            return f"{in_time(ahead)} before the answer a false one ({what.value})"
        case never:
            assert_never(never)

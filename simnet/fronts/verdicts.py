"""A verdict in words, with the figures that the plan has drawn for it.

Law: one phrase for each verdict of `faults/contract.py`; mypy points here when one is added.
"""

from __future__ import annotations

from typing import assert_never

from simnet.trace.wording import plural
from simnet.values import ByteCount, Chance, Duration, Rate
from simnet.verdicts.accept import AcceptVerdict, Close, Reset, Starve, Wait
from simnet.verdicts.datagram import DatagramVerdict, Direction, Duplicate, LateDatagram, LoseDatagram, Overtaken
from simnet.verdicts.door import Deny, DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
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
from simnet.verdicts.reply import Cut, Deafen, Delay, Lose, Pace, ReplyVerdict, Slice

__all__ = ["in_words"]


def in_words(verdict: DoorVerdict | AcceptVerdict | ReplyVerdict | QueryVerdict | DatagramVerdict) -> str:  # noqa: PLR0911 - by the moments
    """What becomes of the attempt, the connection, the reply, the query or the datagram."""
    match verdict:
        case Refuse() | Drop() | Hold() | LoseSyns() | Fill() | Squat() | Deny():
            return _at_the_door(verdict)
        case Wait(delay):
            return f"accepted {_time(delay)} late"
        case Reset():
            return "RST as soon as it is accepted"
        case Close():
            return "FIN as soon as it is accepted"
        case Starve(free):
            return "accept fails with EMFILE" + (f" beyond {plural(free, 'connection')}" if free else "")
        case Delay() | Pace() | Slice() | Cut() | Deafen() | Lose():
            return _in_the_reply(verdict)
        case LoseDatagram() | Duplicate() | LateDatagram() | Overtaken():
            return _of_a_datagram(verdict)
        case Forge() | Late() | PointTo() | PutSixFirst() | Respond() | Rotate() | Silence() | TellTruncated():
            return _of_a_query(verdict)
        case never:
            assert_never(never)


def _at_the_door(verdict: DoorVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    match verdict:
        case Refuse():
            return "RST: refused"
        case Drop():
            return "no answer to any SYN"
        case Hold(delay):
            return f"the handshake takes {_time(delay)}"
        case LoseSyns(count):
            return "the first SYN is lost" if count == 1 else f"the first {count} SYNs are lost"
        case Fill(backlog):
            return f"the accept queue (backlog {backlog}) is full: no answer to any SYN"
        case Squat():
            return "the address is held: EADDRINUSE for whoever binds it"
        case Deny(call, errno):
            return f"{errno} from the system call {call}(2)"
        case never:
            assert_never(never)


def _in_the_reply(verdict: ReplyVerdict) -> str:
    match verdict:
        case Delay(delay, jitter):
            return f"the reply {_time(delay)}{f' ± {_time(jitter)}' if jitter else ''} late"
        case Pace(rate):
            return f"the reply at {Rate(rate)} at most"
        case Slice(count, every):
            return f"the reply {ByteCount(count)} every {_time(every)}"
        case Cut(after, ending, lasting):
            return f"{ending.value} after {_bytes(after)} of the reply{_for(lasting)}"
        case Deafen(after, lasting):
            return f"after {_bytes(after)} of the reply nothing is heard or said{_for(lasting)}"
        case Lose(chance):
            return f"each millisecond {Chance(round(chance * 1e6))} of being lost for what the client sends"
        case never:
            assert_never(never)


def _of_a_datagram(verdict: DatagramVerdict) -> str:
    which = "the datagram" if verdict.direction is Direction.TO_SERVICE else "the answer"
    match verdict:
        case LoseDatagram():
            return f"{which} is lost"
        case Duplicate(copies):
            return f"{which} arrives {'twice' if copies == 1 else f'{copies + 1} times'}"
        case LateDatagram(delay):
            return f"{which} {_time(delay)} late"
        case Overtaken(behind, within):
            return f"{which} waits for {plural(behind, 'later one')} to overtake it, {_time(within)} at most"
        case never:
            assert_never(never)


def _of_a_query(verdict: QueryVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    match verdict:
        case Respond(rcode):
            return f"{rcode} and no answer"
        case Silence():
            return "no answer"
        case Late(delay):
            return f"the answer {_time(delay)} late"
        case PointTo(address):
            return f"the answer is {address}"
        case Rotate():
            return "one address, the next one each time"
        case PutSixFirst():
            return "::1 as well, which comes first"
        case TellTruncated():
            return "the TC bit alone: to be asked again over TCP"
        case Forge(what, ahead):
            return f"{_time(ahead)} before the answer a false one ({what.value})"
        case never:
            assert_never(never)


def _time(length: float) -> str:
    return str(Duration.of(length))


def _bytes(count: int) -> str:
    return str(ByteCount(count))


def _for(lasting: float | None) -> str:
    return "" if lasting is None else f", for {_time(lasting)}"

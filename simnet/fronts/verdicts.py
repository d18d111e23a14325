"""A verdict in words, with the figures that the plan has drawn for it.

Law: one phrase for each verdict of `faults/contract.py`; mypy points here when one is added.
"""

from __future__ import annotations

from typing import assert_never

from simnet.trace.wording import plural
from simnet.values import ByteCount, Chance, Duration, Rate
from simnet.verdicts.accept import AcceptVerdict, Close, Reset, Starve, Wait
from simnet.verdicts.door import Deny, DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
from simnet.verdicts.reply import Cut, Deafen, Delay, Lose, Pace, ReplyVerdict, Slice

__all__ = ["in_words"]


def in_words(
    verdict: DoorVerdict | AcceptVerdict | ReplyVerdict, stream: str = "the reply", sender: str = "the client"
) -> str:
    """What becomes of the attempt, the connection or the reply; or of another `stream`, to the `sender` of the other way."""
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
            return _in_the_stream(verdict, stream, sender)
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


def _in_the_stream(verdict: ReplyVerdict, stream: str, sender: str) -> str:
    match verdict:
        case Delay(delay, jitter):
            return f"{stream} {_time(delay)}{f' ± {_time(jitter)}' if jitter else ''} late"
        case Pace(rate):
            return f"{stream} at {Rate(rate)} at most"
        case Slice(count, every):
            return f"{stream} {ByteCount(count)} every {_time(every)}"
        case Cut(after, ending, lasting):
            return f"{ending.value} after {_bytes(after)} of {stream}{_for(lasting)}"
        case Deafen(after, lasting):
            return f"after {_bytes(after)} of {stream} nothing is heard or said{_for(lasting)}"
        case Lose(chance):
            return f"each millisecond {Chance(round(chance * 1e6))} of being lost for what {sender} sends"
        case never:
            assert_never(never)


def _time(length: float) -> str:
    return str(Duration.of(length))


def _bytes(count: int) -> str:
    return str(ByteCount(count))


def _for(lasting: float | None) -> str:
    return "" if lasting is None else f", for {_time(lasting)}"

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
from simnet.verdicts.request import (
    AnswerEarly,
    BreakChunk,
    Garble,
    Hint,
    Misstate,
    Redirect,
    RequestVerdict,
    Shorten,
    ShortenGzip,
    Substitute,
    Trickle,
    WithholdContinue,
)
from simnet.verdicts.rest import EndAtReuse, EndIdle, RestVerdict

__all__ = ["in_words"]


def in_words(verdict: DoorVerdict | AcceptVerdict | ReplyVerdict | RequestVerdict | RestVerdict) -> str:  # noqa: PLR0911
    """What becomes of the attempt, the connection, the request or the reply."""
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
        case EndIdle(rested, ending):
            return f"{ending.value} after a rest of {_time(rested)}"
        case EndAtReuse(ending, whole):
            return f"{ending.value} when the next request on the connection {'has been read' if whole else 'begins to arrive'}"
        case _:
            return _to_the_request(verdict)


def _to_the_request(verdict: RequestVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    match verdict:
        case Substitute(status, _, retry_after):
            return f"{status} instead" + (
                "" if retry_after is None else f", to be tried again after {_time(retry_after)}"
            )
        case Redirect(status, urls):
            return f"{status} to {'itself' if urls == 1 else f'the next of {urls} URLs, in a circle'}"
        case Garble(data):
            return f"{ByteCount(len(data))} that are no HTTP, then FIN"
        case Shorten(after, chunked):
            how = "the last chunk is missing" if chunked else "Content-Length promises more"
            return f"FIN after {_part(after, 'all' if chunked else 'half')} of the body: {how}"
        case BreakChunk(after):
            return f"after {_part(after, 'half')} of the body a chunk size that is no number"
        case ShortenGzip(after):
            return f"the gzip stream ends after {_part(after, 'half')} of it"
        case Misstate(by):
            return f"Content-Length is {ByteCount(abs(by))} too {'large' if by > 0 else 'small'}"
        case Trickle(part, rate):
            return f"the {part.value} of the reply byte by byte, at {Rate(rate)}"
        case AnswerEarly(status):
            return f"{status} before the request's body is read, then it is closed"
        case WithholdContinue():
            return "no 100 (Continue) for a client that expects it"
        case Hint(seconds):
            return f"103 (Early Hints) at once, the reply {_time(seconds)} later"
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


def _part(count: int | None, otherwise: str) -> str:
    return otherwise if count is None else _bytes(count)


def _time(length: float) -> str:
    return str(Duration.of(length))


def _bytes(count: int) -> str:
    return str(ByteCount(count))


def _for(lasting: float | None) -> str:
    return "" if lasting is None else f", for {_time(lasting)}"

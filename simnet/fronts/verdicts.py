"""A verdict in words, with the figures that the plan has drawn for it.

Law: one phrase for each verdict of `faults/contract.py`; mypy points here when one is added.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from simnet.fronts.figures import in_bytes, in_time, lasting_for
from simnet.fronts.verdicts_of_http import to_the_request
from simnet.fronts.verdicts_of_names import of_a_datagram, of_a_query
from simnet.trace.wording import plural
from simnet.values import ByteCount, Chance, Rate
from simnet.verdicts.accept import AcceptVerdict, Close, Reset, Starve, Wait
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.door import Deny, DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
from simnet.verdicts.query import QueryVerdict
from simnet.verdicts.reply import Cut, Deafen, Delay, HalfClose, LateFin, Lose, Pace, ReplyVerdict, Slice, Vanish
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import EndAtReuse, EndIdle, RestVerdict
from simnet.verdicts.tls import Abandon, OldVersion, PlainAnswer, Present, ResetHandshake, StallHandshake, TlsVerdict
from simnet.verdicts.upload import ReadSlowly, StopReading, UploadVerdict

__all__ = ["AnyVerdict", "in_words"]


AnyVerdict: TypeAlias = (
    DoorVerdict | AcceptVerdict | TlsVerdict | UploadVerdict | RequestVerdict | ReplyVerdict | RestVerdict | QueryVerdict
    | DatagramVerdict
)  # fmt: skip


def in_words(verdict: AnyVerdict, stream: str = "the reply", sender: str = "the client") -> str:  # noqa: PLR0911
    """What becomes of the attempt, the connection or the reply; or of another `stream`, to the `sender` of the other way."""
    if isinstance(verdict, DoorVerdict):
        return _at_the_door(verdict)
    if isinstance(verdict, AcceptVerdict):
        return _at_accept(verdict)
    if isinstance(verdict, TlsVerdict):
        return _in_the_handshake(verdict)
    if isinstance(verdict, UploadVerdict):
        return _in_the_upload(verdict)
    if isinstance(verdict, RequestVerdict):
        return to_the_request(verdict)
    if isinstance(verdict, RestVerdict):
        return _at_rest(verdict)
    if isinstance(verdict, DatagramVerdict):
        return of_a_datagram(verdict)
    if isinstance(verdict, QueryVerdict):
        return of_a_query(verdict)
    if isinstance(verdict, HalfClose | Vanish | LateFin):
        return _at_the_end(verdict)
    return _in_the_stream(verdict, stream, sender)


def _at_accept(verdict: AcceptVerdict) -> str:
    match verdict:
        case Wait(delay):
            return f"accepted {in_time(delay)} late"
        case Reset():
            return "RST as soon as it is accepted"
        case Close():
            return "FIN as soon as it is accepted"
        case Starve(free):
            return "accept fails with EMFILE" + (f" beyond {plural(free, 'connection')}" if free else "")
        case never:
            assert_never(never)


def _in_the_upload(verdict: UploadVerdict) -> str:
    match verdict:
        case StopReading(after, lasting):
            return f"after {in_bytes(after)} of what the client sends nothing is read{lasting_for(lasting)}"
        case ReadSlowly(rate):
            return f"what the client sends is read at {Rate(rate)} at most"
        case never:
            assert_never(never)


def _at_rest(verdict: RestVerdict) -> str:
    match verdict:
        case EndIdle(rested, ending):
            return f"{ending.value} after a rest of {in_time(rested)}"
        case EndAtReuse(ending, whole):
            return f"{ending.value} when the next request on the connection {'has been read' if whole else 'begins to arrive'}"
        case never:
            assert_never(never)


def _at_the_door(verdict: DoorVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    match verdict:
        case Refuse():
            return "RST: refused"
        case Drop():
            return "no answer to any SYN"
        case Hold(delay):
            return f"the handshake takes {in_time(delay)}"
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


def _in_the_handshake(verdict: TlsVerdict) -> str:
    match verdict:
        case StallHandshake(after, lasting):
            return f"silence after {in_bytes(after)} of the TLS handshake{lasting_for(lasting)}"
        case ResetHandshake(after):
            return f"RST after {in_bytes(after)} of the TLS handshake"
        case Present(flaw, _, host):
            return f"the certificate is {flaw.value}{f': {host}' if host else ''}"
        case PlainAnswer():
            return "an answer in HTTP, not in TLS"
        case OldVersion(version):
            return f"TLS {version} is all that it offers"
        case Abandon(after):
            return f"FIN without close_notify {_after_reply(after, 'at the end')}"
        case never:
            assert_never(never)


def _at_the_end(verdict: HalfClose | Vanish | LateFin) -> str:
    match verdict:
        case HalfClose(after):
            return f"FIN {_after_reply(after, 'after the reply')}, and it reads on"
        case Vanish(after):
            return f"{_after_reply(after, 'after the reply')} the peer is gone without FIN or RST"
        case LateFin(delay):
            return f"its FIN leaves {in_time(delay)} late"
        case never:
            assert_never(never)


def _after_reply(after: int | None, whole: str) -> str:
    return whole if after is None else f"after {in_bytes(after)} of the reply"


def _in_the_stream(verdict: Delay | Pace | Slice | Cut | Deafen | Lose, stream: str, sender: str) -> str:
    match verdict:
        case Delay(delay, jitter):
            return f"{stream} {in_time(delay)}{f' ± {in_time(jitter)}' if jitter else ''} late"
        case Pace(rate):
            return f"{stream} at {Rate(rate)} at most"
        case Slice(count, every):
            return f"{stream} {ByteCount(count)} every {in_time(every)}"
        case Cut(after, ending, lasting):
            return f"{ending.value} after {in_bytes(after)} of {stream}{lasting_for(lasting)}"
        case Deafen(after, lasting):
            return f"after {in_bytes(after)} of {stream} nothing is heard or said{lasting_for(lasting)}"
        case Lose(chance):
            return f"each millisecond {Chance(round(chance * 1e6))} of being lost for what {sender} sends"
        case never:
            assert_never(never)

"""A conversation, on a bare connection: what is sent in whatever pieces, cut anywhere, is exact to the byte."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

import simnet
from simnet.plan.plan import Chosen, PlannedFault
from simnet.services.contract import Conversation, Query, Service
from simnet.trace.events import Applied, BytesOut, Closed
from simnet.trace.journal import Journal
from simnet.verdicts.reply import Cut, Deafen, Delay, Ending, Lose, Pace, ReplyVerdict, Slice
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.world.inquiry import Inquiry
from simnet.world.ledger import Ledger
from simnet.world.loopback import Loopback
from simnet.world.record import Record
from simnet.world.talk import Talk

GUARD = 20
"""Seconds until a test that hangs is given up."""

SILENCE = 0.03
"""Seconds of nothing, after all that is due has come, that a client takes for silence."""

HOSTS = ["127.93.40.1", "::1"]


class Says(Service):
    """Waits for a word and says these pieces."""

    speaks: Literal["says"] = "says"
    pieces: tuple[bytes, ...]

    @override
    async def converse(self, talk: Conversation) -> None:
        await talk.receive()
        for piece in self.pieces:
            await talk.send(piece)


@dataclass
class Host:
    """A service whose connection meets these verdicts, each of a fault of its own."""

    verdicts: Sequence[ReplyVerdict]
    journal: Journal = field(default_factory=lambda: Journal("talk", 0))

    def __post_init__(self) -> None:
        self.record = Record("talk", self.journal, trio.current_time)
        self.ledger = Ledger()

    def replies(self, connection: int, request: int | None) -> tuple[Chosen[ReplyVerdict], ...]:  # noqa: ARG002
        """The verdicts, for the connection as a whole."""
        return tuple(Chosen(PlannedFault(n, simnet.stall(after="0 B")), v) for n, v in enumerate(self.verdicts, 1))

    def requests_meet(self, connection: int, request: int) -> tuple[Chosen[RequestVerdict], ...]:
        """Nothing here has requests."""
        raise NotImplementedError

    def rests(self, connection: int, request: int) -> tuple[Chosen[RestVerdict], ...]:
        """Nothing here has requests."""
        raise NotImplementedError

    def next_request(self) -> int:
        """Nothing here has requests."""
        raise NotImplementedError

    def request_is_there(self) -> None:
        """Nothing here has requests."""
        raise NotImplementedError

    def inquiry(self, query: Query, request: int, client: str) -> Inquiry:
        """Nobody here is asked for names."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Told:
    """What the client got, how it ended for it, and the trace."""

    received: bytes
    end: str
    applied: tuple[Applied, ...]
    closed: tuple[Closed, ...]
    sent: int


async def hear(sock: trio.socket.SocketType, due: int) -> tuple[bytes, str]:
    """Read until the end, or until nothing comes after the bytes that are due."""
    received = b""
    while True:
        with trio.move_on_after(GUARD if len(received) < due else SILENCE) as waiting:
            try:
                piece = await sock.recv(65536)
            except ConnectionResetError:
                return received, "ECONNRESET"
            if not piece:
                return received, "EOF"
            received += piece
        if waiting.cancelled_caught:
            return received, "silence"


async def talk_with(service: Service, verdicts: Sequence[ReplyVerdict], host: str, due: int = sys.maxsize) -> Told:
    """Let the service speak with a client that says one word, then listens to the end and closes."""
    fake = Host(verdicts)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener, trio.fail_after(GUARD), Loopback() as net:
        with trio.socket.socket(family) as client:
            await client.connect(listener.getsockname())
            accepted, _ = listener.accept()
            accepted.setblocking(False)  # noqa: FBT003 - the name of the socket module
            async with trio.open_nursery() as nursery:
                nursery.start_soon(Talk(accepted, 1, fake, net).converse, service)
                await client.send(b"word")
                received, end = await hear(client, due)
                client.close()
        trace = fake.journal.trace()
    sent = sum(event.count for event in trace.of(BytesOut))
    return Told(received, end, tuple(trace.of(Applied)), tuple(trace.of(Closed)), sent)


ENDS = {Ending.FIN: "EOF", Ending.RST: "ECONNRESET", Ending.SILENCE: "silence"}


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    after=st.integers(0, 8000),
    ending=st.sampled_from(Ending),
    host=st.sampled_from(HOSTS),
)
@example(pieces=[5, 5], after=10, ending=Ending.RST, host=HOSTS[0])
@example(pieces=[5, 5], after=5, ending=Ending.SILENCE, host=HOSTS[0])
@example(pieces=[5], after=0, ending=Ending.FIN, host=HOSTS[1])
@example(pieces=[5], after=6, ending=Ending.RST, host=HOSTS[1])
def test_a_cut_is_exact_in_whatever_pieces_a_reply_is_sent(
    pieces: list[int], after: int, ending: Ending, host: str
) -> None:
    """The client gets exactly the bytes before the cut and then its ending; a reply that is shorter is not cut at all."""
    whole = Random(7).randbytes(sum(pieces))
    starts = [sum(pieces[:n]) for n in range(len(pieces))]
    says = Says(pieces=tuple(whole[at : at + size] for at, size in zip(starts, pieces, strict=True)))
    reached = after <= len(whole)
    due = after if ending is Ending.SILENCE and reached else sys.maxsize
    told = trio.run(talk_with, says, [Cut(after, ending)], host, due)
    assert (told.received, told.end) == (whole[:after], ENDS[ending] if reached else "EOF")
    assert told.sent == len(told.received)
    assert len(told.applied) == reached
    (closed,) = told.closed
    by_client = reached and ending is Ending.SILENCE
    assert (closed.by, closed.how) == ("client" if by_client else "service", "RST" if told.end == "ECONNRESET" else "FIN")


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=4),
    shapes=st.sets(st.sampled_from(["delay", "pace", "slice", "silence", "lose", "deafen"])),
    after=st.integers(0, 700),
)
def test_shapes_in_any_company_lose_nothing(sizes: list[int], shapes: set[str], after: int) -> None:
    """Whatever makes a reply late, narrow, lossy, or silent for a time, the client gets all of it, in order, then FIN."""
    every: dict[str, ReplyVerdict] = {
        "delay": Delay(0.01, 0.01, Random(1)),
        "pace": Pace(40_000),
        "slice": Slice(301, 0.002),
        "silence": Cut(after, Ending.SILENCE, 0.01),
        "lose": Lose(0.02, Random(2)),
        "deafen": Deafen(after, 0.01),
    }
    whole = Random(9).randbytes(sum(sizes))
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    says = Says(pieces=tuple(whole[at : at + size] for at, size in zip(starts, sizes, strict=True)))
    told = trio.run(talk_with, says, [every[name] for name in sorted(shapes)], HOSTS[0])
    assert (told.received, told.end) == (whole, "EOF")


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_sliced_is_never_faster_than_asked(host: str) -> None:
    """Twenty bytes in slices of five, 20 ms apart: four pieces in at least 60 ms, and the proof says so."""
    told = trio.run(talk_with, Says(pieces=(b"x" * 20,)), [Slice(5, 0.02)], host)
    assert told.received == b"x" * 20
    (proof,) = told.applied
    assert proof.evidence["pieces"] == 4
    assert float(proof.evidence["seconds"]) >= 0.06


def test_a_delay_is_proven_by_what_was_measured() -> None:
    """The proof of a delay has its pieces and that none left earlier than it should."""
    told = trio.run(talk_with, Says(pieces=(b"a", b"b")), [Delay(0.05, 0.0, Random(1))], HOSTS[0])
    (proof,) = told.applied
    assert (told.received, proof.evidence["pieces"]) == (b"ab", 2)
    assert float(proof.evidence["shortest_delay"]) >= 0.05


def test_pieces_on_their_way_overlap() -> None:
    """Fifty pieces, each 100 ms late, leave together: far sooner than one after the other, which would take 5 s."""
    told = trio.run(talk_with, Says(pieces=(b"x",) * 50), [Delay(0.1, 0.0, Random(1))], HOSTS[0])
    assert told.received == b"x" * 50
    (proof,) = told.applied
    assert float(proof.evidence["longest_delay"]) < 2.5


def test_a_silence_is_proven_at_the_end_of_the_client() -> None:
    """While it lasts the client's end is ESTABLISHED, and all that was sent before is acknowledged."""
    told = trio.run(talk_with, Says(pieces=(b"hello, world",)), [Cut(5, Ending.SILENCE)], HOSTS[0], 5)
    (proof,) = told.applied
    assert proof.evidence == {"bytes_before": 5, "unacknowledged": 0, "client_tcp_state": "ESTABLISHED"}


def test_an_end_of_the_world_closes_at_once() -> None:
    """A conversation that is cancelled in a silence closes its socket, and the trace has it."""

    async def cancelled() -> tuple[int, Closed]:
        fake = Host([Cut(0, Ending.SILENCE)])
        with (
            socket.create_server((HOSTS[0], 0)) as listener,
            socket.create_connection(listener.getsockname()) as client,
            trio.fail_after(GUARD),
            Loopback() as net,
        ):
            accepted, _ = listener.accept()
            accepted.setblocking(False)  # noqa: FBT003 - the name of the socket module
            async with trio.open_nursery() as nursery:
                nursery.start_soon(Talk(accepted, 1, fake, net).converse, Says(pieces=(b"x",)))
                client.sendall(b"word")
                while not list(fake.journal.trace().of(Applied)):  # noqa: ASYNC110 - the journal has no event
                    await trio.sleep(0.001)
                nursery.cancel_scope.cancel()
            (closed,) = fake.journal.trace().of(Closed)
            return accepted.fileno(), closed

    number, closed = trio.run(cancelled)
    assert number == -1
    assert (closed.by, closed.how, closed.bytes_in, closed.bytes_out) == ("service", "FIN", 4, 0)

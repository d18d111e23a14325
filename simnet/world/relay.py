"""A connection of a proxy: what the client says goes to the upstream and back, each way as the plan has it.

Law: a proxy tells no lies. A FIN is passed on as a FIN when all before it has been, and the other way stays open; a RST
as a RST, when the one who gets it has been given what came before; what cannot be dialled is a RST to the client, and the
trace says why. With no fault in its way no byte is looked at.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Protocol

import trio

from simnet.faults.contract import Direction
from simnet.plan.plan import Chosen
from simnet.trace.events import Dialled
from simnet.values import Endpoint as Address
from simnet.verdicts.reply import ReplyVerdict
from simnet.world.dial import dial
from simnet.world.kernel.options import no_delay
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import Line
from simnet.world.network import Endpoint, Network, StreamSocket
from simnet.world.record import Record
from simnet.world.way import Ear, Severed, Way

__all__ = ["Ear", "Relay"]

POLL = 0.05
"""Seconds between two looks whether a client that waits for a slow upstream has reset its connection."""

DELIVERY = 1.0
"""Seconds that a RST waits for the bytes before it to be acknowledged: a peer that does not read cannot hold it up."""


class Host(Protocol):
    """The service whose connection it is."""

    record: Record

    def replies(self, connection: int, request: int | None, towards: Direction = ...) -> tuple[Chosen[ReplyVerdict], ...]:
        """What the connection meets in one direction."""


class Relay:
    """The connection numbered `number`, whose client has been accepted on `raw`."""

    def __init__(self, raw: StreamSocket, number: int, host: Host, net: Network, ear: Ear | None = None) -> None:
        no_delay(raw)
        self._net, self._host, self._number, self._ear = net, host, number, ear
        self._client = Line(raw, number, host.record, net)

    async def run(self, upstream: Endpoint) -> None:
        """Dial, then pass on until both have ended, or one has with a RST."""
        raw: StreamSocket | None = None
        try:
            raw = await self._dial(upstream)
            if raw is not None:
                await self._pass_on(Line(raw, self._number, self._host.record, self._net, "upstream"))
        finally:
            self._client.close("service", "FIN")

    async def _dial(self, upstream: Endpoint) -> StreamSocket | None:
        """The socket; None if there is none: then the client's connection is over too."""
        began = trio.current_time()
        found, why = await self._dial_for_as_long_as_there_is_a_client(upstream)
        why = why or ("" if found is not None else "ECANCELED")
        seconds = round(trio.current_time() - began, 4)
        event = {"connection": self._number, "upstream": str(Address(*upstream)), "errno": why, "seconds": seconds}
        self._host.record.add(Dialled, **event)
        if found is None:
            if self._ear is not None:
                self._ear.ended(self._number, "upstream", "RST")
            await (self._client.abort() if why != "ECANCELED" else self._left())
        return found

    async def _dial_for_as_long_as_there_is_a_client(self, upstream: Endpoint) -> tuple[StreamSocket | None, str]:
        """The socket, or why there is none ("": the client has left)."""
        found: StreamSocket | None = None
        why = ""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch_client, nursery.cancel_scope)
                try:
                    found = await dial(self._net, upstream)
                except OSError as error:
                    why = errno.errorcode.get(error.errno or 0, str(error))
                nursery.cancel_scope.cancel()
        except BaseException:  # the network goes down just now
            if found is not None:
                found.close()
            raise
        return found, why

    async def _watch_client(self, dialling: trio.CancelScope) -> None:
        while self._client.state() is not TcpState.CLOSE:
            await self._client.look_again(POLL)
        dialling.cancel()

    async def _left(self) -> None:
        await trio.lowlevel.checkpoint()
        self._client.close("client", "RST")

    async def _pass_on(self, upstream: Line) -> None:
        ways = [
            self._way(upstream, self._client, Direction.TO_CLIENT),
            self._way(self._client, upstream, Direction.TO_UPSTREAM),
        ]
        severed: list[Severed] = []
        try:
            async with trio.open_nursery() as nursery:
                for way in ways:
                    nursery.start_soon(self._run, way, severed, nursery.cancel_scope)
            for one in severed[:1]:
                await self._sever(one)
        finally:
            for way in ways:
                way.finish()
            for line in (self._client, upstream):
                line.close("client" if line.ended else "service", "FIN")

    def _way(self, source: Line, sink: Line, towards: Direction) -> Way:
        chosen: Sequence[Chosen[ReplyVerdict]] = self._host.replies(self._number, None, towards)
        return Way(source, sink, chosen, self._net, self._ear)

    async def _run(self, way: Way, severed: list[Severed], both: trio.CancelScope) -> None:
        try:
            await way.run()
        except Severed as one:
            severed.append(one)
            both.cancel()

    async def _sever(self, severed: Severed) -> None:
        """One end is gone, by itself or by a fault: so is the other, as far as TCP can say it."""
        if severed.gone is not None:
            if self._ear is not None:
                self._ear.ended(self._number, severed.gone.peer, "RST")
            severed.gone.close("client", severed.how)
        with trio.move_on_after(DELIVERY):
            while not severed.left.is_closed and severed.left.unacknowledged():
                await severed.left.look_again(POLL / 10)
        if not severed.left.is_closed:
            await severed.left.abort()

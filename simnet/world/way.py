"""One direction of a proxied connection, from the socket where bytes come in to the one where they go out.

Law: order is kept and no byte is lost or made up. Verdicts act as they do on a reply (`reply.py`); where there are none,
the bytes go through one buffer and nobody looks at them.

The fast path was chosen by measurement (`tests/bench/proxy.py`): recv_into a large buffer is as fast as splice(2) through
a pipe where both ends are on loopback and every byte crosses it twice, needs no pipe (two descriptors and a share of the
user's 64 MiB, pipe(7)), and works on every network beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import trio

from simnet.plan.plan import Chosen
from simnet.services.contract import ClientGone, ConversationOver
from simnet.verdicts.reply import Deafen, Lose, ReplyVerdict
from simnet.world.drain import drain
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import Line
from simnet.world.loss import lose_segments
from simnet.world.network import Network
from simnet.world.pipe import Pipe
from simnet.world.reply import Reply

__all__ = ["Ear", "Severed", "Way"]

ROOM = 1 << 20
"""Bytes of the buffer of the fast path, by measurement (a quarter of it moves half as much a second: each piece costs its two
calls and a turn of the loop); the pages that are never filled are never had."""

BREATH = 16
"""Pieces after which others get a turn, though there is more to move."""


LOOK = 0.1
"""Seconds between two looks whether the source, which we cannot read from now, has reset the connection meanwhile."""


class Ear(Protocol):
    """Who overhears a proxied connection."""

    def heard(self, connection: int, by: str, data: bytes) -> None:
        """The client or the upstream (`by`) has said `data`."""

    def ended(self, connection: int, by: str, how: str) -> None:
        """The client or the upstream has ended, with FIN or RST."""


class Severed(Exception):
    """The connection is over at one end (`gone`, if it was the peer's doing); `left` has not been told yet."""

    def __init__(self, left: Line, gone: Line | None, how: str = "RST") -> None:
        self.left, self.gone, self.how = left, gone, how
        super().__init__(how)


class Way:
    """From `source` to `sink`, with what is planned for that direction."""

    def __init__(
        self, source: Line, sink: Line, chosen: Sequence[Chosen[ReplyVerdict]], net: Network, ear: Ear | None
    ) -> None:
        self._source, self._sink, self._chosen, self._net, self._ear = source, sink, chosen, net, ear
        self._reply = Reply(chosen, sink.target, sink)
        self._pipe = Pipe() if self._reply.is_late else None
        self._over: ClientGone | ConversationOver | Severed | None = None

    async def run(self) -> None:
        """Until the source's FIN is passed on. Raises `Severed` when there is nobody to pass on from or to."""
        try:
            await self._run_with_helpers()
        except ClientGone as gone:
            raise Severed(self._source, self._sink, gone.how) from gone
        except ConversationOver:
            await self._after_a_cut()

    def finish(self) -> None:
        """The connection is over: say how late and how narrow this way was."""
        self._reply.finish()

    async def _run_with_helpers(self) -> None:
        async with trio.open_nursery() as nursery:
            for one in self._chosen:
                if isinstance(one.verdict, Lose):
                    nursery.start_soon(lose_segments, self._sink, one.planned, one.verdict)
            if self._pipe is not None:
                nursery.start_soon(self._empty, self._pipe, nursery.cancel_scope)
            try:
                await self._reply.begin(Deafen)
                await (self._carry() if self._reply.is_plain and self._ear is None else self._pass())
            except trio.ClosedResourceError:
                self._over = self._over or ConversationOver()
            except (ClientGone, ConversationOver, Severed) as over:
                self._over = self._over or over
            nursery.cancel_scope.cancel()
        if self._over is not None:
            raise self._over
        self._sink.send_fin(reads_on=True)

    async def _empty(self, pipe: Pipe, all_of_it: trio.CancelScope) -> None:
        try:
            await pipe.run()
        except (ClientGone, ConversationOver) as over:
            self._over = over
            all_of_it.cancel()

    async def _after_a_cut(self) -> None:
        """A fault has ended this way, or the other. After a FIN the other stays open, and what comes here is thrown away."""
        if self._source.is_closed:
            await trio.sleep_forever()  # the other way has been cut there, and ends us
        if self._sink.is_closed:
            raise Severed(self._source, None)
        await drain(self._net, self._source.raw)
        self._source.ended = True

    async def _pass(self) -> None:
        """Piece by piece, as the verdicts have it."""
        while data := await self._next():
            if self._ear is not None:
                self._ear.heard(self._source.number, self._source.peer, data)
            if self._pipe is not None:
                now = trio.current_time()
                await self._pipe.put(self._reply.due(), partial(self._reply.leave, data, now))
            else:
                await self._reply.send(data)
        if self._pipe is not None:
            await self._pipe.drained()
        if self._ear is not None:
            self._ear.ended(self._source.number, self._source.peer, "FIN")

    async def _next(self) -> bytes:
        try:
            return await self._source.read()
        except ClientGone as gone:
            raise Severed(self._sink, self._source, gone.how) from gone

    async def _carry(self) -> None:
        """Everything, as fast as it comes, until the source's FIN."""
        buffer, pieces = memoryview(bytearray(ROOM)), 0
        while count := await self._fill(buffer):
            await self._pour(buffer[:count])
            pieces += 1
            if pieces % BREATH == 0:
                await trio.lowlevel.checkpoint()
        self._source.ended = True

    async def _fill(self, buffer: memoryview) -> int:
        while True:
            try:
                count = self._source.raw.recv_into(buffer)
            except BlockingIOError:
                await self._net.wait_readable(self._source.raw)
            except OSError as error:
                raise (ConversationOver if self._source.is_closed else Severed(self._sink, self._source)) from error
            else:
                if count:
                    self._source.came(count)
                return count

    async def _pour(self, rest: memoryview) -> None:
        while rest:
            try:
                sent = self._sink.raw.send(rest)
            except BlockingIOError:
                await self._until_it_takes_more()
            except OSError as error:
                raise (ConversationOver if self._sink.is_closed else ClientGone) from error
            else:
                self._sink.went(sent)
                rest = rest[sent:]

    async def _until_it_takes_more(self) -> None:
        """A sink that does not read must not hide that the source is gone: a RST overtakes what waits before it."""
        while True:
            with trio.move_on_after(LOOK):
                await self._net.wait_writable(self._sink.raw)
                return
            if self._source.state() is TcpState.CLOSE:
                raise Severed(self._sink, self._source)

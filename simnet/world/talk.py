"""The engine's half of a conversation: what a service says goes out as the plan has it.

Law: the service knows nothing of faults and the faults nothing of sockets; they meet here. However it ends, the
connection is closed and the trace says by whom and how.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Protocol

import trio

from simnet.plan.plan import Chosen
from simnet.services.contract import Answer, ClientGone, ClientNonsense, ConversationOver, Request, Service
from simnet.trace.events import RequestBegan, RequestEnded, ServiceTrouble
from simnet.verdicts.reply import Lose, ReplyVerdict
from simnet.world.kernel.options import no_delay
from simnet.world.line import Line
from simnet.world.loss import lose_segments
from simnet.world.network import Network, StreamSocket
from simnet.world.pipe import Pipe
from simnet.world.record import Record
from simnet.world.reply import Reply

__all__ = ["Talk"]


class Host(Protocol):
    """The service whose conversation it is."""

    record: Record

    def replies(self, connection: int, request: int | None) -> tuple[Chosen[ReplyVerdict], ...]:
        """What the reply to a request meets; with `request` None, what the connection as a whole meets."""

    def next_request(self) -> int:
        """The number of a request that has just arrived."""


class Talk:
    """One conversation; implements `services.contract.Conversation`."""

    def __init__(self, raw: StreamSocket, connection: int, host: Host, net: Network) -> None:
        no_delay(raw)
        self._line = Line(raw, connection, host.record, net)
        self._host, self._record = host, host.record
        self._chosen = host.replies(connection, None)
        self._whole = Reply(self._chosen, self._line.target, self._line)
        self._reply = self._whole
        self._unfinished = [self._whole]
        self._request = 0
        self._pipe: Pipe | None = None
        self._nursery: trio.Nursery | None = None
        self._speaking = trio.CancelScope()
        self._over: ClientGone | ConversationOver | None = None

    async def converse(self, speaks: Service) -> None:
        """Speak until it is over, then close."""
        try:
            await self._speak_with_helpers(speaks)
            await self._close()
        finally:
            self._line.close("service", "FIN")

    async def receive(self) -> bytes:
        """See `Conversation`."""
        return await self._line.read()

    async def send(self, data: bytes) -> None:
        """See `Conversation`."""
        if self._reply.is_late:
            now, reply = trio.current_time(), self._reply
            await self._opened_pipe().put(reply.due(), partial(reply.leave, data, now))
            return
        await self._all_has_left()
        if self._reply.is_plain:
            await self._line.write(data)
        else:
            await self._reply.send(data)

    @property
    def connection(self) -> int:
        """See `Conversation`."""
        return self._line.number

    async def wait(self, seconds: float) -> None:
        """See `Conversation`."""
        await trio.sleep(seconds)

    async def half_close(self) -> None:
        """See `Conversation`."""
        await self._all_has_left()
        self._line.half_close()

    async def reset(self) -> None:
        """See `Conversation`."""
        await self._all_has_left()
        await self._line.until_acknowledged()
        await self._line.abort()
        raise ConversationOver

    def request_begins(self, request: Request) -> None:
        """See `Conversation`."""
        self._request = self._host.next_request()
        event = {"connection": self._line.number, "request": self._request}
        self._record.add(RequestBegan, **event, **dataclasses.asdict(request))
        chosen = self._host.replies(self._line.number, self._request)
        self._reply = Reply(chosen, f"request {self._request}", self._line, beyond=self._whole)
        self._unfinished.append(self._reply)

    def request_ends(self, answer: Answer) -> None:
        """See `Conversation`."""
        end = partial(self._end, self._reply, self._request, answer)
        self._reply = self._whole
        if self._pipe is None or self._pipe.is_empty:
            end()
        else:
            self._pipe.put_nowait(0.0, partial(_later, end))

    # ------------------------------------------------------------------------------------------------------

    async def _speak_with_helpers(self, speaks: Service) -> None:
        """Speak; the pipe and the loss, if there are any, have ended when this returns, and touch the line no more."""
        try:
            async with trio.open_nursery() as self._nursery:
                for one in self._chosen:
                    if isinstance(one.verdict, Lose):
                        self._nursery.start_soon(lose_segments, self._line, one.planned, one.verdict)
                await self._speak(speaks)
                self._nursery.cancel_scope.cancel()
        finally:
            for reply in self._unfinished:
                reply.finish()

    async def _speak(self, speaks: Service) -> None:
        with self._speaking:
            try:
                await self._whole.begin()
                await self._let_speak(speaks)
                await self._all_has_left()
            except (ClientGone, ConversationOver) as over:
                self._over = over

    async def _let_speak(self, speaks: Service) -> None:
        try:
            await speaks.converse(self)
        except ClientNonsense as nonsense:
            self._record.add(ServiceTrouble, connection=self._line.number, message=str(nonsense))

    async def _close(self) -> None:
        match self._over:
            case ConversationOver():
                await self._line.drain()
            case ClientGone() as gone:
                self._line.close("client", gone.how)
            case None if self._line.ended:
                self._line.close("client", "FIN")
            case None:
                await self._line.close_kindly()

    async def _all_has_left(self) -> None:
        if self._pipe is not None:
            await self._pipe.drained()

    def _opened_pipe(self) -> Pipe:
        if self._pipe is None:
            self._pipe = Pipe()
            assert self._nursery is not None, "converse() runs"
            self._nursery.start_soon(self._run, self._pipe)
        return self._pipe

    async def _run(self, pipe: Pipe) -> None:
        try:
            await pipe.run()
        except (ClientGone, ConversationOver) as over:
            self._over = over
            self._speaking.cancel()

    def _end(self, reply: Reply, request: int, answer: Answer) -> None:
        reply.finish()
        self._unfinished.remove(reply)
        event = {"connection": self._line.number, "request": request}
        self._record.add(RequestEnded, **event, **dataclasses.asdict(answer))


async def _later(end: Callable[[], None]) -> None:
    end()

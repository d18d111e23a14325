"""The engine's half of a conversation: what a service says goes out as the plan has it.

Law: the service knows nothing of faults and the faults nothing of sockets; they meet here. However it ends, the
connection is closed and the trace says by whom and how.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NoReturn

import trio

from simnet.plan.plan import Chosen
from simnet.services.contract import Answer, ClientGone, ClientNonsense, ConversationOver, Query, Request, Service
from simnet.trace.events import Effect, RequestBegan, RequestEnded, ServiceTrouble
from simnet.verdicts.reply import Deafen, Ending, HalfClose, Lose, ReplyVerdict, Vanish
from simnet.verdicts.request import RequestVerdict, Trickle
from simnet.verdicts.upload import UploadVerdict
from simnet.world.exchange import Exchange
from simnet.world.farewell import part
from simnet.world.host import Host
from simnet.world.kernel.options import no_delay
from simnet.world.line import Line
from simnet.world.loss import lose_segments
from simnet.world.network import Network, StreamSocket
from simnet.world.pipe import Pipe
from simnet.world.reply import Reply
from simnet.world.rest import Rest
from simnet.world.tls.channel import Channel
from simnet.world.tls.handshake import HandshakeOver, Secured
from simnet.world.upload import Upload

__all__ = ["Talk"]


class Talk:
    """One conversation; implements `services.contract.Conversation`. `secure` puts TLS on its line."""

    def __init__(  # noqa: PLR0913 - the last two are for some services only
        self,
        raw: StreamSocket,
        connection: int,
        host: Host,
        net: Network,
        *,
        uploads: Sequence[Chosen[UploadVerdict]] = (),
        secure: Callable[[Line], Secured] | None = None,
    ) -> None:
        no_delay(raw)
        self._line = Line(raw, connection, host.record, net)
        self._host, self._record = host, host.record
        self._secured = None if secure is None else secure(self._line)
        self._stream: Line | Channel = self._line if self._secured is None else self._secured.channel
        self._chosen = host.replies(connection, None)
        self._upload = Upload(uploads, self._line, self._stream.read)
        self._whole = self._whole_reply()
        self._reply = self._whole
        self._unfinished = [self._whole]
        self._said = [self._whole]
        """Replies after which something may strike when the service reads on."""
        self._request = 0
        self._exchange: Exchange | None = None
        self._announced = False
        self._rest: Rest | None = None
        self._cut_off: Chosen[ReplyVerdict] | None = None
        self._pipe: Pipe | None = None
        self._nursery: trio.Nursery | None = None
        self._speaking = trio.CancelScope()
        self._over: ClientGone | ConversationOver | None = None

    async def converse(self, speaks: Service) -> None:
        """Speak until it is over, then close."""
        try:
            await self._speak_with_helpers(speaks)
            await part(self._line, self._over, self._chosen)
        finally:
            self._line.close("service", "FIN")

    async def receive(self) -> bytes:
        """See `Conversation`."""
        if self._rest is not None:
            await self._lie(self._rest)
        await self._strike_after_replies()
        return await self._upload.read()

    async def send(self, data: bytes) -> None:
        """See `Conversation`."""
        if self._reply.is_late:
            now, reply = trio.current_time(), self._reply
            await self._opened_pipe().put(reply.due(), partial(reply.leave, data, now))
            return
        await self._all_has_left()
        if self._reply.is_plain:
            await self._stream.write(data)
        else:
            await self._reply.send(data)

    @property
    def connection(self) -> int:
        """See `Conversation`."""
        return self._line.number

    async def half_close(self) -> None:
        """See `Conversation`."""
        await self._all_has_left()
        self._line.send_fin(reads_on=True)

    async def reset(self) -> None:
        """See `Conversation`."""
        await self._all_has_left()
        await self._line.until_acknowledged()
        await self._line.abort()
        raise ConversationOver

    def request_arrives(self) -> Sequence[RequestVerdict]:
        """See `Conversation`."""
        self._request = self._host.next_request()
        chosen = self._host.requests_meet(self._line.number, self._request)
        self._exchange, self._announced = Exchange(chosen, f"request {self._request}", self._line), True
        return self._exchange.verdicts

    def request_begins(self, request: Request) -> None:
        """See `Conversation`."""
        if not self._announced:
            self.request_arrives()
        self._announced = False
        self._host.request_is_there()
        event = {"connection": self._line.number, "request": self._request}
        self._record.add(RequestBegan, **event, **dataclasses.asdict(request))
        chosen = self._host.replies(self._line.number, self._request)
        if self._cut_off is not None:
            chosen = (*chosen, self._cut_off)
        self._reply = Reply(chosen, f"request {self._request}", self._line, beyond=self._whole)
        self._unfinished.append(self._reply)

    def request_ends(self, answer: Answer) -> None:
        """See `Conversation`."""
        end = partial(self._end, self._reply, self._request, answer)
        self._said.append(self._reply)
        self._reply = self._whole
        self._in_turn(end)
        rests = self._host.rests(self._line.number, self._request)
        self._rest = Rest(rests, self._request, self._line) if rests else None

    def takes_effect(self, request: Request, *, honours_keys: bool) -> None:
        """See `Conversation`."""
        entry = self._host.ledger.enter(request, honours_keys=honours_keys)
        event = {"connection": self._line.number, "request": self._request}
        self._record.add(
            Effect, **event, **dataclasses.asdict(entry), method=request.method, target=request.target,
            idempotency_key=request.idempotency_key,
        )  # fmt: skip

    def struck(self, verdict: RequestVerdict, **evidence: str | float) -> None:
        """See `Conversation`."""
        self._in_turn(partial(self._met.struck, verdict, **evidence))

    def missed(self, verdict: RequestVerdict, why: str, **evidence: str | float) -> None:
        """See `Conversation`."""
        self._met.missed(verdict, why, **evidence)

    async def trickle(self, verdict: Trickle, pieces: Iterable[bytes]) -> None:
        """See `Conversation`."""
        await self._met.trickle(verdict, pieces, self.send)

    async def wait(self, seconds: float) -> None:
        """See `Conversation`."""
        await trio.sleep(seconds)

    async def end(self, verdict: RequestVerdict, ending: Ending, **evidence: str | float) -> NoReturn:
        """See `Conversation`."""
        await self._all_has_left()
        await self._met.end(verdict, ending, **evidence)

    async def leave(self, verdict: RequestVerdict, seconds: float, **evidence: str | float) -> NoReturn:
        """See `Conversation`."""
        await self._all_has_left()
        await self._met.leave(verdict, seconds, **evidence)

    def wall_clock(self) -> float:
        """See `Conversation`."""
        return time.time()

    async def ask(self, query: Query) -> None:
        """See `Conversation`."""
        self.request_begins(Request(query.question.type, query.question.name))
        said = await self._host.inquiry(query, self._request, self._line.target).answer(self.send)
        if said is not None:
            self.request_ends(Answer(said.code, len(said.wire)))

    # ------------------------------------------------------------------------------------------------------

    @property
    def _met(self) -> Exchange:
        assert self._exchange is not None, "a service says of a request that it is there before it tells of it"
        return self._exchange

    async def _lie(self, rest: Rest) -> None:
        """The connection is at rest until the client's next byte."""
        await self._all_has_left()
        self._rest = None
        self._cut_off = await rest.lie()

    async def _all_has_left(self) -> None:
        if self._pipe is not None:
            await self._pipe.drained()

    def _in_turn(self, action: Callable[[], None]) -> None:
        """Now, or once all that was sent before has left."""
        if self._pipe is None or self._pipe.is_empty:
            action()
        else:
            self._pipe.put_nowait(0.0, partial(_later, action))

    def _whole_reply(self) -> Reply:
        """What the connection meets as a whole, with what is cut off for the sake of TLS."""
        cuts: tuple[Chosen[ReplyVerdict], ...] = () if self._secured is None else self._secured.cuts
        about = {"close_notify": False} if cuts else None
        chosen = (*self._chosen, *cuts)
        return Reply(chosen, self._line.target, self._line, write=self._stream.write, about=about)

    async def _strike_after_replies(self) -> None:
        """The service reads on, so its replies are over; what strikes after one waits until all of it has left."""
        said, self._said = self._said, [self._whole]
        if self._pipe is not None and any(reply.strikes_at_its_end for reply in said):
            await self._pipe.drained()
        for reply in said:
            await reply.end()

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
            self._upload.finish()

    async def _speak(self, speaks: Service) -> None:
        with self._speaking:
            try:
                await self._whole.begin(Deafen, Vanish)
                await self._let_speak(speaks)
                if self._pipe is not None:
                    await self._pipe.drained()
                if self._secured is not None:
                    await self._secured.end(self._whole.sent)
            except (ClientGone, ConversationOver) as over:
                self._over = over

    async def _let_speak(self, speaks: Service) -> None:
        try:
            if self._secured is not None:
                await self._secured.shake()
            await self._whole.begin(HalfClose)
            await speaks.converse(self)
        except HandshakeOver:
            pass  # it is in the trace
        except ClientNonsense as nonsense:
            self._record.add(ServiceTrouble, connection=self._line.number, message=str(nonsense))

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

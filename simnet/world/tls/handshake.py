"""The TLS handshake of one connection, and what a fault makes of it.

Law: the ClientHello is read whole before anything is answered, so that a fault strikes a client that is waiting for us,
and what is said of it was read from its bytes. Whether a client has noticed is told by its own alert, or its going on.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from random import Random
from typing import assert_never

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.services.contract import ClientGone, ConversationOver
from simnet.trace.events import ClientHelloSeen, HandshakeDone, HandshakeFailed
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict
from simnet.verdicts.tls import Abandon, OldVersion, PlainAnswer, Present, ResetHandshake, StallHandshake, TlsVerdict
from simnet.world.cut import Cutter
from simnet.world.line import Line
from simnet.world.reply import Reply
from simnet.world.tls.certificates import Identity
from simnet.world.tls.channel import Channel, Write, alert_of
from simnet.world.tls.hello import ClientHello, NoClientHelloError, alert_in, client_hello
from simnet.world.tls.old import server_hello

__all__ = ["HandshakeOver", "Secured"]

REACTS = 1.0
"""Seconds for a client to say by an alert what it makes of an answer that is none; OpenSSL's come at once."""

PLAIN = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 36\r\nConnection: close\r\n\r\nthis server speaks plain HTTP here.\n"


class HandshakeOver(Exception):
    """The handshake has come to nothing, and the trace says why: what is left to do is to close."""


class Secured:
    """TLS on `line`, with what the plan has for its handshake."""

    def __init__(self, line: Line, identity: Identity, chosen: Chosen[TlsVerdict] | None) -> None:
        self._line, self._chosen = line, chosen
        self._says: Mapping[str, str] = {}
        self._hello = ClientHello()
        context = identity.context
        if chosen is not None and isinstance(chosen.verdict, Present):
            context, self._says = identity.flawed(chosen.verdict)
        self.channel = Channel(line, context)

    @property
    def cuts(self) -> tuple[Chosen[ReplyVerdict], ...]:
        """What the reply meets for the sake of TLS: a FIN that no close_notify announces."""
        if self._chosen is None or not isinstance(self._chosen.verdict, Abandon) or self._chosen.verdict.after is None:
            return ()
        return (Chosen(self._chosen.planned, Cut(self._chosen.verdict.after, Ending.FIN)),)

    async def shake(self) -> None:
        """Do the handshake. Raises `HandshakeOver`, `ConversationOver` or `ClientGone` if there is nothing more to say."""
        hello = await self._hear()
        if hello is None or self._chosen is None:
            await self._shake(self._line.write)
            return
        self._hello, planned = hello, self._chosen.planned
        match self._chosen.verdict:
            case StallHandshake(after, seconds):
                await self._shake(self._up_to(planned, Cut(after, Ending.SILENCE, seconds)))
            case ResetHandshake(after):
                await self._shake(self._up_to(planned, Cut(after, Ending.RST)))
            case Present():
                await self._present(planned)
            case PlainAnswer():
                await self._answer(planned, PLAIN, sent=PLAIN.partition(b"\r\n")[0].decode())
            case OldVersion(version):
                await self._answer(planned, server_hello(version, hello, Random()), sent=f"ServerHello of TLS {version}")  # noqa: S311 - no secret
            case Abandon():
                await self._shake(self._line.write)
            case never:
                assert_never(never)

    async def end(self, sent: int) -> None:
        """The service has nothing more to say: the FIN that no close_notify announces. Raises `ConversationOver`."""
        if self._chosen is None or self._chosen.verdict != Abandon(None) or self._line.client_has_left():
            return
        cutter = Cutter(self._line, self._line.target, {"close_notify": False})
        await cutter.strike(sent, self._chosen.planned, Cut(sent, Ending.FIN))

    # ------------------------------------------------------------------------------------------------------

    async def _hear(self) -> ClientHello | None:
        """The ClientHello, once it is whole; None if there is none (OpenSSL says then what it makes of it)."""
        data = b""
        while True:
            more = await self._line.read()
            self.channel.feed(more)
            data += more
            try:
                hello = client_hello(data)
            except NoClientHelloError:
                return None
            if hello is not None:
                self._tell_hello(hello)
                return hello
            if not more:
                return None

    def _tell_hello(self, hello: ClientHello) -> None:
        offered = {"versions": " ".join(hello.versions), "alpn": " ".join(hello.alpn)}
        server_name = hello.server_name
        self._line.record.add(ClientHelloSeen, connection=self._line.number, server_name=server_name, **offered)

    def _up_to(self, planned: PlannedFault, cut: Cut) -> Write:
        """The way out for the handshake's messages, up to the cut."""
        about = {"client_hello": " ".join(self._hello.versions), **self._named()}
        return Reply([Chosen(planned, cut)], self._line.target, self._line, about=about).send

    async def _shake(self, write: Write) -> None:
        try:
            await self.channel.shake(write)
        except ssl.SSLError as error:
            alert = alert_of(error)
            why = (
                f"the client sent the alert {alert}" if alert else (error.reason or str(error)).replace("_", " ").lower()
            )
            self._line.record.add(HandshakeFailed, connection=self._line.number, alert=alert, why=why)
            raise HandshakeOver from error
        self._line.acknowledge()  # no ticket carries the ACK, and Nagle's algorithm would hold the client's request back
        agreed = self.channel.agreed()
        self._line.record.add(HandshakeDone, connection=self._line.number, server_name=self._hello.server_name, **agreed)
        if self._chosen is None or not isinstance(self._chosen.verdict, Abandon):
            self._line.last_words = self.channel.close_notify

    async def _present(self, planned: PlannedFault) -> None:
        """Present the flawed certificate and say what the client made of it."""
        with self._line.record.proving():
            try:
                await self._shake(self._line.write)
            except HandshakeOver as over:
                error = over.__cause__
                alert = alert_of(error) if isinstance(error, ssl.SSLError) else ""
                self._say_presented(planned, f"alert {alert}" if alert else "closed without an alert")
                raise
            except ClientGone:
                self._say_presented(planned, "reset the connection")
                raise
            self._say_presented(planned, "went on")

    def _say_presented(self, planned: PlannedFault, client: str) -> None:
        self._line.record.applied(planned, self._line.target, client=client, **self._says, **self._named())

    def _named(self) -> dict[str, str]:
        """Whom the client wants to speak with, if it says so."""
        return {"server_name": self._hello.server_name} if self._hello.server_name else {}

    async def _answer(self, planned: PlannedFault, data: bytes, *, sent: str) -> None:
        """Answer the ClientHello with these bytes and FIN; say what came back. Raises `ConversationOver`."""
        client = "reset the connection"
        with self._line.record.proving():
            await self._line.write(data)
            try:
                client = await self._reaction()
            finally:
                offered = " ".join(self._hello.versions)
                target, size = self._line.target, len(data)
                self._line.record.applied(planned, target, sent=sent, client=client, bytes=size, client_hello=offered)
        self._line.send_fin()
        raise ConversationOver

    async def _reaction(self) -> str:
        """What the client says to an answer that is none. Raises `ClientGone` if that is a RST."""
        said = b""
        with trio.move_on_after(REACTS):
            said = await self._line.read()
        alert = alert_in(said)
        return f"alert {alert}" if alert else "closed without an alert" if self._line.ended else "said nothing"

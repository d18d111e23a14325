"""One accepted connection, as the kernel has it: bytes in and out, how it ends, and what the client's end shows.

Law: FIN and RST are what the kernel sends for what is done here, never simulated; what is said of the client's end was
read there (sock_diag). Nothing is shaped or decided here.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import trio

from simnet.services.contract import ClientGone, ConversationOver
from simnet.trace.events import BytesAfterFin, BytesIn, BytesOut, Closed, UpstreamClosed
from simnet.world.drain import drain
from simnet.world.kernel.options import (
    abort_on_close,
    acknowledge_now,
    cut_off,
    dropped_segments,
    fix_receive_buffer,
    set_min_ttl,
    widen_receive_buffer,
)
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState, tcp_info
from simnet.world.network import Endpoint, Network, StreamSocket
from simnet.world.record import Record
from simnet.world.transfer import receive, send

__all__ = ["HAS_FIN", "PIECE", "Line"]

PIECE = 1 << 16
POLL = 0.002
LINGER = 5.0
"""Seconds that a closing service reads on, lest a RST overtake its last bytes (RFC 9112 section 9.6)."""

HAS_FIN = {TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSING, TcpState.TIME_WAIT, TcpState.CLOSE}


class Line:
    """The connection numbered `number`; `raw` is its socket, connected and not blocking.

    The one at its other end is a client, or the upstream that a proxy has dialled for it (`peer`).
    """

    def __init__(self, raw: StreamSocket, number: int, record: Record, net: Network, peer: str = "client") -> None:
        self.raw, self.number, self.record, self.peer = raw, number, record, peer
        self.bytes_in = self.bytes_out = 0
        self.ended = False
        """The client has sent its FIN."""
        self.last_words: Callable[[], bytes] = bytes
        """What has to be said just before our FIN: the close_notify of TLS."""
        self._net = net
        self._cut_off = False
        self._ends = _ends(raw)
        self._told = self._half_closed = False
        self._droppers: set[object] = set()
        self.peer_is_seen = peer == "client" or self.client_row() is not None
        """Whether the kernel's tables have the other end; an upstream on another machine cannot be looked at."""

    @property
    def target(self) -> str:
        """How the trace names it."""
        return f"connection {self.number}" + ("" if self.peer == "client" else f" to its {self.peer}")

    async def read(self, most: int = PIECE) -> bytes:
        """The next bytes, `most` at most, b"" after the client's FIN. Raises `ClientGone`, or `ConversationOver` if it is cut meanwhile."""
        try:
            data = await receive(self._net, self.raw, most)
        except OSError as error:
            raise ClientGone from error
        except trio.ClosedResourceError as error:  # a cut, made by the pipe while the service was reading
            raise ConversationOver from error
        if data:
            self.came(len(data))
        else:
            self.ended = True
        return data

    async def write(self, data: bytes) -> None:
        """Send all of `data`; returns when the kernel has it. Raises `ClientGone`. After a half-close it is not sent."""
        if self._half_closed:
            return
        rest = memoryview(data)
        try:
            while rest:
                sent = await send(self._net, self.raw, rest)
                self.bytes_out += sent
                rest = rest[sent:]
        except OSError as error:
            raise ClientGone from error
        except trio.ClosedResourceError as error:
            raise ConversationOver from error
        self._went(len(data))

    def came(self, count: int) -> None:
        """So many bytes have been read."""
        self.bytes_in += count
        if self.peer == "client":
            self.record.add(BytesIn, connection=self.number, count=count)

    def went(self, count: int) -> None:
        """So many bytes have been given to the kernel, by others than `write`."""
        self.bytes_out += count
        self._went(count)

    def _went(self, count: int) -> None:
        if self.peer == "client":
            self.record.add(BytesOut, connection=self.number, count=count)

    def client_row(self) -> DiagRow | None:
        """The client's own socket as the kernel lists it; None once it is gone."""
        return None if self._ends is None else self._net.diag.find(*self._ends)

    def client_state(self) -> str:
        """The state of the client's own socket, "gone" if there is none."""
        row = self.client_row()
        return "gone" if row is None else row.state.name

    def client_has_left(self) -> bool:
        """Whether no program holds the client's socket any more."""
        row = self.client_row()
        return self.peer_is_seen and (row is None or row.inode == 0)

    def state(self) -> TcpState:
        """The state of our own end."""
        return tcp_info(self.raw).state

    @property
    def is_closed(self) -> bool:
        """Whether our end is closed, so that the kernel can be asked nothing more of it."""
        return self.raw.fileno() == -1

    def make_sure_of_client(self, *, but_for_its_close: bool) -> None:
        """Raise `ClientGone` if nobody is there to be struck: it has reset the connection, or no program holds its end.

        `but_for_its_close`: a client that has closed after what it read was there when it was struck.
        """
        state = self.state()
        if state is TcpState.CLOSE:
            raise ClientGone
        if not but_for_its_close and self.client_has_left():
            raise ClientGone("FIN" if state in HAS_FIN else "unseen")

    def drop_arrivals(self, cause: object, *, on: bool) -> None:
        """Have the kernel drop what the client sends, for as long as at least one cause wants it."""
        (self._droppers.add if on else self._droppers.discard)(cause)
        if not self.is_closed:
            set_min_ttl(self.raw, on=bool(self._droppers))

    def dropped(self) -> int:
        """How many of the client's segments the kernel has dropped so far; 0 once we have closed."""
        return 0 if self.is_closed else dropped_segments(self.raw)

    async def until_readable(self) -> None:
        """Wait for the client's next byte, or its FIN or RST. Raises `ConversationOver` if the connection is cut meanwhile."""
        try:
            await self._net.wait_readable(self.raw)
        except trio.ClosedResourceError as error:
            raise ConversationOver from error

    def unread(self) -> int:
        """Bytes that have arrived and were not read."""
        return self._net.unread(self.raw)

    def unacknowledged(self) -> int:
        """Bytes that the client's kernel has not acknowledged yet."""
        return self._net.unacknowledged(self.raw)

    def acknowledge(self) -> None:
        """Acknowledge at once what has arrived."""
        with contextlib.suppress(OSError):  # there was a reset
            acknowledge_now(self.raw)

    async def until_acknowledged(self) -> None:
        """Wait until the client's kernel has all that was sent. Raises `ClientGone` if it resets instead."""
        while self.unacknowledged():
            if self.state() is TcpState.CLOSE:
                raise ClientGone
            await self.look_again(POLL)

    async def look_again(self, seconds: float) -> None:
        """Wait until it is worth looking again (see `Network`)."""
        await self._net.look_again(seconds)

    def send_fin(self, *, reads_on: bool = False) -> None:
        """Send FIN after all that was sent; `reads_on`: for our half only. Raises `ClientGone` if there was a reset."""
        try:
            self.say_last_words()
            self.raw.shutdown(socket.SHUT_WR)
        except OSError as error:  # ENOTCONN: it has been reset
            raise ClientGone from error
        self._half_closed = reads_on and not self.ended
        if not reads_on:
            self._tell("service", "FIN")

    def say_last_words(self) -> None:
        """Send what has to be said before our FIN; nothing where the kernel cannot take it at once. Raises OSError."""
        words, self.last_words = self.last_words(), bytes
        if words:
            with contextlib.suppress(BlockingIOError):
                sent = self.raw.send(words)
                self.bytes_out += sent
                self.record.add(BytesOut, connection=self.number, count=sent)

    def vanish(self) -> None:
        """Be gone without a word: no segment passes any more, in either direction, and no FIN or RST ever will."""
        cut_off(self.raw)
        self._cut_off = True

    def fix_window(self, *, wide: bool = False) -> None:
        """Let the kernel take in no more than it would now, however long the client sends; `wide`: much again."""
        with contextlib.suppress(OSError):  # there was a reset
            (widen_receive_buffer if wide else fix_receive_buffer)(self.raw)

    @property
    def is_half_closed(self) -> bool:
        """Whether our half is closed and the client's is still read."""
        return self._half_closed

    async def until_fin_is_there(self) -> None:
        """Wait until the client's kernel has our FIN, or has answered it with RST."""
        unsure = {TcpState.FIN_WAIT1, TcpState.CLOSING, TcpState.LAST_ACK}
        while self.state() in unsure and self.unacknowledged():
            await self.look_again(POLL)

    async def abort(self) -> None:
        """Send RST; return when the client's end is gone, or after a second."""
        abort_on_close(self.raw)
        self.close("service", "RST")
        with trio.move_on_after(1):
            while self.client_row() is not None:
                await self.look_again(POLL)

    async def drain(self) -> None:
        """After our FIN, read on until the client has closed as well, or is gone unseen; nothing to do after our RST."""
        while not self.is_closed and self.client_row() is not None:
            with trio.move_on_after(LINGER):
                await drain(self._net, self.raw, self._too_late)
                return

    async def close_kindly(self) -> None:
        """Close as a well-behaved server: FIN, then read on for a while until the client has closed as well."""
        with contextlib.suppress(OSError):
            self.say_last_words()
            self.raw.shutdown(socket.SHUT_WR)
            self._tell("service", "FIN")
        with trio.move_on_after(LINGER):
            await drain(self._net, self.raw, self._too_late)
        self.close("service", "FIN")

    def _too_late(self, count: int) -> None:
        if self.peer == "client":
            self.record.add(BytesAfterFin, connection=self.number, count=count)

    def close(self, by: str, how: str) -> None:
        """Close our end and record, once, who ended the connection and how."""
        if self.is_closed:
            return
        if how == "FIN":
            by, how = self.what_a_close_is(by)
        with contextlib.suppress(OSError):
            set_min_ttl(self.raw, on=False)  # so that the last segments pass
            if self._cut_off or (by == "client" and how != "FIN"):
                abort_on_close(self.raw)  # nobody is there to take a FIN, and none shall linger in the kernel
        self._net.closing(self.raw)
        self.raw.close()
        self._tell(by, how)

    def what_a_close_is(self, by: str) -> tuple[str, str]:
        """By whom (`by`, as far as we know) and how it ends if it is closed now: unread bytes turn our FIN into a RST (RFC 2525 section 2.17; tcp_close, net/ipv4/tcp.c)."""
        if self._cut_off:
            return "service", "unseen"
        if by == "client":
            return "service" if self._half_closed else "client", "FIN"
        if self.state() is TcpState.CLOSE and not self._half_closed:
            return "client", "RST"
        return "service", "RST" if self._net.unread(self.raw) else "FIN"

    def _tell(self, by: str, how: str) -> None:
        if self._told:
            return
        self._told = True
        event = {"connection": self.number, "by": self.peer if by == "client" else by, "how": how}
        kind = Closed if self.peer == "client" else UpstreamClosed
        self.record.add(kind, **event, bytes_in=self.bytes_in, bytes_out=self.bytes_out)


def _ends(raw: StreamSocket) -> tuple[Endpoint, Endpoint] | None:
    """(the client's end, ours); None if the client has reset the connection."""
    try:
        return raw.getpeername()[:2], raw.getsockname()[:2]
    except OSError:
        return None

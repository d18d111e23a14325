"""One direction of a byte stream: what was handed in, what is on its way, what has arrived.

Law: bytes are counted from 0; a FIN is the number after the last. Sent bytes stay until they are acknowledged, because
the peer may be deaf. Bytes that overtake a lost one are thrown away by the receiver, where Linux would keep them: they
are sent again either way (stated simplification).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Arrivals", "Outgoing", "Segment"]


class Segment(NamedTuple):
    """What travels: bytes from `seq` on, perhaps a FIN after them, and how far its sender has heard the other side."""

    seq: int
    data: bytes
    fin: bool
    ack: int
    edge: int
    """Up to where the sender of the segment is ready to take bytes: acknowledgement plus window."""
    probe: bool = False
    """A byte that was acknowledged long ago, without the byte: whoever gets it says how far it has heard."""

    @property
    def end(self) -> int:
        """The number after its last byte or FIN."""
        return self.seq + len(self.data) + self.fin


class Outgoing:
    """The send queue."""

    def __init__(self) -> None:
        self.data = bytearray()
        """What was handed in, from `acknowledged` on."""
        self.acknowledged = 0
        self.sent = 0
        """The number after the last that is on its way, or has been."""
        self.written = 0
        """The number after the last that was handed in, the FIN included (write_seq)."""
        self.edge = 0
        """Up to where the peer takes bytes, as it last said."""
        self._fin_at: int | None = None

    @property
    def outstanding(self) -> int:
        """Bytes handed in and not acknowledged; a FIN counts as one."""
        return self.written - self.acknowledged

    @property
    def flying(self) -> bool:
        """Whether something is on its way that was not acknowledged yet."""
        return self.sent > self.acknowledged

    def put(self, data: bytes | memoryview) -> None:
        """Hand in bytes."""
        self.data += data
        self.written += len(data)

    def put_fin(self) -> None:
        """Hand in the FIN."""
        self._fin_at = self.written
        self.written += 1

    def next(self, most: int) -> tuple[int, bytes, bool] | None:
        """The next piece that the window lets out: where it starts, its bytes, whether the FIN goes with it."""
        start = self.sent - self.acknowledged
        size = min(most, len(self.data) - start, self.edge - self.sent)
        data = bytes(self.data[start : start + size]) if size > 0 else b""
        fin = self.sent + len(data) == self._fin_at
        return (self.sent, data, fin) if data or fin else None

    def acknowledge(self, upto: int) -> int:
        """The peer has everything before `upto`; how much of that is new."""
        new = min(upto, self.sent) - self.acknowledged
        if new <= 0:
            return 0
        del self.data[:new]
        self.acknowledged += new
        return new

    def rewind(self) -> None:
        """Whatever was not acknowledged is to be sent again."""
        self.sent = self.acknowledged

    def purge(self) -> None:
        """The connection is dead, nothing is sent any more (tcp_write_queue_purge); the numbers stay."""
        self.data.clear()
        self.sent = self.acknowledged


class Arrivals:
    """The receive queue, in order."""

    def __init__(self, room: int) -> None:
        self.data = bytearray()
        self.room = room
        """How many bytes it takes."""
        self.expected = 0
        """The next number that is to arrive (rcv_nxt)."""
        self._edge = 0

    @property
    def edge(self) -> int:
        """Up to where bytes are taken; it never goes back (RFC 9293 section 3.8.6)."""
        self._edge = max(self._edge, self.expected + self.room - len(self.data))
        return self._edge

    def put(self, data: bytes) -> None:
        """Bytes have arrived in order."""
        self.data += data
        self.expected += len(data)

    def fresh(self, segment: Segment) -> bytes | None:
        """The bytes of it that were not there before; None if something before it is missing."""
        if segment.seq > self.expected:
            return None
        return segment.data[self.expected - segment.seq :]

    def read(self, size: int) -> bytes:
        """Take out at most so many bytes."""
        data = bytes(self.data[:size])
        del self.data[:size]
        return data

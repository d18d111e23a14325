"""TLS on a line, with a line of memory: who waits for whom."""

from __future__ import annotations

import contextlib
import ssl
from typing import cast

import trio

from simnet.services.contract import Tls
from simnet.world.line import Line
from simnet.world.tls.certificates import Identity, world_ca
from simnet.world.tls.channel import Channel

GUARD = 20


class Memory:
    """A line to a client in memory: what it says is at hand, and writing to it may be blocked."""

    def __init__(self) -> None:
        self.to_client, self.to_service = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        world_ca().configure_trust(context)
        self.client = context.wrap_bio(self.to_client, self.to_service, server_hostname="localhost")
        self.open, self.blocked = trio.Event(), trio.Event()
        self.ended = self.is_half_closed = False

    async def read(self, most: int = 1 << 16) -> bytes:
        """What the client has said; during the handshake it answers by itself."""
        await trio.lowlevel.checkpoint()
        if not self.to_service.pending:
            self.client.do_handshake()
        return self.to_service.read(most)

    async def write(self, data: bytes) -> None:
        """Take the bytes once the line is open."""
        self.blocked.set()
        await self.open.wait()
        self.to_client.write(data)

    async def shaken(self, data: bytes) -> None:
        """The way out of the handshake's messages."""
        self.to_client.write(data)


def channel_on(line: Memory) -> Channel:
    """A service's end of TLS, whose handshake has not begun; the client has said its ClientHello."""
    with contextlib.suppress(ssl.SSLWantReadError):
        line.client.do_handshake()
    return Channel(cast("Line", line), Identity(Tls(), "127.0.0.1").context)


def test_reading_goes_on_while_writing_is_blocked() -> None:
    """A client that does not read can be read all the same, as without TLS: no lock is held for both."""

    async def main() -> list[bytes]:
        line, heard = Memory(), []
        channel = channel_on(line)
        with trio.fail_after(GUARD):
            await channel.shake(line.shaken)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(channel.write, b"nobody takes this")
                await line.blocked.wait()
                for word in (b"one", b"two"):
                    line.client.write(word)
                    channel.feed(line.to_service.read())
                    heard.append(await channel.read())
                line.client.write(b"three")
                heard.append(await channel.read())  # the line is asked for more, and the writer is still blocked
                assert not line.open.is_set()
                line.open.set()
            heard.append(line.client.read(99))
        return heard

    assert trio.run(main) == [b"one", b"two", b"three", b"nobody takes this"]

"""atheris at the record layer: ClientHellos from bytes, or a true client's records with some bytes changed, on a line of
memory, through OpenSSL.

Run it: `pip install atheris`, then `PYTHONPATH=. python tests/campaigns/fuzz_tls.py -max_total_time=600`. What must come
out is a handshake, its failure with a reason, plain bytes, or the client's nonsense; all else that is raised is a finding.
"""

from __future__ import annotations

import contextlib
import ssl
import sys
from typing import cast

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["simnet.world.tls"]):
    import trio

    from simnet.services.contract import ClientNonsense, Tls
    from simnet.world.line import Line
    from simnet.world.tls.certificates import Identity, world_ca
    from simnet.world.tls.channel import Channel
    from simnet.world.tls.hello import NoClientHelloError, alert_in, client_hello

SERVER = Identity(Tls(alpn=("h2", "http/1.1")), "127.0.0.1").context
CLIENT = ssl.create_default_context()
world_ca().configure_trust(CLIENT)
MOST_READS = 20
"""Pieces that a client has to say; then comes its FIN, and whoever reads on after that is stuck."""


class Wire:
    """A line to a true client, whose records are damaged on the way as the bytes say; the FIN comes at the end."""

    def __init__(self, data: atheris.FuzzedDataProvider) -> None:
        self._data, self._reads = data, 0
        self._to_client, self._to_service = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client = CLIENT.wrap_bio(self._to_client, self._to_service, server_hostname="localhost")
        self.ended = self.is_half_closed = False

    async def read(self, most: int = 1 << 16) -> bytes:
        """What the client says next: of the handshake, then a word, or close_notify."""
        await trio.lowlevel.checkpoint()
        self._reads += 1
        if self._reads > MOST_READS + 5:
            raise AssertionError("it reads on after the client's end")
        if self._reads > MOST_READS:
            self.ended = True
            return b""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._client.do_handshake()
            self._client.unwrap() if self._data.ConsumeBool() else self._client.write(self._data.ConsumeBytes(9) or b"x")
        said = self._damaged(self._to_service.read(most))
        self.ended = not said
        return said

    async def write(self, data: bytes) -> None:
        """Hand it to the client."""
        await trio.lowlevel.checkpoint()
        self._to_client.write(data)

    def _damaged(self, said: bytes) -> bytes:
        data = self._data
        match data.ConsumeIntInRange(0, 5):
            case 0 | 1:
                return said
            case 2:
                return bytes(data.ConsumeBytes(data.ConsumeIntInRange(0, 60)))
            case 3:
                return said[: data.ConsumeIntInRange(0, len(said))]
            case 4:
                return said + bytes(data.ConsumeBytes(20))
        changed = bytearray(said)
        for _ in range(data.ConsumeIntInRange(1, 4) if changed else 0):
            changed[data.ConsumeIntInRange(0, len(changed) - 1)] = data.ConsumeIntInRange(0, 255)
        return bytes(changed)


async def serve(line: Wire) -> None:
    """As a service does: read the ClientHello, shake hands, echo until the end."""
    channel, heard = Channel(cast("Line", line), SERVER), b""
    with contextlib.suppress(NoClientHelloError):
        while client_hello(heard) is None:
            more = await line.read()
            channel.feed(more)
            heard += more
            if not more:
                break
    alert_in(heard)
    try:
        await channel.shake(line.write)
    except ssl.SSLError:
        return
    channel.agreed()
    with contextlib.suppress(ClientNonsense):
        while said := await channel.read():
            await channel.write(said)
    channel.close_notify()


def one(given: bytes) -> None:
    """Bytes at the parsers alone, or a client on a line."""
    data = atheris.FuzzedDataProvider(given)
    if data.ConsumeBool():
        raw = bytes(data.ConsumeBytes(data.remaining_bytes()))
        alert_in(raw)
        with contextlib.suppress(NoClientHelloError):
            client_hello(b"\x16\x03\x01" + raw if raw[:1] == b"\x00" else raw)
    else:
        trio.run(serve, Wire(data))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()

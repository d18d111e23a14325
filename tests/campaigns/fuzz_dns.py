"""atheris at the dns service: datagrams and streams from bytes, or true queries with some bytes changed.

Run it: `pip install atheris`, then `PYTHONPATH=. python tests/campaigns/fuzz_dns.py -max_total_time=600`. What must come
out is an answer that a client can read, silence, or the client's nonsense; anything else that is raised is a finding.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["simnet.services", "dns"]):
    import dns.exception
    import dns.message
    import dns.rdatatype

    from simnet.services.contract import ClientNonsense, ConversationOver, Query
    from simnet.services.dns import Dns
    from simnet.verdicts.query import Forgery, PointTo, PutSixFirst, Respond, Rotate, TellTruncated, Wording
    from tests.services.conftest import Heard, converse

ZONE = Dns.model_validate(
    {
        "records": [
            {"name": "api.test", "value": "127.20.0.1"},
            {"name": "api.test", "type": "AAAA", "value": "::1"},
            {"name": "www.test", "type": "CNAME", "value": "api.test"},
            {"name": "loop.test", "type": "CNAME", "value": "loop.test"},
            {"name": "_http._tcp.test", "type": "SRV", "value": "10 5 8080 api.test"},
            {"name": "note.test", "type": "TXT", "value": "a text; with a semicolon"},
            *({"name": "many.test", "value": f"127.20.1.{last}"} for last in range(1, 61)),
        ]
    }
)
NAMES = (*dict.fromkeys(record.name for record in ZONE.records), "gone.test", "test", "")
WORDINGS: tuple[Wording | None, ...] = (
    None, Respond("NXDOMAIN"), Respond("SERVFAIL"), TellTruncated(), PointTo("127.0.0.9"), PutSixFirst(), Rotate()
)  # fmt: skip


def message_from(data: atheris.FuzzedDataProvider) -> bytes:
    """Bytes of any kind, or a query with up to four bytes changed, or cut off."""
    if data.ConsumeBool():
        return bytes(data.ConsumeBytes(80))
    name, kind = NAMES[data.ConsumeIntInRange(0, len(NAMES) - 1)], data.ConsumeIntInRange(1, 260)
    query = dns.message.make_query(
        name or ".", dns.rdatatype.RdataType.make(kind), use_edns=data.ConsumeIntInRange(-1, 1), payload=data.ConsumeIntInRange(0, 4096)
    )  # fmt: skip
    wire = bytearray(query.to_wire())
    for _ in range(data.ConsumeIntInRange(0, 4)):
        wire[data.ConsumeIntInRange(0, len(wire) - 1)] = data.ConsumeIntInRange(0, 255)
    return bytes(wire[: data.ConsumeIntInRange(0, len(wire))] if data.ConsumeBool() else wire)


def take(heard: Sequence[bytes] | Query, data: atheris.FuzzedDataProvider) -> None:
    """Read what is answered, or have the query answered in some way."""
    if isinstance(heard, Sequence):
        for answer in heard:
            dns.message.from_wire(answer)
        return
    said = heard.answer(WORDINGS[data.ConsumeIntInRange(0, len(WORDINGS) - 1)], data.ConsumeIntInRange(0, 100))
    dns.message.from_wire(said.wire)
    heard.forge(list(Forgery)[data.ConsumeIntInRange(0, 2)])


def one(given: bytes) -> None:
    """A datagram, or a stream of messages in pieces."""
    data = atheris.FuzzedDataProvider(given)
    if data.ConsumeBool():
        take(ZONE.datagram(message_from(data)), data)
        return
    stream = b""
    for _ in range(data.ConsumeIntInRange(1, 3)):
        message = message_from(data)
        length = len(message) if data.ConsumeBool() else data.ConsumeIntInRange(0, 100)
        stream += length.to_bytes(2, "big") + message
    cut = data.ConsumeIntInRange(1, 40)
    pieces = [stream[at : at + cut] for at in range(0, len(stream), cut)]
    with contextlib.suppress(ClientNonsense, ConversationOver):
        converse(ZONE, [], Heard(pieces))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()

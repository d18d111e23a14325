"""A fuzz campaign, no test: `python tests/campaigns/http_by_atheris.py -max_total_time=600` (needs `pip install atheris`).

Coverage-guided bytes at the `http` service in memory, in pieces and with verdicts that come from the same bytes. It ends
with a traceback if the service ends in any way but these: it has spoken, the client's nonsense is named, or a fault has
ended the conversation. `tests/services/test_http_meets.py` asks the same of Hypothesis in each run.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # for campaigns only

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["simnet", "h11"]):
    import trio

    from simnet.services.contract import ClientNonsense, ConversationOver
    from simnet.services.http import Http
    from simnet.verdicts.request import (
        AnswerEarly,
        BreakChunk,
        Garble,
        Hint,
        Misstate,
        Part,
        Redirect,
        RequestVerdict,
        Shorten,
        ShortenGzip,
        Substitute,
        Trickle,
        WithholdContinue,
    )
    from tests.services.conftest import Heard

HEADS = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /a?hop=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
)
SERVICES = (Http(), Http(max_requests=2), Http.model_validate({"routes": [{"path": "/a*", "body_size": "300 B"}]}))


def verdict(data: atheris.FuzzedDataProvider) -> RequestVerdict:
    """Any verdict."""
    count, flag = data.ConsumeIntInRange(0, 400), data.ConsumeBool()
    some = count if data.ConsumeBool() else None
    every: list[RequestVerdict] = [
        Substitute(200 + count, None, float(count) if flag else None, as_date=flag),
        Redirect(302, 1 + count),
        Garble(b"\x80" + data.ConsumeBytes(8)),
        Shorten(some, chunked=flag),
        BreakChunk(some),
        ShortenGzip(some),
        Misstate(count - 200),
        Trickle(Part.HEAD if flag else Part.BODY, 1 + count),
        AnswerEarly(413, 0.0),
        WithholdContinue(),
        Hint(0.1),
    ]
    return every[int(data.ConsumeIntInRange(0, len(every) - 1))]


def one(raw: bytes) -> None:
    """One conversation, made of `raw`."""
    data = atheris.FuzzedDataProvider(raw)
    service = SERVICES[data.ConsumeIntInRange(0, len(SERVICES) - 1)]
    meets = [[verdict(data) for _ in range(data.ConsumeIntInRange(0, 3))] for _ in range(data.ConsumeIntInRange(0, 3))]
    pieces: list[bytes] = []
    while data.remaining_bytes() and len(pieces) < 20:
        which = data.ConsumeIntInRange(0, len(HEADS) + 2)
        pieces.append(HEADS[which] if which < len(HEADS) else data.ConsumeBytes(data.ConsumeIntInRange(1, 80)))
    heard = Heard([piece for piece in pieces if piece], meets=meets)
    with contextlib.suppress(ClientNonsense, ConversationOver):
        trio.run(service.converse, heard)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()

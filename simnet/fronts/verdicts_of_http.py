"""The verdicts of HTTP in words (see `verdicts.py`)."""

from __future__ import annotations

from typing import assert_never

from simnet.fronts.figures import in_bytes, in_time
from simnet.values import ByteCount, Rate
from simnet.verdicts.request import (
    AnswerEarly,
    BreakChunk,
    Garble,
    Hint,
    Misstate,
    Redirect,
    RequestVerdict,
    Shorten,
    ShortenGzip,
    Substitute,
    Trickle,
    WithholdContinue,
)

__all__ = ["to_the_request"]


def to_the_request(verdict: RequestVerdict) -> str:  # noqa: PLR0911 - one for each verdict
    """What becomes of a request, or of its reply."""
    match verdict:
        case Substitute(status, _, retry_after):
            return f"{status} instead" + (
                "" if retry_after is None else f", to be tried again after {in_time(retry_after)}"
            )
        case Redirect(status, urls):
            return f"{status} to {'itself' if urls == 1 else f'the next of {urls} URLs, in a circle'}"
        case Garble(data):
            return f"{ByteCount(len(data))} that are no HTTP, then FIN"
        case Shorten(after, chunked):
            how = "the last chunk is missing" if chunked else "Content-Length promises more"
            return f"FIN after {_part(after, 'all' if chunked else 'half')} of the body: {how}"
        case BreakChunk(after):
            return f"after {_part(after, 'half')} of the body a chunk size that is no number"
        case ShortenGzip(after):
            return f"the gzip stream ends after {_part(after, 'half')} of it"
        case Misstate(by):
            return f"Content-Length is {ByteCount(abs(by))} too {'large' if by > 0 else 'small'}"
        case Trickle(part, rate):
            return f"the {part.value} of the reply byte by byte, at {Rate(rate)}"
        case AnswerEarly(status):
            return f"{status} before the request's body is read, then it is closed"
        case WithholdContinue():
            return "no 100 (Continue) for a client that expects it"
        case Hint(seconds):
            return f"103 (Early Hints) at once, the reply {in_time(seconds)} later"
        case never:
            assert_never(never)


def _part(count: int | None, otherwise: str) -> str:
    return otherwise if count is None else in_bytes(count)

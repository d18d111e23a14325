"""How the body of a reply is framed, truly or as a fault wants it (RFC 9112 sections 6 and 7).

Law: the bytes of the body are those of the route, in their order. Where a reply lies, it does so in one place: what
was promised and what is sent differ by exactly what the verdict says, and the evidence has both numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from simnet.services.http1.route import Route
from simnet.verdicts.request import BreakChunk, Misstate, Shorten, ShortenGzip

__all__ = ["CannotFrame", "Framed", "Framing", "framed", "truly"]

NO_SIZE = b"not-a-size\r\n"
"""Where a chunk begins there must be hexadecimal digits (RFC 9112 section 7.1); the first of these is none."""

MOST_TO_COMPRESS = 64 << 20
"""Bytes of a body that are compressed at most: more would keep all other connections waiting for seconds."""

Evidence: TypeAlias = Mapping[str, str | int]
Framing: TypeAlias = Shorten | BreakChunk | ShortenGzip | Misstate


class CannotFrame(Exception):
    """The body is not one of which this could be said; the message says why."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A body that is ready to be sent; `whole`: it ends as its head says, so that the connection can go on."""

    fields: Mapping[str, str]
    pieces: Iterable[bytes]
    whole: bool = True
    stated: int | None = None
    """The Content-Length that stands in place of the true one."""
    tail: bytes = b""
    """Bytes after the last piece that belong to no message."""
    evidence: Evidence = field(default_factory=dict)


def truly(route: Route) -> Framed:
    """By Content-Length, as it is."""
    return Framed({"Content-Length": str(route.size())}, route.pieces())


def framed(route: Route, verdict: Framing, *, chunks: bool) -> Framed:
    """As the verdict says. Raises `CannotFrame` if the body is too short (or too long) for it, or must have no `chunks`."""
    if not chunks and (isinstance(verdict, BreakChunk) or (isinstance(verdict, Shorten) and verdict.chunked)):
        raise CannotFrame("HTTP/1.0 has no chunks")
    match verdict:
        case Shorten(after, True):
            return _unended(route, route.size() if after is None else after)
        case Shorten(after):
            return _shortened(route, _half(route) if after is None else after)
        case BreakChunk(after):
            return _broken(route, _half(route) if after is None else after)
        case ShortenGzip(after):
            return _half_compressed(route, after)
        case Misstate(by):
            return _misstated(route, by)
        case never:
            assert_never(never)


def _half(route: Route) -> int:
    return route.size() // 2


def _shortened(route: Route, after: int) -> Framed:
    size = route.size()
    if after >= size:
        raise CannotFrame(f"the body has {size} B, and so is whole after {after} B")
    evidence = {"promised": size, "body_bytes": after}
    return Framed({"Content-Length": str(size)}, _first(route.pieces(), after), whole=False, evidence=evidence)


def _unended(route: Route, after: int) -> Framed:
    evidence: Evidence = {"body_bytes": _within(route, after), "last_chunk": "missing"}
    return Framed({"Transfer-Encoding": "chunked"}, _first(route.pieces(), after), whole=False, evidence=evidence)


def _broken(route: Route, after: int) -> Framed:
    evidence: Evidence = {"body_bytes": _within(route, after), "chunk_size": NO_SIZE.decode().strip()}
    pieces = _first(route.pieces(), after)
    return Framed({"Transfer-Encoding": "chunked"}, pieces, whole=False, tail=NO_SIZE, evidence=evidence)


def _half_compressed(route: Route, after: int | None) -> Framed:
    if route.size() > MOST_TO_COMPRESS:
        raise CannotFrame(f"the body has {route.size()} B; more than {MOST_TO_COMPRESS} B are not compressed")
    stream = _compressed(route.pieces())
    count = len(stream) // 2 if after is None else after
    if count >= len(stream):
        raise CannotFrame(f"the gzip stream has {len(stream)} B, and so is whole after {count} B")
    fields = {"Content-Encoding": "gzip", "Content-Length": str(count)}
    return Framed(fields, [stream[:count]], evidence={"gzip_bytes": len(stream), "body_bytes": count})


def _misstated(route: Route, by: int) -> Framed:
    size = route.size()
    if size + by < 0:
        raise CannotFrame(f"the body has {size} B, and no length is {-by} B less")
    true = truly(route)
    return Framed(true.fields, true.pieces, stated=size + by, evidence={"promised": size + by, "body_bytes": size})


def _within(route: Route, after: int) -> int:
    if after > route.size():
        raise CannotFrame(f"the body has {route.size()} B, and never comes to {after} B")
    return after


def _first(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The first `count` bytes."""
    for piece in pieces:
        if count <= 0:
            return
        yield piece[:count]
        count -= len(piece)


def _compressed(pieces: Iterable[bytes]) -> bytes:
    """As gzip (RFC 1952), with no time in its header: the same body gives the same bytes."""
    compress = zlib.compressobj(wbits=31)
    return b"".join([*map(compress.compress, pieces), compress.flush()])

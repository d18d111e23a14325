"""How a reply leaves: its head, its body framed truly or not, slowly or at once, early or after a hint.

Law: h11 writes whatever is true; where the point is to break the rules, its bytes are changed in one place or left out,
so that its state still is that of the connection. What was promised and what was sent stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import h11

from simnet.services.contract import Answer, Conversation
from simnet.services.http1.arrival import Arrived, in_bytes
from simnet.services.http1.framing import CannotFrame, Framed, Framing, framed, truly
from simnet.services.http1.route import BODILESS, PHRASES, PIECE, Route, status_line
from simnet.verdicts.reply import Ending
from simnet.verdicts.request import AnswerEarly, BreakChunk, Hint, Misstate, Part, Shorten, ShortenGzip, Trickle

__all__ = ["CLOSE", "answer_early", "complain", "hint", "reply"]

CLOSE: Mapping[str, str] = {"Connection": "close"}


async def complain(talk: Conversation, connection: h11.Connection, error: h11.RemoteProtocolError) -> None:
    """Tell a client that breaks the protocol so, if a reply can still be said."""
    if connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
        complaint = Route(status=error.error_status_hint, body=f"{error}\n")
        await _say(talk, connection, complaint)


async def _say(talk: Conversation, connection: h11.Connection, route: Route) -> None:
    """Say it as the last thing on the connection."""
    body = truly(route)
    for piece in _coalesced([_head(connection, route, body, CLOSE)], _rest(connection, body, bodiless=False)):
        await talk.send(piece)


async def hint(talk: Conversation, connection: h11.Connection, arrived: Arrived) -> None:
    """103 (Early Hints), never to a client of HTTP/1.0 (RFC 9110 section 15.2)."""
    verdict = arrived.first(Hint)
    if verdict is None or arrived.head.http_version != b"1.1":
        return
    fields = [(b"Link", b"</style.css>; rel=preload; as=style")]
    await talk.send(
        in_bytes(connection, h11.InformationalResponse(status_code=103, headers=fields, reason=b"Early Hints"))
    )
    talk.struck(verdict, status=103)
    await talk.wait(verdict.seconds)


async def reply(
    talk: Conversation, connection: h11.Connection, arrived: Arrived, route: Route, kept: Mapping[str, str]
) -> None:
    """Send the reply, framed and as slowly as the request meets it."""
    bodiless = arrived.head.method == b"HEAD" or route.status in BODILESS
    verdict, body = (None, truly(route)) if bodiless else _frame(talk, arrived, route)
    head, rest = _head(connection, route, body, kept), _rest(connection, body, bodiless=bodiless)
    slow = {verdict.part: verdict for verdict in arrived.meets if isinstance(verdict, Trickle)}
    if Part.HEAD in slow:
        await talk.trickle(slow[Part.HEAD], [head])
        head = b""
    if Part.BODY in slow and not bodiless and route.size():
        if head:
            await talk.send(head)
        await talk.trickle(slow[Part.BODY], rest)
    else:
        for piece in _coalesced([head], rest):
            await talk.send(piece)
    if verdict is not None and body.whole:
        talk.struck(verdict, **body.evidence)
    elif verdict is not None:
        await talk.end(verdict, Ending.FIN, **body.evidence)


def _frame(talk: Conversation, arrived: Arrived, route: Route) -> tuple[Framing | None, Framed]:
    """How the body is framed, and by which verdict."""
    verdict = next((v for v in arrived.meets if isinstance(v, Shorten | BreakChunk | ShortenGzip | Misstate)), None)
    if verdict is None:
        return None, truly(route)
    try:
        return verdict, framed(route, verdict, chunks=arrived.head.http_version == b"1.1")
    except CannotFrame as why:
        talk.missed(verdict, str(why))
        return None, truly(route)


def _head(connection: h11.Connection, route: Route, body: Framed, kept: Mapping[str, str]) -> bytes:
    framing = {} if route.status in BODILESS else body.fields
    fields = {"Content-Type": "text/plain; charset=utf-8", **framing, **route.fields(), **kept}
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    reason = PHRASES.get(route.status, "").encode()
    head = in_bytes(connection, h11.Response(status_code=route.status, headers=headers, reason=reason))
    if body.stated is None:
        return head
    true, stated = f"Content-Length: {route.size()}\r\n", f"Content-Length: {body.stated}\r\n"
    assert true.encode() in head, "h11 writes header fields as they are given"
    return head.replace(true.encode(), stated.encode(), 1)


def _rest(connection: h11.Connection, body: Framed, *, bodiless: bool) -> Iterator[bytes]:
    """All after the head."""
    for piece in () if bodiless else body.pieces:
        yield in_bytes(connection, h11.Data(data=piece))
    if body.whole:
        yield in_bytes(connection, h11.EndOfMessage())
    yield body.tail


def _coalesced(*parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, small ones together."""
    pending = b""
    for part in parts:
        for piece in part:
            pending += piece
            if len(pending) > PIECE:
                yield pending
                pending = b""
    if pending:
        yield pending


async def answer_early(talk: Conversation, connection: h11.Connection, arrived: Arrived) -> None:
    """Answer while the body is still to be read, and close without reading it."""
    verdict = arrived.first(AnswerEarly)
    assert verdict is not None, "nothing else ends the reading of a body"
    route = Route(status=verdict.status, body=status_line(verdict.status))
    await _say(talk, connection, route)
    talk.request_ends(Answer(route.status, route.size(), closes=True))
    read, promised = len(connection.trailing_data[0]), arrived.promised
    evidence = {"status": route.status, "body_read": read, "body_promised": "chunked" if promised is None else promised}
    if promised is not None and read >= promised:
        talk.missed(verdict, "the whole body had come with the head: only a longer one can be left unread", **evidence)
        return
    await talk.leave(verdict, verdict.seconds, **evidence)

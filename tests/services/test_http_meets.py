"""What `http` does with what a request meets, in memory: each lie is as large as asked for, and all else stays true."""

from __future__ import annotations

import email.utils
import re
import zlib
from collections.abc import Sequence

import h11
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.services.contract import Answer, ClientNonsense, ConversationOver, Request
from simnet.services.http import Http
from simnet.verdicts.reply import Ending
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
from tests.services.conftest import NOW, Heard, converse

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /pay HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"

bodies = st.text(st.characters(codec="utf-8"), max_size=300)
quick = settings(deadline=None, max_examples=60)


def serving(body: str, **options: object) -> Http:
    """A service that answers everything with that text."""
    return Http.model_validate({"routes": [{"body": body}], **options})


def met(service: Http, *verdicts: RequestVerdict, request: bytes = GET) -> Heard:
    """One request that meets these verdicts."""
    return converse(service, [request], [verdicts])


def parts(heard: Heard) -> tuple[dict[str, str], bytes]:
    """Header fields and what follows the head, as they stand in the bytes."""
    head, _, rest = bytes(heard.said).partition(b"\r\n\r\n")
    rows = (line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, value in rows}, rest


def test_half_is_what_gets_out_where_nothing_is_said() -> None:
    """By Content-Length and before a broken chunk half of the body, by chunks all of it, of gzip half of the stream."""
    service = serving("0123456789" * 10)
    for verdict, count in (
        (Shorten(None, chunked=False), 50),
        (Shorten(None, chunked=True), 100),
        (BreakChunk(None), 50),
    ):
        ((_, evidence),) = met(service, verdict).proofs
        assert evidence["body_bytes"] == count
    ((_, evidence),) = met(service, ShortenGzip(None)).proofs
    assert evidence["body_bytes"] == int(evidence["gzip_bytes"]) // 2


@quick
@given(bodies, st.integers(0, 400))
def test_what_is_promised_and_what_is_sent_differ_by_the_cut(text: str, after: int) -> None:
    """By Content-Length: of a longer body exactly `after` bytes, then FIN; a body that is no longer cannot be cut there."""
    body, verdict = text.encode(), Shorten(after, chunked=False)
    heard = met(serving(text), verdict)
    fields, rest = parts(heard)
    assert int(fields["content-length"]) == len(body)
    assert rest == body[:after]
    if after < len(body):
        assert heard.proofs == [(verdict, {"promised": len(body), "body_bytes": after})]
        assert (heard.ending, heard.answers) == (Ending.FIN, [])
    else:
        assert [one for one, _ in heard.missed_] == [verdict]
        assert (heard.ending, heard.answers) == (None, [Answer(200, len(body))])


@quick
@given(bodies, st.none() | st.integers(0, 400), st.booleans())
def test_a_chunked_body_lacks_its_end(text: str, after: int | None, broken: bool) -> None:  # noqa: FBT001
    """The bytes before the cut come in order, in chunks; the last chunk never does, or a size that is none comes."""
    body = text.encode()
    verdict = BreakChunk(after) if broken else Shorten(after, chunked=True)
    heard = met(serving(text), verdict)
    if after is not None and after > len(body):
        assert [one for one, _ in heard.missed_] == [verdict]
        return
    count = after if after is not None else len(body) // 2 if broken else len(body)
    fields, rest = parts(heard)
    assert fields["transfer-encoding"] == "chunked"
    assert "content-length" not in fields
    whole = b"%x\r\n%b\r\n" % (count, body[:count]) if count else b""
    assert rest == whole + (b"not-a-size\r\n" if broken else b"")
    assert heard.ending is Ending.FIN


@quick
@given(bodies, st.none() | st.integers(0, 60))
def test_a_gzip_stream_breaks_off_and_http_is_in_order(text: str, after: int | None) -> None:
    """Content-Length is true, what comes unpacks to a beginning of the body, and the end of the stream is not there."""
    verdict = ShortenGzip(after)
    heard = met(serving(text), verdict)
    fields, rest = parts(heard)
    assert int(fields["content-length"]) == len(rest)
    if heard.missed_:
        assert rest == text.encode()
        return
    unpack = zlib.decompressobj(wbits=31)
    assert text.encode().startswith(unpack.decompress(rest))
    assert not unpack.eof
    assert heard.answers


@quick
@given(bodies, st.integers(-400, 400).filter(bool))
def test_the_length_is_wrong_by_what_was_said(text: str, by: int) -> None:
    """All of the body comes, Content-Length differs from it by so many, and the next reply on the connection is true."""
    size, verdict = len(text.encode()), Misstate(by)
    heard = converse(serving(text), [GET + GET], meets=[[verdict]])
    fields, rest = parts(heard)
    assert int(fields["content-length"]) - size == (by if size + by >= 0 else 0)
    assert rest.startswith(text.encode() + b"HTTP/1.1 200 OK\r\n")
    assert len(heard.answers) == 2
    assert bool(heard.missed_) == (size + by < 0)


@pytest.mark.parametrize(
    "verdict", [Shorten(1, chunked=False), Shorten(1, chunked=True), BreakChunk(1), ShortenGzip(1), Misstate(3)]
)
def test_where_there_is_no_body_none_is_broken(verdict: RequestVerdict) -> None:
    """HEAD and 204 get the reply that they would get, and nothing is said to have struck."""
    for service, request in ((serving("text"), HEAD), (Http.model_validate({"routes": [{"status": 204}]}), GET)):
        heard = met(service, verdict, request=request)
        assert heard.said == met(service, request=request).said
        assert heard.proofs == []
        assert len(heard.answers) == 1


@pytest.mark.parametrize("verdict", [Shorten(1, chunked=True), BreakChunk(1)])
def test_an_old_client_gets_no_chunks(verdict: RequestVerdict) -> None:
    """HTTP/1.0 does not know them (RFC 9112 section 6.1): that is said, and the reply is true."""
    heard = met(serving("text"), verdict, request=OLD)
    assert heard.missed_ == [(verdict, "HTTP/1.0 has no chunks")]
    assert heard.said == met(serving("text"), request=OLD).said


def test_a_status_stands_in_place_of_what_is_routed() -> None:
    """The status with its phrase, in a body that says it, and the request has no effect: it was not processed."""
    heard = met(serving("paid"), Substitute(503), request=POST)
    fields, rest = parts(heard)
    assert heard.said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert (rest, "retry-after" in fields) == (b"503 Service Unavailable\n", False)
    assert (heard.effects, heard.answers) == ([], [Answer(503, 24)])
    assert parts(met(serving("paid"), Substitute(503, "busy")))[1] == b"busy"
    assert parts(met(serving("paid"), Substitute(204)))[1] == b""


@quick
@given(st.integers(0, 10**6), st.booleans())
def test_retry_after_is_never_sooner_than_asked(seconds: int, as_date: bool) -> None:  # noqa: FBT001
    """In seconds exactly so many; as a date (RFC 9110 section 5.6.7) less than a second later than that."""
    heard = met(serving("x"), Substitute(429, None, float(seconds), as_date))
    value = parts(heard)[0]["retry-after"]
    if as_date:
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", value)
        assert 0 <= email.utils.parsedate_to_datetime(value).timestamp() - (NOW + seconds) < 1
    else:
        assert int(value) == seconds
    assert heard.answers[0].retry_after == seconds


@quick
@given(st.integers(1, 6), st.sampled_from(["/", "/a", "/a?x=1", "/a?hop=x", "/hop=2"]), st.sampled_from([301, 302, 307]))
def test_a_circle_closes_after_so_many_urls(urls: int, start: str, status: int) -> None:
    """Whoever follows each Location comes through so many targets, all different, and back to the first."""
    seen, target = [], start
    for _ in range(urls):
        seen.append(target)
        request = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode()
        heard = met(serving("never"), Redirect(status, urls), request=request)
        assert heard.answers[0].status == status
        target = parts(heard)[0]["location"]
    assert target == start
    assert len(set(seen)) == urls


def test_garbage_is_all_that_is_sent() -> None:
    """Not a byte of HTTP, then FIN."""
    heard = met(serving("x"), Garble(b"\x80\x81"), request=POST)
    assert (bytes(heard.said), heard.ending, len(heard.effects)) == (b"\x80\x81", Ending.FIN, 0)


@pytest.mark.parametrize("request_", [GET, POST])
def test_what_trickles_is_the_head_or_the_body_and_nothing_else(request_: bytes) -> None:
    """Slow or not, the bytes are those of the true reply; of both parts each by its own rate."""
    service = serving("the body\n")
    true, head, body = met(service, request=request_), Trickle(Part.HEAD, 7), Trickle(Part.BODY, 9)
    cut, said = true.said.index(b"\r\n\r\n") + 4, bytes(true.said)
    for verdicts, expected in (
        ([head], [(head, said[:cut])]),
        ([body], [(body, said[cut:])]),
        ([body, head], [(head, said[:cut]), (body, said[cut:])]),
    ):
        heard = met(service, *verdicts, request=request_)
        assert heard.trickled == expected
        assert heard.said == true.said


def test_a_hint_comes_before_the_reply_and_never_to_an_old_client() -> None:
    """103 with a Link, a pause, and the reply as it is (RFC 8297); HTTP/1.0 has no interim replies."""
    service, hint = serving("x"), Hint(0.4)
    heard = met(service, hint)
    assert heard.said.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: ")
    assert heard.said.endswith(met(service).said)
    assert (heard.waited, [verdict for verdict, _ in heard.proofs]) == ([0.4], [hint])
    assert met(service, hint, request=OLD).said == met(service, request=OLD).said


LARGE = b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = b"POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


@pytest.mark.parametrize(("request_", "promised", "read"), [(LARGE + b"x" * 10, 1000, 10), (CHUNKED, "chunked", 10)])
def test_an_early_answer_leaves_the_body_unread(request_: bytes, promised: int | str, read: int) -> None:
    """The request is told of with no body, has no effect, and is answered and left without reading on."""
    verdict = AnswerEarly(413, 0.3)
    heard = met(serving("stored"), verdict, request=request_)
    assert heard.said.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close\r\n" in heard.said
    assert (heard.requests, heard.effects, heard.ending) == ([Request("POST", "/up")], [], "left after 0.3")
    assert heard.proofs == [(verdict, {"status": 413, "body_read": read, "body_promised": promised})]


def test_a_body_that_came_with_its_head_cannot_be_left_unread() -> None:
    """It is answered all the same, and said that the fault has not struck; a request with no body is served."""
    heard = met(serving("stored"), AnswerEarly(413, 0.0), request=POST)
    assert heard.said.startswith(b"HTTP/1.1 413 ")
    assert "had come with the head" in heard.missed_[0][1]
    served = met(serving("stored"), AnswerEarly(413, 0.0))
    assert (served.answers, served.missed_, served.proofs) == ([Answer(200, 6)], [], [])


def test_leave_is_withheld_and_the_body_read_when_it_comes() -> None:
    """No 100 is sent; it has struck only if the client was waiting for one."""
    head, body = POST.replace(b"\r\n\r\nhello", b"\r\nExpect: 100-continue\r\n\r\n"), b"hello"
    heard = converse(serving("x"), [head, body], meets=[[WithholdContinue()]])
    assert heard.said.startswith(b"HTTP/1.1 200")
    assert [evidence for _, evidence in heard.proofs] == [{"expected": "100-continue", "body_bytes": 0}]
    assert heard.requests[0].body_bytes == 5
    for pieces in ([POST], [head + body]):
        assert converse(serving("x"), pieces, meets=[[WithholdContinue()]]).proofs == []


verdicts = st.one_of(
    st.builds(
        Substitute,
        st.sampled_from([200, 204, 304, 503]),
        st.none() | st.just("b"),
        st.none() | st.just(2.0),
        st.booleans(),
    ),
    st.builds(Redirect, st.just(302), st.integers(1, 3)),
    st.builds(Garble, st.binary(min_size=1, max_size=9)),
    st.builds(Shorten, st.none() | st.integers(0, 20), st.booleans()),
    st.builds(BreakChunk, st.none() | st.integers(0, 20)),
    st.builds(ShortenGzip, st.none() | st.integers(0, 20)),
    st.builds(Misstate, st.integers(-20, 20)),
    st.builds(Trickle, st.sampled_from(Part), st.just(5)),
    st.builds(AnswerEarly, st.just(413), st.just(0.0)),
    st.just(WithholdContinue()),
    st.just(Hint(0.1)),
)
lines = st.sampled_from(
    [GET, OLD, HEAD, POST, LARGE, CHUNKED, b"0\r\n\r\n", b"Expect: 100-continue\r\n", b"\r\n", b"GET"]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(lines | st.binary(max_size=40), max_size=6), st.lists(st.lists(verdicts, max_size=4), max_size=3))
def test_nothing_that_a_client_says_breaks_it(pieces: Sequence[bytes], meets: list[list[RequestVerdict]]) -> None:
    """Random bytes, requests and beginnings of requests, with any verdicts in any company: it speaks, complains, or ends."""
    heard = Heard([piece for piece in pieces if piece], meets=meets)
    try:
        trio.run(Http().converse, heard)
    except (ClientNonsense, ConversationOver):
        pass
    except h11.LocalProtocolError as error:  # pragma: no cover - what must not be
        pytest.fail(f"the service broke the rules of its own library: {error}")
    assert len(heard.answers) <= len(heard.requests)

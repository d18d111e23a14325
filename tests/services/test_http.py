"""`http` by itself: no network, only bytes in and out."""

from __future__ import annotations

import hashlib
import re

import h11
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.services.contract import Answer, ClientNonsense, Request
from simnet.services.http import Http, Route
from simnet.values import Duration
from tests.services.conftest import Heard, converse

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSE = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /pay HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /pay HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"


def http(**options: object) -> Http:
    """The service with these options, as from YAML."""
    return Http.model_validate(options)


def replies(heard: Heard, requests: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """What a client made with h11 reads: (status, header fields, body) of each reply."""
    client = h11.Connection(h11.CLIENT)
    found, methods = [], re.findall(rb"([A-Z]+) /\S* HTTP", requests)
    client.receive_data(bytes(heard.said))
    client.receive_data(b"")
    for method in methods:
        if client.our_state is not h11.IDLE:
            break
        client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        client.send(h11.EndOfMessage())
        status, fields, body = 0, {}, b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage | h11.ConnectionClosed):
            assert not isinstance(event, type(h11.NEED_DATA)), "the reply breaks off"
            if isinstance(event, h11.Response):
                status = event.status_code
                fields = {name.decode().lower(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += event.data
        if not status:
            break
        found.append((status, fields, body))
        if {client.our_state, client.their_state} == {h11.DONE}:
            client.start_next_cycle()
    return found


def one(service: Http, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """The one reply to one request."""
    (reply,) = replies(converse(service, [request]), request)
    return reply


def test_everything_is_answered_where_no_route_is_given() -> None:
    """With no routes every request gets 200 and a small text."""
    heard = converse(http(), [GET])
    assert replies(heard, GET)[0][::2] == (200, b"hello from simnet\n")
    assert heard.log == ["GET /a", "200"]


@given(st.lists(st.sampled_from([GET, POST, CHUNKED, HEAD]), min_size=1, max_size=4), st.data())
def test_where_the_bytes_are_cut_makes_no_difference(requests: list[bytes], data: st.DataObject) -> None:
    """Requests, pipelined, get the same replies however TCP has cut them."""
    whole = b"".join(requests)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=20)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    heard = converse(http(), pieces)
    assert heard.said == converse(http(), [whole]).said
    assert len(replies(heard, whole)) == len(requests)


@given(st.binary(max_size=300))
def test_random_bytes_end_in_a_complaint_or_in_silence(data: bytes) -> None:
    """Whatever a client sends, the service ends: with replies, or with the client's nonsense named."""
    heard = Heard([data] if data else [])
    try:
        trio.run(http().converse, heard)
    except ClientNonsense as nonsense:
        complaint = str(nonsense)
    else:
        complaint = ""
    assert complaint or not heard.pieces


def test_a_small_reply_is_one_piece() -> None:
    """Head and body leave in one send, so that `after: 17 B` counts from the status line."""
    heard = converse(http(), [GET])
    assert heard.sends == [len(heard.said)]
    assert heard.said[:17] == b"HTTP/1.1 200 OK\r\n"


def test_a_large_body_leaves_in_pieces_and_whole() -> None:
    """A body of 1 MiB is exactly that, never in memory as a whole, and the same every time."""
    service = http(routes=[{"body_size": "1 MiB"}])
    heard = converse(service, [GET])
    ((status, fields, body),) = replies(heard, GET)
    assert (status, fields["content-length"], len(body)) == (200, str(2**20), 2**20)
    assert max(heard.sends) < 200_000
    assert converse(service, [GET]).said == heard.said


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537])
def test_a_body_has_exactly_the_bytes_asked_for(size: int) -> None:
    """`body_size` is exact around the size of a piece."""
    assert len(one(http(routes=[{"body_size": f"{size} B"}]), GET)[2]) == size


def test_the_first_route_that_matches_answers() -> None:
    """Method, exact path and prefix are looked at in the order of the file; the query is left aside."""
    service = http(
        routes=[
            {"method": "POST", "path": "/pay", "status": 201},
            {"path": "/api/*", "body": "api"},
            {"path": "/a", "body": "exact"},
        ]
    )
    assert one(service, POST)[0] == 201
    assert one(service, GET.replace(b"/a", b"/api/x?y=1"))[2] == b"api"
    assert one(service, GET.replace(b"/a", b"/a?y=1"))[2] == b"exact"
    status, _, body = one(service, GET.replace(b"/a", b"/ab"))
    assert status == 404
    assert b"POST /pay" in body
    assert b"any method /api/*" in body


def test_header_fields_and_retry_after() -> None:
    """Header fields are sent as written, Retry-After in whole seconds."""
    route = {"status": 503, "headers": {"X-Why": "busy"}, "retry_after": "2min", "body": "later"}
    status, fields, body = one(http(routes=[route]), GET)
    assert (status, fields["x-why"], fields["retry-after"], body) == (503, "busy", "120", b"later")


def test_head_has_the_length_and_no_body() -> None:
    """HEAD tells the length that GET would have, and sends nothing of it (RFC 9110 section 9.3.2)."""
    _, fields, body = one(http(routes=[{"body": "12345"}]), HEAD)
    assert (fields["content-length"], body) == ("5", b"")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    """204 and 304 end with their head, and the connection goes on."""
    service = http(routes=[{"status": status}])
    heard = converse(service, [GET + GET])
    assert [reply[::2] for reply in replies(heard, GET + GET)] == [(status, b"")] * 2


def test_a_connection_is_kept_or_closed_as_both_sides_want() -> None:
    """Keep-alive is the rule; `Connection: close`, HTTP/1.0 and `keep_alive: false` end it after one reply."""
    assert converse(http(), [GET + GET]).log == ["GET /a", "200"] * 2
    assert converse(http(), [CLOSE + GET]).log == ["GET /a", "200"]
    assert converse(http(), [OLD + OLD]).log == ["GET /a", "200"]
    closing = converse(http(keep_alive=False), [GET + GET])
    assert closing.log == ["GET /a", "200"]
    assert replies(closing, GET)[0][1]["connection"] == "close"


def test_a_client_that_waits_for_100_continue_gets_it() -> None:
    """`Expect: 100-continue` is answered before the body is read (RFC 9110 section 10.1.1)."""
    head, body = POST.replace(b"\r\n\r\nhello", b"\r\nExpect: 100-continue\r\n\r\n"), b"hello"
    heard = converse(http(), [head, body])
    assert heard.said.startswith(b"HTTP/1.1 100")
    assert heard.log == ["POST /pay", "200"]


def test_a_request_counts_when_it_has_arrived_whole() -> None:
    """A client that leaves in the midst of its body has made no request."""
    heard = Heard([POST[:-2]])
    with pytest.raises(ClientNonsense):
        break_off(heard)
    assert not heard.log


def break_off(heard: Heard) -> None:
    """Let the service talk to a client that breaks off."""
    trio.run(http().converse, heard)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000, 431),
    ],
    ids=["no HTTP", "no Host", "two lengths", "unknown coding", "huge header"],
)
def test_nonsense_is_answered_with_its_status_and_named(request_: bytes, status: int) -> None:
    """A client that breaks the protocol gets the status that RFC 9110 has for it, and the trace gets the reason."""
    heard = Heard([request_])
    with pytest.raises(ClientNonsense):
        break_off(heard)
    assert heard.said.startswith(b"HTTP/1.1 %d" % status)
    assert b"onnection: close" in heard.said


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ({"body": "x", "body_size": "1 B"}, "not both"),
        ({"status": 204, "body": "x"}, "has no body"),
        ({"retry_after": "1500ms"}, "whole seconds"),
        ({"path": "no-slash"}, "path"),
        ({"status": 99}, "status"),
        ({"method": "get"}, "method"),
        ({"headers": {"Bad Name": "x"}}, "headers"),
        ({"headers": {"X": "line\r\nbreak"}}, "headers"),
    ],
)
def test_a_route_that_cannot_be_is_refused(route: dict[str, object], said: str) -> None:
    """A route is checked when the file is read, not when the request comes."""
    with pytest.raises(ValidationError, match=said):
        Route.model_validate(route)


def test_the_trace_is_told_what_a_retry_repeats() -> None:
    """Size and SHA-256 of the body, the Idempotency-Key and the client's own call come with the request; the reply
    with its size and what its Retry-After asks for."""
    http = Http(routes=(Route(status=503, body="later", retry_after=Duration.parse("7s")),))
    fields = b"Host: a\r\nIdempotency-Key: k-1\r\nX-Call-Id: 4\r\nContent-Length: 5\r\n\r\n"
    heard = converse(http, [b"POST /pay HTTP/1.1\r\n" + fields + b"he", b"llo", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
    digest = hashlib.sha256(b"hello").hexdigest()
    assert heard.requests == [Request("POST", "/pay", 5, digest, "k-1", "4"), Request("GET", "/")]
    assert heard.answers == [Answer(503, 5, 7.0)] * 2

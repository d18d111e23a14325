"""How `http` keeps connections, and which requests it says to have an effect."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simnet.services.http import Http
from tests.services.conftest import converse

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def http(**options: object) -> Http:
    """The service with these options, as from YAML."""
    return Http.model_validate(options)


def test_a_connection_ends_after_so_many_requests() -> None:
    """The last reply says so, and what is sent after it is not answered."""
    heard = converse(http(max_requests=2), [GET * 3])
    assert heard.log == ["GET /a", "200"] * 2
    assert heard.said.count(b"Connection: close\r\n") == 1
    assert heard.said.count(b"Keep-Alive: max=1\r\n") == 1


def test_a_client_is_told_how_long_it_is_kept() -> None:
    """In the header Keep-Alive (RFC 2068 section 19.7.1), with how many requests are left if they are counted."""
    assert b"Keep-Alive: timeout=5\r\n" in converse(http(keep_alive_timeout="5s"), [GET]).said
    assert b"Keep-Alive: timeout=5, max=8\r\n" in converse(http(keep_alive_timeout="5s", max_requests=9), [GET]).said
    assert b"Keep-Alive" not in converse(http(), [GET]).said


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"keep_alive": False, "max_requests": 2}, "each connection serves one request"),
        ({"keep_alive": False, "keep_alive_timeout": "5s"}, "each connection serves one request"),
        ({"keep_alive_timeout": "1500ms"}, "whole seconds"),
        ({"keep_alive_timeout": "0s"}, "from 1 on"),
        ({"max_requests": 0}, "greater than or equal to 1"),
        ({"ledger": "yes"}, "valid boolean"),
    ],
)
def test_options_that_contradict_are_refused(options: dict[str, object], why: str) -> None:
    """When the file is read, not when a connection comes."""
    with pytest.raises(ValidationError, match=why):
        http(**options)


@pytest.mark.parametrize(
    ("method", "route", "ledger", "expected"),
    [
        ("POST", {}, True, True),
        ("PUT", {}, True, True),
        ("PATCH", {}, True, True),
        ("DELETE", {"status": 204}, True, True),
        ("GET", {}, True, False),
        ("OPTIONS", {}, True, False),
        ("POST", {"status": 303}, True, False),
        ("POST", {"status": 500}, True, False),
        ("POST", {}, False, False),
        ("GET", {"effect": True}, True, True),
        ("POST", {"effect": False}, True, False),
        ("POST", {"status": 500, "effect": True}, False, True),
    ],
)
def test_which_requests_have_an_effect(method: str, route: dict[str, object], *, ledger: bool, expected: bool) -> None:
    """Unsafe methods that succeed, as long as there is a ledger; a route that says it otherwise has the last word."""
    request = f"{method} /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
    heard = converse(http(routes=[route], ledger=ledger), [request])
    assert [done.method for done in heard.effects] == [method] * expected


@pytest.mark.parametrize("honours", [True, False])
def test_whether_keys_are_honoured_is_told(*, honours: bool) -> None:
    """The ledger is kept elsewhere; the service says by which rule."""
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n\r\n"
    heard = converse(http(honours_keys=honours), [request])
    assert (heard.honoured, heard.effects[0].idempotency_key) == ([honours], "k")


def test_what_is_not_routed_has_no_effect() -> None:
    """404 changes nothing."""
    heard = converse(http(routes=[{"path": "/b"}]), [b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"])
    assert (heard.log, heard.effects) == (["POST /a", "404"], [])

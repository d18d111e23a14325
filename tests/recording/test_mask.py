"""Secrets are found by the names before them, and only they."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.recording.mask import SECRETS, Masker

CASES = [
    (b"GET / HTTP/1.1\r\nAuthorization: Basic YTpi\r\nHost: x\r\n", b"Basic YTpi"),
    (b"HTTP/1.1 200 OK\r\nset-cookie: id=7; Path=/\r\n\r\n", b"id=7; Path=/"),
    (b"POST /login HTTP/1.1\r\n\r\nuser=bob&password=hunter2&next=/", b"hunter2"),
    (b'{"user": "bob", "token": "a\\"bc", "n": 1}', b'a\\"bc'),
    (b"GET /?access_token=abc.def HTTP/1.1\r\n", b"abc.def"),
    (b"AUTH hunter2\r\nPING\r\n", b"hunter2"),
    (b"USER bob\r\nPASS hunter2\r\n", b"hunter2"),
    (b"*2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n", b"hunter2"),
    (b"*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$7\r\nhunter2\r\n", b"hunter2"),
    (b"host=x password=hunter2 user=bob\0", b"hunter2"),
]


@pytest.mark.parametrize(("said", "secret"), CASES)
def test_a_secret_is_overwritten_and_nothing_else(said: bytes, secret: bytes) -> None:
    """Its place is kept, so that every length that counts it stays true; what stands around it stays."""
    masked = Masker().masked(said)
    assert len(masked) == len(said)
    assert secret not in masked
    start = said.index(secret)
    assert masked[start : start + len(secret)] == b"X" * len(secret)
    assert masked[start + len(secret) :] == said[start + len(secret) :]


@pytest.mark.parametrize("said", [b"the passwords are short", b"compass: north\r\n", b"tokenize=1", b"AUTHOR bob\r\n", b""])
def test_what_only_sounds_like_one_is_left(said: bytes) -> None:
    """A name is a whole name."""
    assert Masker().masked(said) == said


def test_further_names_are_masked_when_asked() -> None:
    """As header field, in JSON, in a form; their case does not matter."""
    said = b'X-Tenant: 42\r\n\r\n{"x-tenant": "43"}x-tenant=44&'
    assert Masker().masked(said) == said
    assert Masker(["x-TENANT"]).masked(said) == b'X-Tenant: XX\r\n\r\n{"x-tenant": "XX"}x-tenant=XX&'


@given(st.binary(max_size=200), st.sampled_from(SECRETS), st.from_regex(r"\A[a-z0-9]{1,20}\Z"))
def test_wherever_it_stands(before: bytes, name: str, secret: str) -> None:
    """Behind any other bytes, a header field on its line and a value in a form are masked; lengths never change."""
    header = before + b"\r\n" + f"{name}: {secret}\r\n".encode()
    form = before + b"&" + f"{name}={secret}&".encode()
    for said in (header, form):
        assert len(Masker().masked(said)) == len(said)
        assert not Masker().masked(said).endswith(said[-len(secret) - 2 :])

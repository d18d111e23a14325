"""trio's streams and HTTP/1.0 by hand, as tutorials do; and with a deadline, the reply's length and status checked."""

from __future__ import annotations

from urllib.parse import urlsplit

import trio
from http_reply import body_of, get_request, post_request
from patience import patiently


async def _reply(url: str, request: bytes) -> bytes:
    at = urlsplit(url)
    connect = trio.open_ssl_over_tcp_stream if at.scheme == "https" else trio.open_tcp_stream
    async with await connect(at.hostname or "", at.port or 80) as stream:
        await stream.send_all(request)
        return b"".join([bytes(data) async for data in stream])


def get(url: str) -> bytes:
    """Send, receive to the end, close."""
    at = urlsplit(url)
    return trio.run(_reply, url, get_request(at.netloc, at.path)).partition(b"\r\n\r\n")[2]


def post(url: str, body: bytes) -> bytes:
    """Send, receive to the end, close."""
    at = urlsplit(url)
    return trio.run(_reply, url, post_request(at.netloc, at.path, body)).partition(b"\r\n\r\n")[2]


async def _checked(url: str, request: bytes) -> bytes:
    with trio.fail_after(1.5):
        return body_of(await _reply(url, request))


def patient_get(url: str) -> bytes:
    """Two more tries after what the network did and what the reply lacked."""
    at = urlsplit(url)
    errors = OSError, trio.BrokenResourceError, trio.TooSlowError, ValueError
    return patiently(lambda: trio.run(_checked, url, get_request(at.netloc, at.path)), *errors)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    at = urlsplit(url)
    return trio.run(_checked, url, post_request(at.netloc, at.path, body))

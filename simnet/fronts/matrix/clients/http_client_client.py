"""Python's http.client, by the first example of its documentation; and with a time-out, its status checked.

Law: one connection for all calls of a process, as the library keeps it; a careful user throws it away after a failure.
"""

from __future__ import annotations

import functools
import http.client
from urllib.parse import urlsplit

from patience import patiently

ERRORS = OSError, http.client.HTTPException


class StatusError(http.client.HTTPException):
    """The library leaves it to its user to look."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"status {status}")


@functools.cache
def connection(url: str) -> http.client.HTTPConnection:
    """The connection of all calls of `plain`."""
    return _kind(url)(urlsplit(url).netloc)


def _kind(url: str) -> type[http.client.HTTPConnection]:
    return http.client.HTTPSConnection if url.startswith("https:") else http.client.HTTPConnection


def get(url: str) -> bytes:
    """The first example."""
    connection(url).request("GET", urlsplit(url).path or "/")
    return connection(url).getresponse().read()


def post(url: str, body: bytes) -> bytes:
    """As the first example of POST."""
    connection(url).request("POST", urlsplit(url).path or "/", body)
    return connection(url).getresponse().read()


def patient_get(url: str) -> bytes:
    """A time-out on each operation of the socket (there is no other), and two more tries."""
    return patiently(lambda: _once("GET", url, None), *ERRORS)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    return _once("POST", url, body)


def _once(method: str, url: str, body: bytes | None) -> bytes:
    at = urlsplit(url)
    once = _kind(url)(at.netloc, timeout=1.5)
    try:
        once.request(method, at.path or "/", body)
        reply = once.getresponse()
        if reply.status >= 400:
            raise StatusError(reply.status)
        return reply.read()
    finally:
        once.close()

"""Python's urllib.request, by the first example of its documentation; and with a time-out and two more tries."""

from __future__ import annotations

import http.client
import urllib.request

from patience import patiently

ERRORS = OSError, http.client.HTTPException
"""URLError and HTTPError are OSErrors; what the reply breaks off with is neither (IncompleteRead, BadStatusLine)."""


def get(url: str) -> bytes:
    """The first example."""
    with urllib.request.urlopen(url) as reply:
        return bytes(reply.read())


def post(url: str, body: bytes) -> bytes:
    """As the documentation posts."""
    with urllib.request.urlopen(url, data=body) as reply:
        return bytes(reply.read())


def patient_get(url: str) -> bytes:
    """A time-out on each operation of the socket (there is no other), and two more tries."""
    return patiently(lambda: _once(url, None), *ERRORS)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    return _once(url, body)


def _once(url: str, body: bytes | None) -> bytes:
    with urllib.request.urlopen(url, data=body, timeout=1.5) as reply:
        return bytes(reply.read())

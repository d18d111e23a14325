"""tornado's AsyncHTTPClient, by the first example of its documentation (20 s for the whole); and with time-outs, tries."""

from __future__ import annotations

from kept_loop import wait_for
from patience import patiently
from tornado.httpclient import AsyncHTTPClient, HTTPRequest


async def _fetch(request: str | HTTPRequest) -> bytes:
    return bytes((await AsyncHTTPClient().fetch(request)).body)


def get(url: str) -> bytes:
    """The first example, which raises for a status of 400 and more."""
    return wait_for(_fetch(url))


def post(url: str, body: bytes) -> bytes:
    """As the documentation posts."""
    return wait_for(_fetch(HTTPRequest(url, method="POST", body=body)))


def patient_get(url: str) -> bytes:
    """Two more tries after whatever the network did (a time-out is an HTTPError of status 599 there)."""
    request = HTTPRequest(url, connect_timeout=1.5, request_timeout=1.5)
    return patiently(lambda: wait_for(_fetch(request)), Exception)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    return wait_for(_fetch(HTTPRequest(url, method="POST", body=body, connect_timeout=1.5, request_timeout=1.5)))

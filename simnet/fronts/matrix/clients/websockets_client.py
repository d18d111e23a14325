"""websockets by its first example, which connects for each exchange (ten seconds to open and to close, none for a message);
and with time-outs, and two more tries."""

from __future__ import annotations

from patience import patiently
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

WISH = "orders?"
"""By its seven characters the service knows a question."""

LIMIT = 1.5


def get(url: str) -> bytes:
    """The first example."""
    return _exchanged(url, WISH)


def post(url: str, body: bytes) -> bytes:
    """Likewise."""
    return _exchanged(url, body.decode())


def patient_get(url: str) -> bytes:
    """A second and a half to open, for the message, and to close."""
    return patiently(lambda: _in_time(url, WISH), OSError, WebSocketException)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    return _in_time(url, body.decode())


def _exchanged(url: str, message: str) -> bytes:
    with connect(url) as websocket:
        websocket.send(message)
        return _bytes(websocket.recv())


def _in_time(url: str, message: str) -> bytes:
    with connect(url, open_timeout=LIMIT, close_timeout=LIMIT) as websocket:
        websocket.send(message)
        return _bytes(websocket.recv(timeout=LIMIT))


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message

"""pika's BlockingConnection, one channel kept, publishing without confirmation as its first example does; and with
time-outs, confirmations, and two more tries for reading."""

from __future__ import annotations

import functools
from typing import Any

import pika
from patience import patiently
from where import host_and_port


def _channel(target: str, **limits: float) -> Any:
    host, port = host_and_port(target)
    return pika.BlockingConnection(pika.ConnectionParameters(host, port, **limits)).channel()


@functools.cache
def plain(target: str) -> Any:
    """All defaults left but the address: ten seconds for the socket, fifteen for the broker's greeting."""
    return _channel(target)


def patient(target: str) -> Any:
    """A second for the socket, a half more for the greeting and while the broker blocks, none for an answer (there is none)."""
    return _channel(target, socket_timeout=1, stack_timeout=1.5, blocked_connection_timeout=1.5)


def get(target: str) -> bytes:
    """The one message."""
    return _got(plain(target))


def post(target: str, body: bytes) -> bytes:
    """Nothing comes back: whoever does not ask for confirmation gets none."""
    plain(target).basic_publish(exchange="", routing_key="orders", body=body)
    return b"published"


def patient_get(target: str) -> bytes:
    """On a new connection each time."""

    def once() -> bytes:
        channel = patient(target)
        try:
            return _got(channel)
        finally:
            _close(channel)

    return patiently(once, pika.exceptions.AMQPError)


def patient_post(target: str, body: bytes) -> bytes:
    """Once, confirmed: it raises if the broker has not taken it."""
    channel = patient(target)
    try:
        channel.confirm_delivery()
        channel.basic_publish(exchange="", routing_key="orders", body=body)
    finally:
        _close(channel)
    return b"published"


def _got(channel: Any) -> bytes:
    _, _, body = channel.basic_get("orders", auto_ack=True)
    return bytes(body or b"")


def _close(channel: Any) -> None:
    if channel.connection.is_open:
        channel.connection.close()

"""paho-mqtt by its own helpers `subscribe.simple` and `publish.single`, all defaults left; and as a client with a time-out
for connecting, a deadline for the whole, and two more tries for reading."""

from __future__ import annotations

import queue
from typing import Any

import paho.mqtt.publish
import paho.mqtt.subscribe
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from patience import patiently
from where import host_and_port

DEADLINE = 1.5

subscribe: Any = paho.mqtt.subscribe  # its functions have no types


def get(target: str) -> bytes:
    """The retained message."""
    host, port = host_and_port(target)
    message = subscribe.simple("orders", hostname=host, port=port)
    return bytes(message.payload)


def post(target: str, body: bytes) -> bytes:
    """At least once."""
    host, port = host_and_port(target)
    paho.mqtt.publish.single("orders", body, qos=1, hostname=host, port=port)
    return b"published"


def patient_get(target: str) -> bytes:
    """On a new connection each time."""
    return patiently(lambda: _within_deadline(target, None), OSError)


def patient_post(target: str, body: bytes) -> bytes:
    """Once; what was published at least once is repeated by the library alone, when it reconnects, which it may not."""
    return _within_deadline(target, body)


def _within_deadline(target: str, body: bytes | None) -> bytes:
    """The message, or that the body was taken. Raises `TimeoutError`, and `OSError` if the connection is lost."""
    answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
    client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.connect_timeout = 1.5

    def connected(us: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            answers.put(ConnectionRefusedError(str(reason)))
        elif body is None:
            us.subscribe("orders")
        else:
            us.publish("orders", body, qos=1)

    def lost(_us: object, _data: object, _flags: object, reason: object, _properties: object) -> None:
        answers.put(ConnectionResetError(str(reason)))

    client.on_connect, client.on_disconnect = connected, lost
    client.on_message = lambda _us, _data, message: answers.put(bytes(message.payload))
    client.on_publish = lambda *_: answers.put(b"published")
    client.connect(*host_and_port(target))
    client.loop_start()
    try:
        return _first(answers)
    finally:
        client.disconnect()
        client.loop_stop()


def _first(answers: queue.SimpleQueue[bytes | Exception]) -> bytes:
    try:
        answer = answers.get(timeout=DEADLINE)
    except queue.Empty:
        raise TimeoutError(f"no answer within {DEADLINE} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer

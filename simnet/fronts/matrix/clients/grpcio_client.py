"""grpcio with one channel and calls without a deadline, as its first example has them; and with a deadline, a retry policy
(gRFC A6) for what can be repeated, none for what cannot."""

from __future__ import annotations

import functools
import json
from typing import Any
from urllib.parse import urlsplit

import grpc

POLICY = {
    "maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}  # fmt: skip
CONFIG = {"methodConfig": [{"name": [{"service": "simnet.Orders", "method": "Get"}], "retryPolicy": POLICY}]}

DEADLINE = 2.0


@functools.cache
def plain(target: str) -> Any:
    """All defaults left."""
    return grpc.insecure_channel(urlsplit(target).netloc)


@functools.cache
def patient(target: str) -> Any:
    """With the retry policy."""
    return grpc.insecure_channel(urlsplit(target).netloc, options=[("grpc.service_config", json.dumps(CONFIG))])


def get(target: str) -> bytes:
    """Bytes in, bytes out: no code is generated for it."""
    return bytes(plain(target).unary_unary("/simnet.Orders/Get")(b""))


def post(target: str, body: bytes) -> bytes:
    """Likewise."""
    return bytes(plain(target).unary_unary("/simnet.Orders/Post")(body))


def patient_get(target: str) -> bytes:
    """Within the deadline."""
    return bytes(patient(target).unary_unary("/simnet.Orders/Get")(b"", timeout=DEADLINE))


def patient_post(target: str, body: bytes) -> bytes:
    """Within the deadline; it fails at once while there is no connection."""
    return bytes(patient(target).unary_unary("/simnet.Orders/Post")(body, timeout=DEADLINE))

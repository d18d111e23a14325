"""redis-py, by the first example of its documentation; and with time-outs and retries, the latter for reading alone."""

from __future__ import annotations

import functools

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.retry import Retry
from where import host_and_port

READING = Retry(ExponentialWithJitterBackoff(base=0.1, cap=1), 2)
ONCE = Retry(NoBackoff(), 0)
"""A retry of the library's own would push twice what was pushed before its answer was lost."""


@functools.cache
def plain(target: str) -> redis.Redis:
    """All defaults left."""
    host, port = host_and_port(target)
    return redis.Redis(host=host, port=port)


@functools.cache
def patient(target: str, retry: Retry) -> redis.Redis:
    """A second and a half to connect, and for each read and write."""
    host, port = host_and_port(target)
    return redis.Redis(host=host, port=port, socket_connect_timeout=1.5, socket_timeout=1.5, retry=retry)


def get(target: str) -> bytes:
    """The value of one key."""
    return _bytes(plain(target).get("report"))


def post(target: str, body: bytes) -> bytes:
    """Push on a list, which pushed twice is twice as long."""
    return _bytes(plain(target).rpush("orders", body))


def patient_get(target: str) -> bytes:
    """With retries."""
    return _bytes(patient(target, READING).get("report"))


def patient_post(target: str, body: bytes) -> bytes:
    """Without."""
    return _bytes(patient(target, ONCE).rpush("orders", body))


def _bytes(answer: object) -> bytes:
    """As it is printed; of no value, nothing."""
    return answer if isinstance(answer, bytes) else b"" if answer is None else str(answer).encode()

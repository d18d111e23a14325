"""A load generator with nothing in it but system calls: connections that ask one question after another.

Law: it measures, it never judges. One thread and one epoll, so that it costs the same whoever is measured; what it prints
to its caller are plain figures in seconds.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Question", "connection_rate", "exchange_rate", "round_trips"]

Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent, and how many bytes the whole answer has."""

    ask: bytes
    answer: int


def exchange_rate(where: Endpoint, question: Question, connections: int, seconds: float) -> float:
    """Questions answered per second, over so many connections at a time, for so long."""
    socks = {sock.fileno(): sock for sock in _connected(where, connections)}
    missing = dict.fromkeys(socks, question.answer)
    poll, answered = select.epoll(), 0
    for number, sock in socks.items():
        poll.register(number, select.EPOLLIN)
        sock.send(question.ask)
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for number, _ in poll.poll(1):
            missing[number] -= len(socks[number].recv(65536))
            if not missing[number]:
                answered += 1
                missing[number] = question.answer
                socks[number].send(question.ask)
    took = time.perf_counter() - began
    for sock in socks.values():
        sock.close()
    return answered / took


def connection_rate(where: Endpoint, question: Question, seconds: float) -> float:
    """Connections per second, each opened, asked one question, and closed with RST (so that no port lingers)."""
    began, made = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        (sock,) = _connected(where, 1)
        _ask(sock, question)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()
        made += 1
    return made / (time.perf_counter() - began)


def round_trips(where: Endpoint, question: Question, count: int) -> list[float]:
    """How long each of so many questions on one connection took, in seconds, in order of length."""
    (sock,) = _connected(where, 1)
    found = []
    with sock:
        for _ in range(count):
            asked = time.perf_counter()
            _ask(sock, question)
            found.append(time.perf_counter() - asked)
    return sorted(found)


def _ask(sock: socket.socket, question: Question) -> None:
    sock.send(question.ask)
    missing = question.answer
    while missing:
        missing -= len(sock.recv(65536))


def _connected(where: Endpoint, count: int) -> Iterator[socket.socket]:
    for _ in range(count):
        sock = socket.create_connection(where, timeout=30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock

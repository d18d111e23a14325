"""asyncpg, one connection kept on one loop; and with time-outs for connecting and for each command, two more tries."""

from __future__ import annotations

import functools

import asyncpg
from kept_loop import wait_for
from patience import patiently
from where import host_and_port

SELECT, INSERT = "select report from reports", "insert into orders values ($1)"


async def _connect(target: str, *, patient: bool) -> asyncpg.Connection:
    host, port = host_and_port(target)
    place = {"host": host, "port": port, "user": "simnet", "database": "simnet"}
    return await (asyncpg.connect(**place, timeout=1.5, command_timeout=1.5) if patient else asyncpg.connect(**place))


@functools.cache
def plain(target: str) -> asyncpg.Connection:
    """All defaults left but the address and the name: 60 s to connect, no limit for a command."""
    return wait_for(_connect(target, patient=False))


async def _answer(connection: asyncpg.Connection, body: bytes | None) -> bytes:
    said = await (connection.fetchval(SELECT) if body is None else connection.execute(INSERT, body.decode()))
    return str(said).encode()


async def _once(target: str, body: bytes | None) -> bytes:
    connection = await _connect(target, patient=True)
    try:
        return await _answer(connection, body)
    finally:
        await connection.close(timeout=1)


def get(target: str) -> bytes:
    """The one row."""
    return wait_for(_answer(plain(target), None))


def post(target: str, body: bytes) -> bytes:
    """One more row."""
    return wait_for(_answer(plain(target), body))


def patient_get(target: str) -> bytes:
    """On a new connection each time."""
    errors = OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError
    return patiently(lambda: wait_for(_once(target, None)), *errors)


def patient_post(target: str, body: bytes) -> bytes:
    """Once."""
    return wait_for(_once(target, body))

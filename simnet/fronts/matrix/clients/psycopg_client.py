"""psycopg, one connection kept; and with time-outs for connecting and for a silent peer, two more tries for reading.

libpq has no time-out for an answer: the server's `statement_timeout` does not help where nothing arrives, so what its
documentation offers is TCP's own (`tcp_user_timeout`, keepalives), for what the peer's kernel does not acknowledge.
"""

from __future__ import annotations

import functools

import psycopg
from patience import patiently
from where import host_and_port

SELECT, INSERT = "select report from reports", "insert into orders values (%s)"


@functools.cache
def plain(target: str) -> psycopg.Connection:
    """All defaults left but the address, the name and the transaction round each statement."""
    host, port = host_and_port(target)
    return psycopg.connect(host=host, port=port, user="simnet", dbname="simnet", autocommit=True)


def patient(target: str) -> psycopg.Connection:
    """Two seconds to connect (libpq has no shorter), a second for the peer's kernel."""
    host, port = host_and_port(target)
    return psycopg.connect(
        host=host, port=port, user="simnet", dbname="simnet", autocommit=True, connect_timeout=2,
        tcp_user_timeout=1000, keepalives_idle=1, keepalives_interval=1, keepalives_count=1,
    )  # fmt: skip


def get(target: str) -> bytes:
    """The one row."""
    return _selected(plain(target))


def post(target: str, body: bytes) -> bytes:
    """One more row."""
    return _inserted(plain(target), body)


def patient_get(target: str) -> bytes:
    """On a new connection each time."""

    def once() -> bytes:
        with patient(target) as connection:
            return _selected(connection)

    return patiently(once, psycopg.OperationalError)


def patient_post(target: str, body: bytes) -> bytes:
    """Once."""
    with patient(target) as connection:
        return _inserted(connection, body)


def _selected(connection: psycopg.Connection) -> bytes:
    row = connection.execute(SELECT).fetchone()
    return b"" if row is None else str(row[0]).encode()


def _inserted(connection: psycopg.Connection, body: bytes) -> bytes:
    return str(connection.execute(INSERT, [body.decode()]).statusmessage).encode()

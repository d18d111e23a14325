"""PyMySQL, one connection kept (ten seconds to connect, no limit for an answer); and with time-outs, and two more tries."""

from __future__ import annotations

import functools

import pymysql
from patience import patiently
from where import host_and_port

SELECT, INSERT = "select report from reports", "insert into orders values (%s)"


@functools.cache
def plain(target: str) -> pymysql.connections.Connection:
    """All defaults left but the address and the name."""
    host, port = host_and_port(target)
    return pymysql.connect(host=host, port=port, user="simnet", database="simnet")


def patient(target: str) -> pymysql.connections.Connection:
    """A second and a half to connect, and for each read and write."""
    host, port = host_and_port(target)
    limits = {"connect_timeout": 1.5, "read_timeout": 1.5, "write_timeout": 1.5}
    return pymysql.connect(host=host, port=port, user="simnet", database="simnet", **limits)


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

    return patiently(once, pymysql.err.OperationalError)


def patient_post(target: str, body: bytes) -> bytes:
    """Once."""
    with patient(target) as connection:
        return _inserted(connection, body)


def _selected(connection: pymysql.connections.Connection) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(SELECT)
        row = cursor.fetchone()
    return b"" if row is None else str(row[0]).encode()


def _inserted(connection: pymysql.connections.Connection, body: bytes) -> bytes:
    with connection.cursor() as cursor:
        rows = cursor.execute(INSERT, (body.decode(),))
    connection.commit()
    return str(rows).encode()

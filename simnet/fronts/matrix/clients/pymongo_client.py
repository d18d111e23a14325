"""PyMongo with one MongoClient (thirty seconds to find a server; it reads and writes once more by itself where the server
can tell a repeat); and with time-outs, and two more tries for reading."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

import pymongo
from patience import patiently
from pymongo.errors import PyMongoError

Client: TypeAlias = pymongo.MongoClient[dict[str, Any]]


@functools.cache
def plain(target: str) -> Client:
    """All defaults left."""
    return pymongo.MongoClient(target)


@functools.cache
def patient(target: str) -> Client:
    """A second and a half for each operation as a whole, the choice of a server and the connection in it."""
    return pymongo.MongoClient(target, timeoutMS=1500, connectTimeoutMS=1500, serverSelectionTimeoutMS=1500)


def get(target: str) -> bytes:
    """The one document."""
    return _found(plain(target))


def post(target: str, body: bytes) -> bytes:
    """One more."""
    return _inserted(plain(target), body)


def patient_get(target: str) -> bytes:
    """The driver repeats it once by itself, and we twice more."""
    return patiently(lambda: _found(patient(target)), PyMongoError)


def patient_post(target: str, body: bytes) -> bytes:
    """Once, but for what the driver repeats."""
    return _inserted(patient(target), body)


def _found(client: Client) -> bytes:
    found = client["shop"]["reports"].find_one()
    return b"" if found is None else str(found["report"]).encode()


def _inserted(client: Client, body: bytes) -> bytes:
    client["shop"]["orders"].insert_one({"order": body.decode()})
    return b"inserted"

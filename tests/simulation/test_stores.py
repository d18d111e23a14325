"""Clients of stores, unmodified, against scripts of their protocols: redis-py, blocking and on asyncio, and asyncpg."""

from __future__ import annotations

from typing import Any

import pytest

import simnet
from simnet.errors import LeakError
from simnet.trace.events import ServiceTrouble

REDIS = r"""
simnet: 1
title: A Redis that comes up late, then goes silent
services:
  store:
    script:
      steps:
        - loop:
            - either:
                - {expect: "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n", then: [send: "%1\r\n$5\r\nproto\r\n:3\r\n"]}
                - {expect: "*1\r\n$4\r\nPING\r\n", request: PING, then: [send: "+PONG\r\n"]}
                - {expect: "*2\r\n$3\r\nGET\r\n$4\r\nhits\r\n", request: GET, then: [send: "$1\r\n7\r\n"]}
                - expect: {until: "\r\n", times: 9, regex: '\*4\r\n\$6\r\nCLIENT\r\n\$7\r\nSETINFO\r\n(?s:.*)'}
                  then: [send: "+OK\r\n"]
                - expect: {until: "\r\n", times: 11, regex: '\*5\r\n\$6\r\nCLIENT\r\n\$19\r\nMAINT_NOTIFICATIONS\r\n(?s:.*)'}
                  then: [send: "-ERR unknown subcommand\r\n"]
                - {expect: {end: true}, then: [close]}
    faults:
      - {fault: refuse, when: {attempts: 1-2}}
      - {fault: stall, after: 0 B, when: {requests: 1}}
"""

POSTGRES = r"""
simnet: 1
title: A PostgreSQL that comes up late, then loses a reply
services:
  db:
    script:
      steps:
        - expect: {length: {size: 4}, regex: '\x00\x00\x00.\x00\x03\x00\x00(?s:.*)'}  # StartupMessage
        - send: {hex: 52 00000008 00000000  53 00000019 636c69656e745f656e636f64696e67005554463800
            53 00000018 7365727665725f76657273696f6e00 31352e3800  5a 00000005 49}
        - loop:
            - either:
                - expect: {length: {at: 1, size: 4, plus: 1}, regex: 'P(?s:.*)select n from numbers(?s:.*)'}
                  then:
                    - expect: {length: {at: 1, size: 4, plus: 1}, regex: 'D(?s:.*)'}
                    - expect: "H\0\0\0\x04"
                    - send: {hex: 31 00000004  74 00000006 0000  54 0000001a 0001 6e00 00000000 0000 00000017 0004 ffffffff 0000}
                    - expect: {length: {at: 1, size: 4, plus: 1}, regex: 'B(?s:.*)'}
                    - expect: {length: {at: 1, size: 4, plus: 1}, regex: 'E(?s:.*)'}
                    - {expect: "S\0\0\0\x04", request: query}
                    - send: {hex: 32 00000004  44 0000000e 0001 00000004 00000007  44 0000000e 0001 00000004 0000002a
                        43 0000000d 53454c454354203200  5a 00000005 49}
                - {expect: "X\0\0\0\x04", then: [close]}
    faults:
      - {fault: refuse, when: {attempts: 1}}
      - {fault: reset, after: 9 B, when: {requests: 1}}
"""
"""Startup and one extended query (PostgreSQL's manual, chapter 55), as asyncpg has them with any version."""


def asked_by_redis(port: int) -> list[object]:
    """Patience of 30 s between tries, and of 5 s for each answer; sockets have keep-alive, as redis-py sets it."""
    redis: Any = pytest.importorskip("redis")
    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(30), 5)
    store = redis.Redis("store", port, retry=retry, socket_timeout=5)
    return [store.ping(), store.get("hits"), store.close()]


async def asked_by_redis_asyncio(port: int) -> list[object]:
    """The same on asyncio."""
    redis: Any = pytest.importorskip("redis.asyncio")
    backoff: Any = pytest.importorskip("redis.backoff")
    retry = redis.retry.Retry(backoff.ConstantBackoff(30), 5)
    store = redis.Redis(host="store", port=port, retry=retry, socket_timeout=5)
    return [await store.ping(), await store.get("hits"), await store.aclose()]


@pytest.mark.parametrize(("way", "client"), [("run_sync", asked_by_redis), ("run_asyncio", asked_by_redis_asyncio)])
def test_redis_finds_its_store_in_virtual_time(way: str, client: Any) -> None:
    """Two refusals and an answer that does not come: three pauses of 30 s and a patience of 5 s take no time."""
    pytest.importorskip("redis")
    with simnet.simulate(REDIS) as sim:
        assert getattr(sim, way)(client, sim["store"].port) == [True, b"7", None]
        assert sim.attempts("store") == 4
        assert sim.elapsed == pytest.approx(95, abs=1)
        assert not sim.trace.of(ServiceTrouble)


def test_asyncpg_finds_its_database_in_virtual_time() -> None:
    """Its protocol is in C but not its transport: it meets the refusal and the lost reply as on a network."""
    asyncpg: Any = pytest.importorskip("asyncpg")

    async def ask(port: int) -> list[object]:
        met: list[object] = []
        for _ in range(3):
            try:
                connection = await asyncpg.connect(
                    host="db", port=port, user="me", database="numbers", ssl=False, timeout=10
                )
            except OSError as error:
                met.append(type(error).__name__)
                continue
            try:
                met.append([row["n"] for row in await connection.fetch("select n from numbers")])
                await connection.close()
            except (OSError, asyncpg.PostgresError) as error:
                met.append(type(error).__name__)
        return met

    with simnet.simulate(POSTGRES) as sim:
        assert sim.run_asyncio(ask, sim["db"].port) == ["ConnectionRefusedError", "ConnectionDoesNotExistError", [7, 42]]
        assert not sim.trace.of(ServiceTrouble)


def test_psycopg_is_refused_with_the_reason() -> None:
    """libpq is C and asks the kernel itself: it would leave virtual time unseen."""
    psycopg: Any = pytest.importorskip("psycopg")

    def ask(port: int) -> None:
        psycopg.connect(f"host=db port={port} user=me connect_timeout=2")

    async def ask_on_asyncio(port: int) -> None:
        await psycopg.AsyncConnection.connect(f"host=db port={port} user=me connect_timeout=2")

    for way, client in (("run_sync", ask), ("run_asyncio", ask_on_asyncio)):
        with simnet.simulate(POSTGRES) as sim, pytest.raises(LeakError, match=r"psycopg.*written in C"):
            getattr(sim, way)(client, sim["db"].port)

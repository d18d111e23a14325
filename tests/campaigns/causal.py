"""Schedules of causal faults with short times, and a client of each family, for the comparison of the two networks.

Law: a fault here strikes after something that the client did, never at the moment of it, and every time is far from every
patience: what is met does not depend on who is first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any

import aiohttp
import httpx
import requests
import trio

import simnet
from simnet.faults import Fault
from simnet.scenario import Scenario, load_text

__all__ = ["CLIENTS", "schedule"]

PLAIN = load_text("simnet: 1\ntitle: causal faults\nservices: {api: {speaks: http}}\n")
PATIENCE = 2.0
"""Seconds: what a program may be kept waiting on a machine under load, so that only a stall is that long."""
TRIES = 4

KINDS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("refuse", "attempts", {}),
    ("reset", "connections", {"after": "3 B"}),
    ("truncate", "connections", {"after": "20 B"}),
    ("truncate", "connections", {"after": "0 B"}),
    ("stall", "connections", {"after": "0 B"}),
    ("latency", "connections", {"delay": "60ms"}),
    ("status", "connections", {"status": 503}),
)
"""Kind, what it counts, and its parameters."""


def schedule(number: int) -> Scenario:
    """Up to three faults, one for each of the first tries."""
    draw = Random(number)
    faults = tuple(_fault(turn, *draw.choice(KINDS)) for turn in range(1, draw.randint(1, 3) + 1))
    service = PLAIN.services["api"].model_copy(update={"faults": faults})
    return PLAIN.model_copy(update={"title": f"causal {number}", "seed": number, "services": {"api": service}})


def _fault(turn: int, kind: str, counts: str, parameters: dict[str, object]) -> Fault:
    return simnet.fault(kind, when={counts: turn}, **parameters)


async def by_httpx(net: Any) -> list[object]:
    """httpx on Trio."""
    met: list[object] = []
    for tries in range(TRIES):
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as client:
                reply = await client.get(net["api"].url)
                met.append((reply.status_code, len(reply.content)))
        except httpx.TransportError as error:
            met.append(type(error).__name__)
        await trio.sleep(0.01 * 2**tries)
    return met


def by_requests(net: Any) -> list[object]:
    """requests, blocking."""
    met: list[object] = []
    for tries in range(TRIES):
        try:
            reply = requests.get(net["api"].url, timeout=PATIENCE)
            met.append((reply.status_code, len(reply.content)))
        except requests.RequestException as error:
            met.append(type(error).__name__)
        time.sleep(0.01 * 2**tries)
    return met


async def by_aiohttp(net: Any) -> list[object]:
    """aiohttp on asyncio."""
    met: list[object] = []
    for tries in range(TRIES):
        try:
            patience = aiohttp.ClientTimeout(PATIENCE)
            async with aiohttp.ClientSession(timeout=patience) as client, client.get(net["api"].url) as reply:
                met.append((reply.status, len(await reply.read())))
        except (aiohttp.ClientError, TimeoutError) as error:
            met.append(type(error).__name__)
        await asyncio.sleep(0.01 * 2**tries)
    return met


CLIENTS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "httpx": ("trio", by_httpx),
    "requests": ("blocking", by_requests),
    "aiohttp": ("asyncio", by_aiohttp),
}
"""Name -> its loop, and the client."""

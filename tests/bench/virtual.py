"""`python tests/bench/virtual.py [--schedules 1000] [--client requests]`: schedules of up to eight faults, in virtual time.

Law: nothing here passes or fails. For each client it prints how many examples, and how many virtual seconds, one second of
this machine takes, and whether three fresh processes with different hash seeds leave the same traces.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import trio

import simnet
from simnet.scenario import Scenario, load_text
from simnet.strategies.schedules import timed

KINDS = ("refuse", "reset_at_accept", "close_at_accept", "reset", "truncate", "stall", "latency", "drop_syn")
PARAMETERS: dict[str, dict[str, object]] = {
    "reset": {"after": "3 B"},
    "truncate": {"after": "3 B"},
    "latency": {"delay": "700ms"},
}
PLAIN = load_text("simnet: 1\ntitle: no fault\nservices: {api: {speaks: http}}\n")
TRIES = 9
PATIENCE = 10.0


def schedule(number: int) -> Scenario:
    """Up to eight faults, each met in its turn: one for each attempt, or for the connection that it becomes."""
    draw = Random(number)
    faults = timed([simnet.fault(kind, **PARAMETERS.get(kind, {})) for kind in draw.choices(KINDS, k=draw.randint(0, 8))])
    service = PLAIN.services["api"].model_copy(update={"faults": tuple(faults)})
    return PLAIN.model_copy(update={"title": f"schedule {number}", "seed": number, "services": {"api": service}})


def back_off(tries: int) -> float:
    """Seconds before the next try."""
    return min(2.0**tries, 60)


async def by_trio(url: str) -> int:
    """Bare Trio: connect, ask, read what comes."""
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    for tries in range(1, TRIES + 1):
        with trio.move_on_after(PATIENCE):
            try:
                async with await trio.open_tcp_stream(host, int(port)) as stream:
                    await stream.send_all(b"GET / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
                    if b"".join([data async for data in stream]).startswith(b"HTTP/1.1 200"):
                        return tries
            except (OSError, trio.BrokenResourceError):
                pass
        await trio.sleep(back_off(tries))
    return 0


async def by_httpx(url: str) -> int:
    """httpx on Trio."""
    import httpx  # noqa: PLC0415 - only the client that is measured

    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        for tries in range(1, TRIES + 1):
            try:
                if (await client.get(url)).status_code == 200:
                    return tries
            except httpx.TransportError:
                pass
            await trio.sleep(back_off(tries))
    return 0


def by_requests(url: str) -> int:
    """requests, blocking."""
    import requests  # noqa: PLC0415

    with requests.Session() as session:
        for tries in range(1, TRIES + 1):
            try:
                if session.get(url, timeout=PATIENCE).status_code == 200:
                    return tries
            except requests.RequestException:
                pass
            time.sleep(back_off(tries))
    return 0


async def by_aiohttp(url: str) -> int:
    """aiohttp on asyncio."""
    import aiohttp  # noqa: PLC0415

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        for tries in range(1, TRIES + 1):
            try:
                async with session.get(url) as reply:
                    await reply.read()
                    if reply.status == 200:
                        return tries
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(back_off(tries))
    return 0


CLIENTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "trio": ("run", by_trio),
    "httpx": ("run", by_httpx),
    "requests": ("run_sync", by_requests),
    "aiohttp": ("run_asyncio", by_aiohttp),
}
"""Name -> the method of `Simulation` that runs it, and the client."""


def one_pass(name: str, schedules: int) -> dict[str, Any]:
    """The hash of all traces and of what the client met, virtual seconds, seconds of the wall and of the processor."""
    way, client = CLIENTS[name]
    digest, virtual, attempts = hashlib.sha256(), 0.0, 0
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(schedules):
        with simnet.simulate(schedule(number)) as sim:
            met = getattr(sim, way)(client, f"http://api:{sim['api'].port}/")
        digest.update(f"{met} {sim.trace.dumps()}".encode())
        virtual += sim.elapsed
        attempts += sim.attempts()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"hash": digest.hexdigest(), "virtual": virtual, "attempts": attempts, "wall": wall, "cpu": cpu}


def in_fresh_process(name: str, schedules: int, hash_seed: str) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--client", name, "--schedules", str(schedules), "--once"]
    environment = {
        "PATH": os.defpath,
        "PYTHONHASHSEED": hash_seed,
    }  # requests looks through all of it for proxies, each time
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Three processes for each client, timed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--client", choices=CLIENTS, action="append")
    parser.add_argument("--once", action="store_true", help="in this process, and print JSON")
    said = parser.parse_args()
    if said.once:
        print(json.dumps(one_pass(said.client[0], said.schedules)))
        return
    print(f"{said.schedules} schedules each; load of this machine {os.getloadavg()[0]:.1f}")
    for name in said.client or CLIENTS:
        passes = [in_fresh_process(name, said.schedules, seed) for seed in ("0", "1", "2")]
        best = min(passes, key=lambda one: float(one["cpu"]))
        print(
            f"{name:9}{best['wall']:6.1f} s ({best['cpu']:.1f} s of processor), "
            f"{said.schedules / best['cpu']:.0f} examples/s, {best['virtual'] / best['cpu']:.0f} virtual s/s, "
            f"{best['virtual']:.0f} virtual s, {best['attempts']} attempts; three processes: "
            f"{'the same traces' if len({one['hash'] for one in passes}) == 1 else 'traces DIFFER'}, {best['hash'][:12]}"
        )


if __name__ == "__main__":
    main()

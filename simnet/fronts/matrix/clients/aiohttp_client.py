"""aiohttp with a ClientSession kept on one loop; and with time-outs for connecting and for the whole, tries, status.

Law: the session is closed at the end of the process, as the library demands.
"""

from __future__ import annotations

import asyncio
import atexit
import functools

import aiohttp
from patience import patiently

runner = asyncio.Runner()


async def _open(timeout: aiohttp.ClientTimeout | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession() if timeout is None else aiohttp.ClientSession(timeout=timeout)


@functools.cache
def session(*, patient: bool) -> aiohttp.ClientSession:
    """The session of all calls."""
    opened = runner.run(_open(aiohttp.ClientTimeout(total=2, connect=1) if patient else None))
    atexit.register(lambda: runner.run(opened.close()))
    return opened


async def _ask(method: str, url: str, body: bytes | None, *, patient: bool) -> bytes:
    async with session(patient=patient).request(method, url, data=body) as reply:
        if patient:
            reply.raise_for_status()
        return bytes(await reply.read())


def get(url: str) -> bytes:
    """The first example."""
    session(patient=False)
    return runner.run(_ask("GET", url, None, patient=False))


def post(url: str, body: bytes) -> bytes:
    """As the quickstart posts bytes."""
    session(patient=False)
    return runner.run(_ask("POST", url, body, patient=False))


def patient_get(url: str) -> bytes:
    """Two more tries after errors of the client's and time-outs."""
    session(patient=True)
    once = functools.partial(_ask, "GET", url, None, patient=True)
    return patiently(lambda: runner.run(once()), aiohttp.ClientError, TimeoutError)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    session(patient=True)
    return runner.run(_ask("POST", url, body, patient=True))

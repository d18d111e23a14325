"""aiohttp with a ClientSession kept on one loop; and with time-outs for connecting and for the whole, tries, status.

Law: the session is closed at the end of the process, as the library demands.
"""

from __future__ import annotations

import atexit
import functools

import aiohttp
from kept_loop import wait_for
from patience import patiently


async def _open(timeout: aiohttp.ClientTimeout | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession() if timeout is None else aiohttp.ClientSession(timeout=timeout)


@functools.cache
def session(*, patient: bool) -> aiohttp.ClientSession:
    """The session of all calls."""
    opened = wait_for(_open(aiohttp.ClientTimeout(total=1.5, connect=1.5) if patient else None))
    atexit.register(lambda: wait_for(opened.close()))
    return opened


async def _ask(method: str, url: str, body: bytes | None, *, patient: bool) -> bytes:
    async with session(patient=patient).request(method, url, data=body) as reply:
        if patient:
            reply.raise_for_status()
        return bytes(await reply.read())


def get(url: str) -> bytes:
    """The first example."""
    session(patient=False)
    return wait_for(_ask("GET", url, None, patient=False))


def post(url: str, body: bytes) -> bytes:
    """As the quickstart posts bytes."""
    session(patient=False)
    return wait_for(_ask("POST", url, body, patient=False))


def patient_get(url: str) -> bytes:
    """Two more tries after errors of the client's and time-outs."""
    session(patient=True)
    once = functools.partial(_ask, "GET", url, None, patient=True)
    return patiently(lambda: wait_for(once()), aiohttp.ClientError, TimeoutError)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    session(patient=True)
    return wait_for(_ask("POST", url, body, patient=True))

"""Unmodified clients of each family over TLS in virtual time."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable

import aiohttp
import httpx
import pytest
import requests

import simnet

SECRET = """
simnet: 1
title: Behind TLS
services:
  api: {at: "127.20.0.1:8443", speaks: http, tls: {}}
"""


@pytest.mark.parametrize("family", ["http.client", "requests", "aiohttp", "httpx"])
def test_tls_goes_over_virtual_sockets(family: str) -> None:
    """Each family shakes hands as ever, and verifies the certificate."""

    def by_hand(context: ssl.SSLContext) -> int:
        line = http.client.HTTPSConnection("localhost", 8443, timeout=5, context=context)
        line.sock = context.wrap_socket(socket.create_connection(("127.20.0.1", 8443), 5), server_hostname="127.20.0.1")
        line.request("GET", "/")
        assert line.sock.version() == "TLSv1.3"
        return line.getresponse().status

    def blocking(file: str) -> int:
        return requests.get("https://127.20.0.1:8443/", verify=file, timeout=5).status_code

    async def aio(context: ssl.SSLContext) -> int:
        async with aiohttp.ClientSession() as session:  # noqa: SIM117
            async with session.get("https://127.20.0.1:8443/", ssl=context) as reply:
                return reply.status

    async def on_trio(context: ssl.SSLContext) -> int:
        async with httpx.AsyncClient(verify=context) as client:
            return (await client.get("https://127.20.0.1:8443/")).status_code

    with simnet.simulate(SECRET) as sim:

        def trusting() -> tuple[ssl.SSLContext, str]:
            file = sim.world.environment()["SIMNET_CA"]
            return ssl.create_default_context(cafile=file), file

        calls: dict[str, Callable[[], int]] = {
            "http.client": lambda: sim.run_sync(lambda: by_hand(trusting()[0])),
            "requests": lambda: sim.run_sync(lambda: blocking(trusting()[1])),
            "aiohttp": lambda: sim.run_asyncio(lambda: aio(trusting()[0])),
            "httpx": lambda: sim.run(lambda: on_trio(trusting()[0])),
        }
        assert calls[family]() == 200

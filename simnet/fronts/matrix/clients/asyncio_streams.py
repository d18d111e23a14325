"""asyncio's streams and HTTP/1.0 by hand, as tutorials do; and with a deadline, the reply's length and status checked."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from http_reply import body_of, get_request, post_request
from patience import patiently


async def _reply(url: str, request: bytes) -> bytes:
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port, ssl=at.scheme == "https" or None)
    writer.write(request)
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    return reply


def get(url: str) -> bytes:
    """Write, read to the end, close."""
    at = urlsplit(url)
    return asyncio.run(_reply(url, get_request(at.netloc, at.path))).partition(b"\r\n\r\n")[2]


def post(url: str, body: bytes) -> bytes:
    """Write, read to the end, close."""
    at = urlsplit(url)
    return asyncio.run(_reply(url, post_request(at.netloc, at.path, body))).partition(b"\r\n\r\n")[2]


async def _checked(url: str, request: bytes) -> bytes:
    at = urlsplit(url)
    async with asyncio.timeout(1.5):
        reader, writer = await asyncio.open_connection(at.hostname, at.port, ssl=at.scheme == "https" or None)
        try:
            writer.write(request)
            await writer.drain()
            return body_of(await reader.read())
        finally:
            writer.close()


def patient_get(url: str) -> bytes:
    """Two more tries after what the network did and what the reply lacked."""
    at = urlsplit(url)
    return patiently(lambda: asyncio.run(_checked(url, get_request(at.netloc, at.path))), OSError, ValueError)


def patient_post(url: str, body: bytes) -> bytes:
    """Once."""
    at = urlsplit(url)
    return asyncio.run(_checked(url, post_request(at.netloc, at.path, body)))

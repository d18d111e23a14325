"""One GET by aiohttp_retry, with its defaults."""

import asyncio
import os

import aiohttp_retry


async def main() -> None:
    """Ask once."""
    async with aiohttp_retry.RetryClient() as client, client.get(os.environ["SIMNET_API_URL"]) as reply:
        print("status", reply.status)


asyncio.run(main())

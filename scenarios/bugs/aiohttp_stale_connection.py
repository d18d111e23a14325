"""Two GETs by aiohttp, one after the other."""

import asyncio
import os
import sys

import aiohttp


async def main() -> None:
    """Ask twice."""
    async with aiohttp.ClientSession() as session:
        for which in ("first", "second"):
            async with session.get(os.environ["SIMNET_API_URL"]) as reply:
                print(which, reply.status, await reply.text())


try:
    asyncio.run(main())
except aiohttp.ServerDisconnectedError as error:
    sys.exit(str(error))

"""One GET by aiohttp, to a name with two addresses."""

import asyncio
import os

import aiohttp


async def main() -> None:
    """Ask once."""
    url = f"http://web.test:{os.environ['SIMNET_FOUR_PORT']}/"
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        print("status", reply.status)


asyncio.run(main())

"""Asks four times at once through a pool of one, then four times a second; status 0 if the later ones are answered."""

import asyncio
import os
import sys

import aiohttp


async def ask(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get(os.environ["SIMNET_API_URL"]) as answer:
            return answer.status == 200
    except TimeoutError:
        return False


async def main() -> bool:
    limits = aiohttp.ClientTimeout(total=1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1), timeout=limits) as session:
        await asyncio.gather(*(ask(session) for _ in range(4)))
        later = []
        for _ in range(8):
            later.append(asyncio.create_task(ask(session)))
            await asyncio.sleep(0.25)
        answered = sum(await asyncio.gather(*later))
    print(f"{answered} of {len(later)} later requests ok")
    return answered == len(later)


sys.exit(not asyncio.run(main()))

"""Four callers share a pool of one; two give up, one right after the other. Status 0 if later requests are answered."""

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
    pool, limits = aiohttp.TCPConnector(limit=1), aiohttp.ClientTimeout(total=1)
    async with aiohttp.ClientSession(connector=pool, timeout=limits) as session:
        first = [asyncio.create_task(ask(session)) for _ in range(4)]
        await asyncio.sleep(0.5)
        first[0].cancel()
        await asyncio.sleep(0)  # its place goes to the second, which gives up before it has woken
        first[1].cancel()
        later = []
        for _ in range(8):
            later.append(asyncio.create_task(ask(session)))
            await asyncio.sleep(0.25)
        answered = sum(await asyncio.gather(*later))
    print(f"{answered} of {len(later)} later requests answered")
    return answered == len(later)


sys.exit(not asyncio.run(main()))

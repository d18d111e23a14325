"""Requests that are cancelled in pairs, at every distance of a few turns of the event loop, and one that is not."""

import asyncio
import importlib
import os
import sys

httpcore = importlib.import_module(os.environ["POOL"])
LIMITS = {"timeout": {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 3.0}}


async def main() -> None:
    """Cancel six pairs, then ask once."""
    url = os.environ["SIMNET_API_URL"]
    async with httpcore.AsyncConnectionPool(max_connections=1) as pool:
        for turns in range(6):
            pair = [asyncio.create_task(pool.request("GET", url, extensions=LIMITS)) for _ in range(2)]
            await asyncio.sleep(0.2)
            pair[0].cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            pair[1].cancel()
            await asyncio.wait(pair)
        print("last", (await pool.request("GET", url, extensions=LIMITS)).status)


try:
    asyncio.run(main())
except httpcore.PoolTimeout as error:
    sys.exit(repr(error))

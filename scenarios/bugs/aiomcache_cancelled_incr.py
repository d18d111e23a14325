"""An incr by aiomcache that is cancelled after 0.2 s, and another."""

import asyncio
import os

import aiomcache


async def main() -> None:
    """Count for alice, give up, count for bob."""
    host, port = os.environ["SIMNET_MEMCACHED_HOST"], int(os.environ["SIMNET_MEMCACHED_PORT"])
    client = aiomcache.Client(host, port, pool_size=1)
    try:
        await asyncio.wait_for(client.incr(b"alice"), 0.2)
    except TimeoutError:
        print("bob ->", await client.incr(b"bob"))


asyncio.run(main())

"""Cancels `GET alice` after 0.1 s and asks `GET bob` at once, on the same pool; status 1 if bob gets another's answer."""

import asyncio
import os
import sys

import redis.asyncio


async def main() -> bool:
    client = redis.asyncio.Redis(host=os.environ["SIMNET_REDIS_HOST"], port=int(os.environ["SIMNET_REDIS_PORT"]))
    try:
        await asyncio.wait_for(client.get("alice"), 0.1)
    except TimeoutError:
        print("GET alice: cancelled")
    answer = await client.get("bob")
    print("GET bob:", answer)
    return answer == b"value-of-bob"


sys.exit(not asyncio.run(main()))

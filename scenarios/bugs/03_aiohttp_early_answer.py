"""Sends 16 MiB; status 0 if the server's answer is known."""

import asyncio
import os
import sys

import aiohttp


async def main() -> None:
    upload = bytes(1 << 24)
    async with aiohttp.ClientSession() as session, session.post(os.environ["SIMNET_API_URL"], data=upload) as answer:
        print("status", answer.status)


try:
    asyncio.run(main())
except (OSError, aiohttp.ClientError) as error:
    sys.exit(repr(error))

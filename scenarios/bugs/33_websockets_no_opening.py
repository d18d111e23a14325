"""Opens a WebSocket, within so many seconds where the library can be told; status 1 if it gives up."""

import asyncio
import os
import sys

import websockets


class Lock(asyncio.Lock):
    """As it was before Python 3.10: websockets 9.1 passes a loop, which is None."""

    def __init__(self, *, loop: None = None) -> None:  # noqa: ARG002
        super().__init__()


asyncio.Lock = Lock


async def main() -> None:
    limit = {"open_timeout": float(sys.argv[1])} if sys.argv[1:] else {}
    print("connecting")
    await websockets.connect(f"ws://{os.environ['SIMNET_FEED_ADDR']}", **limit)


try:
    asyncio.run(main())
except TimeoutError:
    sys.exit("TimeoutError")

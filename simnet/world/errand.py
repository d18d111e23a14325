"""A function that has to be called in the world's thread, from another one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import trio

from simnet.errors import NetworkDownError

__all__ = ["send_on_errand"]


def send_on_errand(token: trio.lowlevel.TrioToken, function: Callable[[], None]) -> None:
    """Have `function` called in the thread of `token` and wait for that; raises what it raises.

    Raises `NetworkDownError` if nothing runs there any more.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            done.set_exception(error)
        else:
            done.set_result(None)

    try:
        token.run_sync_soon(run)
    except trio.RunFinishedError:
        raise NetworkDownError("the network is down; what it did is in its trace") from None
    done.result()

"""A server that has run out of file descriptors, on Trio.

Law: the EMFILE is the kernel's, out of accept(2) on the listening socket itself, in a child process (`kernel/
starved.py`), so that nothing else in this process goes short. The client is connected all the while and waits in the
queue. Whatever way the block is left, the child is dead, reaped, and its descriptors are closed.
"""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket

import trio

from simnet.errors import MachineError
from simnet.world.kernel.starved import READY, spawn_starved

__all__ = ["StarvedAcceptor", "starving"]

PATIENCE = 30.0
"""Seconds for a Python to start, or to answer, on a machine under heavy load; usually 0.03 s."""


class StarvedAcceptor:
    """The child, once it is starved; made by `starving`."""

    def __init__(self, child: subprocess.Popen[bytes], control: trio.socket.SocketType) -> None:
        self.pid = child.pid
        self._child, self._control = child, control
        self._asked = 0
        self._one_at_a_time = trio.Lock()

    async def try_accept(self) -> str:
        """Have the child call accept(2) once; return the name of its errno: "EMFILE".

        Also if nobody is in the queue: Linux reserves the descriptor first. "" would mean that a connection was
        accepted (and closed), which no Linux does. Raises `MachineError` if the child is gone.
        """
        async with self._one_at_a_time:
            self._asked += 1
            number = b"%d" % self._asked
            await self._send(number)
            while True:  # an answer to a question that was cancelled may still lie there
                answered, _, name = (await self._receive()).partition(b" ")
                if answered == number:
                    return name.decode()

    async def _send(self, message: bytes) -> None:
        try:
            await self._control.send(message)
        except OSError as error:
            raise self._gone() from error

    async def _receive(self) -> bytes:
        """The next message of the child."""
        with trio.move_on_after(PATIENCE):
            try:
                message = await self._control.recv(64)
            except OSError as error:
                raise self._gone() from error
            if message:
                return message
            raise self._gone()
        raise MachineError(f"the starved acceptor (pid {self.pid}) has been silent for {PATIENCE:.0f} s; is it stopped?")

    def _gone(self) -> MachineError:
        status = self._child.poll()
        said = "is ending" if status is None else f"ended with status {status}"
        return MachineError(f"the starved acceptor (pid {self.pid}) {said}; somebody killed it, or memory is short")

    async def _wait_until_starved(self) -> None:
        message = await self._receive()
        assert message == READY, message


@asynccontextmanager
async def starving(listener: socket) -> AsyncIterator[StarvedAcceptor]:
    """Hold a child whose accept on `listener` (non-blocking, listening) fails with EMFILE.

    The child shares the socket: close or shut `listener` after the block, or the port stays taken until its end.
    Raises `MachineError` if the child cannot be started.
    """
    child, ours = spawn_starved(listener)  # in this thread, see there; 1 to 3 ms
    ours.setblocking(False)  # noqa: FBT003 - the name of the socket module
    control = trio.socket.from_stdlib_socket(ours)
    try:
        acceptor = StarvedAcceptor(child, control)
        await acceptor._wait_until_starved()  # noqa: SLF001 - half of one thing
        yield acceptor
    finally:
        control.close()
        with trio.CancelScope(shield=True):
            await _bury(child)


async def _bury(child: subprocess.Popen[bytes]) -> None:
    """Kill and reap; SIGKILL cannot be refused, so this ends. It has nothing to put in order."""
    child.kill()
    while child.poll() is None:  # noqa: ASYNC110 - the kernel sets no trio.Event; a pidfd is not to be had everywhere
        await trio.sleep(0.001)

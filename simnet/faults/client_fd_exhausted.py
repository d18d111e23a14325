"""`client_fd_exhausted`: the client has no descriptor left for another socket.

Delivered at the system call socket(2), to programs under `simnet run` (seccomp user notification): the call that asks
for the TCP socket of the attempt fails, so nothing is connected and the attempt counts all the same. A true limit for
the whole program is `client: {open_files: n}` (RLIMIT_NOFILE).
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import Deny, DoorVerdict


@final
class ClientFdExhausted(Fault):
    """Let socket(2) fail with EMFILE."""

    summary: ClassVar[str] = "the client is out of file descriptors: socket(2) fails with EMFILE"
    client_sees: ClassVar[str] = "EMFILE from socket()"
    stage: ClassVar[Stage] = Stage.LOCAL
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.NOTIFIER,)

    fault: Literal["client_fd_exhausted"] = "client_fd_exhausted"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Deny("socket", "EMFILE")


FAULT = ClientFdExhausted

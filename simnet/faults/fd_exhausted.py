"""`fd_exhausted`: the server has run out of file descriptors.

accept(2) runs in a child process whose RLIMIT_NOFILE leaves no room and fails with a real EMFILE. The client is
connected (the kernel did that) and hears nothing; its connection waits in the queue until a descriptor is free.
With `free: n` the server first serves n connections at a time, and each that closes makes room for one that waits.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import Condition, Fault, Lever, Stage
from simnet.verdicts.accept import AcceptVerdict, Starve


@final
class FdExhausted(Fault):
    """Let accept fail with EMFILE."""

    summary: ClassVar[str] = "the server is out of file descriptors: accept fails with EMFILE"
    client_sees: ClassVar[str] = "connect() succeeds, then nothing: its own read timeout"
    stage: ClassVar[Stage] = Stage.ACCEPT
    rank: ClassVar[int] = 5
    honours: ClassVar[frozenset[Condition]] = frozenset({Condition.DURING})
    needs: ClassVar[tuple[Lever, ...]] = (Lever.OPEN_FILES,)

    fault: Literal["fd_exhausted"] = "fd_exhausted"
    free: int = Field(0, ge=0, le=10_000, strict=True, description="descriptors left: connections served at a time")

    @override
    def at_accept(self, draw: Random) -> AcceptVerdict:
        return Starve(self.free)


FAULT = FdExhausted

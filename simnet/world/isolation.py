"""A command of simnet that starts again in namespaces of its own: its world, and the programs that it runs there.

Law: it is done before anything else is (a process with threads cannot do it), by becoming `kernel/unshare.py`, which
starts the same command once more. In there every port of every loopback address is free, also those below 1024, and
there is no way out: a connect to anywhere else fails with ENETUNREACH in the kernel, and no packet is sent.
"""

from __future__ import annotations

import os
import sys

from simnet.errors import MachineError
from simnet.faults.contract import Lever
from simnet.world.kernel.namespaces import REFUSED, TOLD, forbidden, isolated

__all__ = ["NEEDS", "enter", "explained"]

NEEDS = (Lever.USER_NAMESPACE, Lever.NETWORK_NAMESPACE)
"""What it takes of the kernel."""


def enter() -> None:
    """Come back from this only in namespaces of our own; raises `MachineError` where they are not to be had.

    Call it while the process has one thread and nothing to lose: the first time it becomes another program.
    """
    told = os.environ.pop(TOLD, "")
    if told.startswith(REFUSED):
        raise MachineError(explained(told.removeprefix(REFUSED)))
    if not told or told != os.readlink("/proc/self/ns/net"):
        command = isolated([sys.executable, *sys.orig_argv[1:]])
        os.execv(command[0], command)  # noqa: S606 - ourselves, once more


def explained(failure: str) -> str:
    """What is missing, in the words of a step and an errno, what forbids it as far as can be seen, and what still works."""
    return (
        f"namespaces of its own are not to be had here: {failure}; {forbidden()}. "
        "Without --isolated everything works but ports below 1024, and a program that dials the internet gets there"
    )

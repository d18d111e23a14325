"""Starting a program so that its attempts are announced.

Law: the caller starts the program, with the command line and the descriptor given here, and says so; the notifier serves
until the block is left. Where seccomp cannot be had the program runs all the same, its attempts are counted as those of
any other program, and the trace says why.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence

from simnet.errors import MachineError
from simnet.trace.events import Observed
from simnet.world.comers import Comers
from simnet.world.gate import Gate
from simnet.world.kernel.namespaces import UNAVAILABLE, forbidden, in_memory, with_own_files
from simnet.world.kernel.seccomp import launcher
from simnet.world.notifier import Observers, notifying, own_ports
from simnet.world.record import Record

__all__ = ["Supervision", "observers_of", "supervising"]

PATIENCE = 30.0
"""Seconds for a Python to start on a machine under heavy load."""


class Supervision:
    """How the program has to be started; made by `supervising`."""

    def __init__(
        self, observers: Observers, record: Record, files: Mapping[str, str], stack: contextlib.ExitStack
    ) -> None:
        self._observers, self._record, self._stack = observers, record, stack
        self._files = stack.enter_context(in_memory(files)) if files else None
        self._comers_without = {gate: gate.comers for gate in observers.connects.values()}
        self._expect_announcements()
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stack.callback(self._ours.close)
        stack.callback(self._theirs.close)

    def _expect_announcements(self) -> None:
        """The program's attempts are announced from the first on, so from now on all that is not may be others'.

        (Not only when it runs: until it does, which takes a Python to start, others may come to an address that is
        everybody's; and its first connects are answered as soon as it is served.)
        """
        isolated = self._observers.outside is not None
        for (address, _), gate in self._observers.connects.items():
            gate.comers = Comers.NOBODY if isolated else Comers.beside_the_announced(address)

    def _expect_none(self) -> None:
        for gate, comers in self._comers_without.items():
            gate.comers = comers

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """The descriptors that the child must inherit (`subprocess.Popen(pass_fds=...)`)."""
        return (self._theirs.fileno(), *([] if self._files is None else [self._files]))

    def command(self, command: Sequence[str], open_files: int | None) -> list[str]:
        """The command line that becomes `command`, supervised and with its limit of open files and its own files."""
        launched = launcher(self._theirs.fileno(), open_files, self._calls(), command)
        if self._files is None:
            return launched
        return with_own_files(self._theirs.fileno(), self._files, launched)

    def _calls(self) -> list[str]:
        """What the program is asked about: nothing more than is needed, each costs it some microseconds."""
        wanted = {"connect": True, "socket": self._observers.sockets, "bind": self._observers.binds}
        return [call for call, needed in wanted.items() if needed]

    def started(self) -> None:
        """The child has been started: take its notifier and serve it.

        Raises `MachineError` if the program was to have files of its own and cannot; it has not been run then.
        """
        self._theirs.close()
        self._ours.settimeout(PATIENCE)
        try:
            said, descriptors, _, _ = socket.recv_fds(self._ours, 256, 1)
        except OSError as error:
            said, descriptors = str(error).encode(), []
        if descriptors:
            self._stack.enter_context(notifying(descriptors[0], self._observers))
            self._record.add(Observed, by="notifier", outside=self._observers.outside is not None)
        elif said.startswith(UNAVAILABLE):
            why = said.removeprefix(UNAVAILABLE).decode()
            raise MachineError(
                f"the program cannot have names of its own here: {why}; {forbidden()}. Without `names` (and without a "
                "`lookup` of the `client`) everything else works; a program that can be told where to ask can ask a service "
                "that speaks dns, and a test in Python has `net.resolving()`"
            )
        else:
            self._expect_none()
            why = said.decode("utf-8", "replace").removeprefix("no: ") or "the program could not be started"
            self._record.add(Observed, by="nobody", why=f"seccomp user notification is not to be had: {why}")


def observers_of(gates: Sequence[Gate], ports: int | None, outside: Callable[[str, int, str], None] | None) -> Observers:
    """Who is told of what, by what the faults of these gates depend on."""
    return Observers(
        connects={gate.door.endpoint: gate for gate in gates},
        sockets=[gate for gate in gates if "socket" in gate.plan.asks_about],
        binds={gate.door.endpoint: gate for gate in gates if "bind" in gate.plan.asks_about},
        ports=own_ports(ports),
        outside=outside,
    )


@contextlib.contextmanager
def supervising(observers: Observers, record: Record, files: Mapping[str, str]) -> Iterator[Supervision]:
    """Prepare to start one program; the notifier ends with the block. Raises `MachineError` on other architectures.

    `files`: path -> text of the files that are the program's own (see `own_files`); none: it sees the system's.
    """
    with contextlib.ExitStack() as stack:
        yield Supervision(observers, record, files, stack)

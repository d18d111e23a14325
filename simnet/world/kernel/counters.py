"""The kernel's counters of this network namespace.

Law: read, never interpret. They count everybody on the machine, so a difference proves that something happened,
never to whom; say so wherever one is shown as evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from simnet.errors import MachineError

__all__ = ["parse_counters", "read_counters"]

FILES = (Path("/proc/net/snmp"), Path("/proc/net/netstat"))
"""proc_pid_net(5); the names are explained in Documentation/networking/snmp_counter.rst."""


def read_counters() -> Mapping[str, int]:
    """Every counter by group and name, as nstat(8) writes them: "TcpAttemptFails", "TcpExtTCPMinTTLDrop".

    A counter that this kernel does not have is missing: use `.get(name, 0)`. Raises `MachineError` without /proc/net.
    """
    found: dict[str, int] = {}
    for file in FILES:
        try:
            found.update(parse_counters(file.read_text(encoding="ascii")))
        except OSError as error:
            raise MachineError(f"{file} cannot be read ({error.strerror}); mount /proc to have proofs from it") from error
    return found


def parse_counters(text: str) -> Iterator[tuple[str, int]]:
    """The pairs of lines `Group: Name Name ...` and `Group: 1 2 ...`, as (GroupName, number)."""
    lines = text.splitlines()
    for names, numbers in zip(lines[::2], lines[1::2], strict=True):
        group, *keys = names.split()
        _, *values = numbers.split()
        for key, value in zip(keys, values, strict=True):
            yield group.removesuffix(":") + key, int(value)

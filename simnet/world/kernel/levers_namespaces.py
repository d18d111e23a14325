"""The trials of namespaces: what a program in there really sees.

Law: as in `levers.py`. The program says for itself what it met; before it dials an address of a documentation network
(RFC 5737) it makes sure that it is in a network of its own, in which there is nothing but loopback to send it by.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence

from simnet.errors import MachineError
from simnet.world.kernel.namespaces import REFUSED, UNAVAILABLE, forbidden, in_memory, isolated, with_own_files

__all__ = ["mount_namespace", "network_namespace", "user_namespace"]

GUARD = 10.0
"""Seconds for two small programs to start on a machine under heavy load."""

USER = """
import os
print(os.environ["SIMNET_ISOLATION"])
print(f"user {os.getuid()} as outside", "process 2 of its own" if os.getpid() == 2 else "processes as outside", sep=", ")
"""

NETWORK = """
import errno, os, socket
told = os.environ["SIMNET_ISOLATION"]
print(told)
if told == os.readlink("/proc/self/ns/net") and [name for _, name in socket.if_nameindex()] == ["lo"]:
    taken = []
    for port in (53, 80, 443):
        with socket.socket() as server, socket.socket() as client:
            server.bind(("127.0.0.1", port))
            server.listen()
            client.connect(server.getsockname())
            taken.append(str(port))
    with socket.socket() as client:
        outside = errno.errorcode.get(client.connect_ex(("192.0.2.1", 9)), "an answer")
    print(f"ports {', '.join(taken)} served, {outside} outside")
"""

NAME, ADDRESS = "doctor.simnet.test", "127.127.0.53"
RESOLVES = f"import socket; print(socket.gethostbyname('{NAME}'))"


def user_namespace() -> str:
    """A program is itself, alone."""
    return _isolated(USER, "")


def network_namespace() -> str:
    """A program serves at ports below 1024 and cannot get out."""
    return _isolated(NETWORK, "ENETUNREACH outside")


def mount_namespace() -> str:
    """A name that only a private /etc/hosts has is resolved."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, in_memory({"/etc/hosts": f"{ADDRESS} {NAME}\n"}) as files:
        ours.setblocking(False)  # noqa: FBT003 - the name of the socket module
        command = with_own_files(theirs.fileno(), files, [sys.executable, "-I", "-S", "-c", RESOLVES])
        said = _run(command, pass_fds=(theirs.fileno(), files))
        if said.strip() != ADDRESS:
            raise MachineError(f"the name was not resolved: {_why(ours)}; {forbidden()}")
    return f"{NAME} is {ADDRESS} by a private /etc/hosts"


def _why(ours: socket.socket) -> str:
    try:
        return ours.recv(256).removeprefix(UNAVAILABLE).decode()
    except BlockingIOError:
        return "the private /etc/hosts is not asked"


def _isolated(code: str, wanted: str) -> str:
    told, _, saw = _run(isolated([sys.executable, "-I", "-S", "-c", code])).strip().partition("\n")
    if told.startswith(REFUSED):
        raise MachineError(f"{told.removeprefix(REFUSED)}; {forbidden()}")
    if not saw.endswith(wanted):
        raise MachineError(f"the namespaces are there, but the program met: {saw or 'more than loopback'}")
    return saw


def _run(command: Sequence[str], pass_fds: Sequence[int] = ()) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - our own text
            command,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MachineError("the program in namespaces of its own did not come to an end") from None
    return ran.stdout or ran.stderr[-200:]

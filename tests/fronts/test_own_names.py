"""`simnet run` for a scenario with `names`, without --isolated: what works, and what is told where it cannot."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.faults.contract import Lever
from simnet.world.kernel.levers import probe
from tests.fronts.test_isolated import where_forbidden

Simnet = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[str], Path]

RESULT = probe(Lever.MOUNT_NAMESPACE)
needs_namespaces = pytest.mark.skipif(not RESULT.available, reason=RESULT.why)

PLAIN = "services: {api: {at: '127.94.8.1:8080'}}\nnames: {api.test: api}\n"
FAILS = "services: {api: {}}\nclient: {lookup_timeout: 1s, lookup_attempts: 1}\nnames: {gone.test: nxdomain}\n"


def may_bind_53() -> bool:
    """Whether a resolver can be where everybody looks for one."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.94.8.2", 53))
    except OSError:
        return False
    return True


@needs_namespaces
def test_a_name_that_does_not_fail_is_found(simnet: Simnet, scenario: Write) -> None:
    """By whoever asks, with port 53 or without."""
    code = "import socket; print(socket.gethostbyname('api.test'))"
    ran = simnet("run", scenario(PLAIN), "--", sys.executable, "-c", code)
    assert (ran.stdout, ran.returncode) == ("127.94.8.1\n", 0), ran.stderr


@needs_namespaces
def test_a_name_that_fails_needs_port_53(simnet: Simnet, scenario: Write) -> None:
    """Where it may be bound the client meets the fault; elsewhere CMD does not run, and the message has the cure."""
    code = "import socket\ntry: socket.gethostbyname('gone.test')\nexcept socket.gaierror as error: print(error.args[0])"
    ran = simnet("run", scenario(FAILS), "--", sys.executable, "-c", code)
    if may_bind_53():
        assert (ran.stdout, ran.returncode) == (f"{socket.EAI_NONAME}\n", 0), ran.stderr
    else:
        assert (ran.stdout, ran.returncode) == ("", 69)
        assert "`gone.test` meets nxdomain" in ran.stderr
        assert "--isolated" in ran.stderr


@needs_namespaces
def test_where_mounts_are_forbidden_the_reason_is_told(argv: list[str], scenario: Write) -> None:
    """CMD does not run with the wrong names; the message says what failed and what still works."""
    ran = where_forbidden("max_mnt_namespaces", [*argv, "run", str(scenario(PLAIN)), "--", "echo", "started"])
    assert (ran.returncode, ran.stdout) == (69, "")
    assert "unshare: ENOSPC" in ran.stderr
    assert "Without `names`" in ran.stderr

"""`simnet run --isolated`: every port free, nothing outside reachable, and nothing left behind."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.faults.contract import Lever
from simnet.world.kernel.levers import probe

Simnet = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[str], Path]

RESULT = probe(Lever.NETWORK_NAMESPACE)
pytestmark = pytest.mark.skipif(not RESULT.available, reason=RESULT.why)

PRIVILEGED = "services: {api: {at: '127.0.0.1:443', faults: [{fault: refuse, when: {attempts: 1-2}}]}}\n"
QUIET = "services: {api: {}}\n"


def python(code: str) -> list[str]:
    """A program in Python."""
    return [sys.executable, "-I", "-S", "-c", code]


def test_services_and_cmd_have_every_port(simnet: Simnet, scenario: Write) -> None:
    """A service at port 443 fails as planned, and CMD itself serves at 53 and 80, on IPv4 and, where there is one, IPv6.

    CMD has its user and group, knows nothing of the isolation, and its end, here by a signal, is the command's.
    """
    code = """
import os, signal, socket
at = os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])
print(at[1], *(socket.socket().connect_ex(at) for _ in range(3)))
for family, address in [(socket.AF_INET, "127.0.0.1"), *([(socket.AF_INET6, "::1")] if socket.has_ipv6 else [])]:
    for port in (53, 80):
        try:
            with socket.socket(family) as server, socket.socket(family) as client:
                server.bind((address, port))
                server.listen()
                client.connect((address, port))
        except OSError as error:
            assert family == socket.AF_INET6, error
print(os.getuid(), os.getgid(), "SIMNET_ISOLATION" in os.environ, flush=True)
os.kill(os.getpid(), signal.SIGUSR1)
"""
    ran = simnet("run", "--isolated", scenario(PRIVILEGED), "--", *python(code))
    assert ran.stdout.splitlines() == ["443 111 111 0", f"{os.getuid()} {os.getgid()} False"], ran.stderr
    assert ran.returncode == 128 + signal.SIGUSR1


OUTSIDE = f"{192}.0.2.1", f"{2001}:db8::1"
"""Addresses of the documentation networks (RFC 5737, RFC 3849): dialled only where there is nothing but loopback."""

DIALS = f"""
import errno, os, socket
assert [name for _, name in socket.if_nameindex()] == ["lo"]
for family, kind, address in [
    (socket.AF_INET, socket.SOCK_STREAM, "{OUTSIDE[0]}"), (socket.AF_INET, socket.SOCK_STREAM, "{OUTSIDE[0]}"),
    (socket.AF_INET, socket.SOCK_DGRAM, "{OUTSIDE[0]}"), (socket.AF_INET6, socket.SOCK_STREAM, "{OUTSIDE[1]}"),
]:
    try:
        print(errno.errorcode[socket.socket(family, kind).connect_ex((address, 443))])
    except OSError:
        print("no IPv6")
"""


def test_who_dials_outside_is_told_and_fails_the_run(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """It gets ENETUNREACH from the kernel; each address is a difference of the run and an event of the trace."""
    stored = tmp_path / "run.jsonl"
    ran = simnet("run", "--isolated", "--json", "--trace", stored, scenario(QUIET), "--", *python(DIALS))
    said = set(ran.stderr.split("\n")) - {""}
    assert said <= {"ENETUNREACH", "EADDRNOTAVAIL", "no IPv6"}, "the report is not there with --json"
    assert ran.returncode == 100
    differences = [one["message"] for one in json.loads(ran.stdout)["differences"]]
    assert [said for said in differences if OUTSIDE[0] in said] == [
        f"the program dialled {OUTSIDE[0]}:443 (TCP, 2 times), which is outside: it would leave the machine",
        f"the program dialled {OUTSIDE[0]}:443 (UDP), which is outside: it would leave the machine",
    ]
    assert f"dials {OUTSIDE[0]}:443 (TCP)" in simnet("trace", stored).stdout


def test_an_isolated_network_is_for_somebody(simnet: Simnet, scenario: Write) -> None:
    """Without CMD nobody could reach it: that is wrong usage."""
    ran = simnet("run", "--isolated", scenario(QUIET))
    assert ran.returncode == 2
    assert "-- CMD" in ran.stderr


def test_a_signal_reaches_the_inside(argv: list[str], scenario: Write) -> None:
    """A signal to the command alone ends CMD in order, the summary is printed, and the status is that of the signal."""
    hangs = python("import time; print(flush=True); time.sleep(300)")
    command = [*argv, "run", "--isolated", str(scenario(QUIET)), "--", *hangs]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as run:
        try:
            assert run.stdout is not None
            run.stdout.readline()
            run.send_signal(signal.SIGTERM)
            _, said = run.communicate(timeout=90)
        finally:
            run.kill()
    assert run.returncode == 128 + signal.SIGTERM
    assert "simnet ended it" in said


FORBIDS = """
import ctypes, os, sys
user, group = os.getuid(), os.getgid()
if ctypes.CDLL(None).unshare(0x10000000):  # CLONE_NEWUSER
    sys.exit("unshare")
for name, text in ("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1"):
    open(f"/proc/self/{name}", "w").write(text)
open(f"/proc/sys/user/{sys.argv[1]}", "w").write("0")
os.execv(sys.argv[2], sys.argv[2:])
"""


def where_forbidden(limit: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in a user namespace that has this limit (namespaces(7)) at 0."""
    return subprocess.run([*python(FORBIDS), limit, *command], capture_output=True, text=True, timeout=90, check=False)


def test_where_namespaces_are_forbidden_the_reason_is_told(argv: list[str], scenario: Write) -> None:
    """In a user namespace that may have none below it: what failed, the switch that forbids it, and what still works."""
    ran = where_forbidden(
        "max_user_namespaces", [*argv, "run", "--isolated", str(scenario(QUIET)), "--", "echo", "started"]
    )
    assert (ran.returncode, ran.stdout) == (69, "")
    assert errno.errorcode[errno.ENOSPC] in ran.stderr
    assert "the sysctl user.max_user_namespaces is 0" in ran.stderr
    assert "Without --isolated" in ran.stderr


def test_without_a_pid_namespace_it_works_all_the_same(argv: list[str], scenario: Write) -> None:
    """Where there is no PID namespace to be had CMD is isolated, and what it leaves behind is ended nevertheless."""
    code = "sleep 300 & echo $! $$; grep -c : /proc/net/dev"
    command = [*argv, "run", "--isolated", str(scenario(QUIET)), "--", "sh", "-c", code]
    ran = where_forbidden("max_pid_namespaces", command)
    assert ran.returncode == 0, ran.stderr
    left, own, interfaces = ran.stdout.split()
    assert (int(own) > 10, interfaces) == (True, "1"), "numbers as outside, and nothing but lo"
    assert not os.path.exists(f"/proc/{left}")

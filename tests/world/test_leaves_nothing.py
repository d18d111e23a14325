"""What a world takes it gives back, on every way out."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import trio

import simnet
from simnet.world.lease import hold_lease

TEXT = """
simnet: 1
services:
  api: {faults: [{fault: refuse, when: {attempts: 1}}]}
  slow: {faults: [{fault: slow_handshake, delay: 10ms}]}
  full: {faults: [{fault: backlog_full}]}
"""


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def children() -> str:
    """The children of this process, zombies included."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii")


def test_a_thousand_worlds_leave_nothing_behind() -> None:
    """After 1,000 worlds opened and closed: no descriptor, thread or child more than before."""
    scenario = simnet.load_text(TEXT)
    with simnet.network(scenario):
        pass
    gc.collect()
    before = descriptors(), threading.active_count(), children()
    for _ in range(1000):
        with simnet.network(scenario):
            pass
    gc.collect()
    assert (descriptors(), threading.active_count(), children()) == before


def test_fifty_worlds_with_tls_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates, keys and the file of the CA are gone with each world, whether anybody came or not."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scenario = simnet.load_text("simnet: 1\nservices: {api: {tls: true, faults: [{fault: tls_expired}]}}\n")
    before = descriptors(), threading.active_count(), children()
    for _ in range(50):
        with simnet.network(scenario) as net:
            context = ssl.create_default_context(cafile=net.ca_file)
            with (
                socket.create_connection((net["api"].address, net["api"].port), 20) as plain,
                pytest.raises(ssl.SSLCertVerificationError),
            ):
                context.wrap_socket(plain, server_hostname=net["api"].address)
    gc.collect()
    assert (descriptors(), threading.active_count(), children()) == before
    assert list(tmp_path.iterdir()) == []


def test_no_lease_is_kept() -> None:
    """The blocks of a world that was closed can be leased again at once."""
    with hold_lease(1) as first:
        pass
    with hold_lease(1) as again:
        assert again.blocks != () != first.blocks
    with simnet.network(TEXT) as net:
        address = net["api"].address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anchor:
        anchor.bind((address.rpartition(".")[0] + ".0", 31268))


def test_an_exception_in_the_block_comes_out_as_itself() -> None:
    """An exception of the caller is raised plainly, not in a group, and the network is down."""
    kept: list[simnet.World] = []

    async def on_trio() -> None:
        async with simnet.open_world(TEXT) as world:
            kept.append(world)
            raise LookupError("mine")

    def in_a_thread() -> None:
        with simnet.network(TEXT) as net:
            kept.append(net)
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        trio.run(on_trio)
    with pytest.raises(LookupError, match="mine"):
        in_a_thread()
    for world in kept:
        with socket.socket() as sock:
            sock.bind((world["api"].address, world["api"].port))


def test_a_cancelled_world_is_down() -> None:
    """Cancelling the block takes the network down and raises nothing."""

    async def main() -> simnet.World:
        with trio.move_on_after(0.05):
            async with simnet.open_world(TEXT) as world:
                await trio.sleep_forever()
        return world

    world = trio.run(main)
    assert type(world.trace.events[-1]).__name__ == "WorldDown"


STARVED = """
import sys, socket, simnet
with simnet.network("simnet: 1\\nservices: {api: {faults: [{fault: fd_exhausted}]}}\\n") as net:
    client = socket.create_connection((net["api"].address, net["api"].port))
    while not any(type(e).__name__ == "AcceptFailed" for e in net.trace.events):
        pass
    print(net["api"].address, net["api"].port, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_killed_process_leaves_no_child_and_no_address(signum: signal.Signals) -> None:
    """However the process ends, its starved child ends with it, and its addresses are free."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", STARVED], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        address, port = process.stdout.readline().split()
        kids = Path(f"/proc/{process.pid}/task").glob("*/children")
        pids = [int(pid) for file in kids for pid in file.read_text(encoding="ascii").split()]
        assert len(pids) == 1
        process.send_signal(signum)
        process.communicate(timeout=60)
    for pid in pids:
        _wait_until_gone(pid)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, int(port)))
        sock.listen()


def _wait_until_gone(pid: int) -> None:
    """A process whose end of the control socket is closed ends by itself; wait for that."""
    try:
        with open(os.pidfd_open(pid), "rb", closefd=True) as process:
            ready, _, _ = select.select([process], [], [], 30)
            assert ready, f"the starved child {pid} lives on"
    except ProcessLookupError:
        pass

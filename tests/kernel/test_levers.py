"""Each lever is really tried on this machine, and a lever that is missing is a sentence, not an exception."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from simnet.errors import MachineError
from simnet.faults.contract import Lever
from simnet.world.kernel import levers
from simnet.world.kernel.levers import probe, probe_all

EVIDENCE = {
    Lever.LISTEN_AGAIN: "served, ECONNREFUSED, served",
    Lever.MIN_TTL: "no answer for 50 ms (TCPMinTTLDrop +",
    Lever.SOCK_DIAG: "its own connection by address and inode",
    Lever.SIMULTANEOUS_OPEN: "a waiting client was connected by our SYN",
    Lever.FULL_QUEUE: "no answer for 50 ms with 1 in a queue of backlog 0",
    Lever.OPEN_FILES: "EMFILE from accept in the child",
    Lever.LINGER: "ECONNRESET",
    Lever.MD5_KEY: "no answer for 50 ms",
    Lever.NOTIFIER: "ETIMEDOUT",
    Lever.USER_NAMESPACE: f"user {os.getuid()} as outside, process",
    Lever.NETWORK_NAMESPACE: "ports 53, 80, 443 served, ENETUNREACH outside",
    Lever.MOUNT_NAMESPACE: "doctor.simnet.test is 127.127.0.53 by a private /etc/hosts",
}


@pytest.mark.parametrize("lever", Lever)
def test_a_lever_is_tried_and_leaves_nothing_behind(lever: Lever) -> None:
    """The trial sees the effect, and afterwards there is no descriptor and no thread more than before."""
    before = os.listdir("/proc/self/fd"), threading.active_count()
    result = probe(lever)
    assert (result.lever, result.available, result.why) == (lever, True, "")
    assert result.saw.startswith(EVIDENCE[lever])
    assert result.seconds > 0
    assert (os.listdir("/proc/self/fd"), threading.active_count()) == before


def test_every_lever_is_tried_in_order() -> None:
    """`probe_all` gives one result for each lever."""
    assert [result.lever for result in probe_all()] == list(Lever)


@pytest.mark.parametrize(
    ("lever", "broken", "saw", "why"),
    [
        (Lever.MIN_TTL, "set_min_ttl", "served, served", "TCP does not heed it"),
        (Lever.LINGER, "abort_on_close", "b''", "does not send a RST here"),
    ],
)
def test_a_kernel_without_the_effect_is_found_out(
    monkeypatch: pytest.MonkeyPatch, lever: Lever, broken: str, saw: str, why: str
) -> None:
    """If the option can be set but does nothing, the lever is unavailable and the reason says so."""
    monkeypatch.setattr(levers, broken, lambda *_, **__: None)
    result = probe(lever)
    assert (result.available, result.saw) == (False, saw)
    assert why in result.why


@pytest.mark.parametrize(
    "error", [MachineError("no netlink here"), OSError(1, "Operation not permitted"), TimeoutError()]
)
def test_an_error_becomes_a_reason(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever the machine refuses, the result says so in words and nothing is raised."""

    def refuse() -> None:
        raise error

    monkeypatch.setattr(levers, "SockDiag", refuse)
    result = probe(Lever.SOCK_DIAG)
    assert not result.available
    assert result.why


def test_without_an_interpreter_the_child_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the child cannot be started the reason names the interpreter."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    result = probe(Lever.OPEN_FILES)
    assert not result.available
    assert "/nowhere/python" in result.why

"""`simnet tour`: what the plain client saw and what the kernel proves are two accounts of one thing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from simnet.faults import KINDS

Simnet = Callable[..., subprocess.CompletedProcess[str]]

SEEN = {
    "port_taken": ("EADDRINUSE", "bind"),
    "refuse": ("ECONNREFUSED", "connect"),
    "drop_syn": ("timed out", "connect"),
    "backlog_full": ("timed out", "connect"),
    "close_at_accept": ("end of file", "recv"),
    "fd_exhausted": ("timed out", "recv"),
    "stall": ("timed out", "recv"),
    "truncate": ("end of file", "recv"),
    "reset": ("ECONNRESET", "recv"),
    "black_hole": ("timed out", "recv"),
    "wrong_length": ("timed out", "recv"),
    "reply_lost": ("end of file", "recv"),
}
"""For the kinds that end a client's try one way only; the others are a matter of time."""


def test_the_tour(simnet: Simnet) -> None:
    """Every kind is proven and met as the kernel means it, in 20 seconds; where nobody watches it is a plain table.

    Two tours at the same time do not disturb each other.
    """
    with ThreadPoolExecutor(2) as pool:
        ran, plain = pool.map(simnet, ("tour", "tour"), ("--json", "--"))
    got = json.loads(ran.stdout)
    kinds = {one["kind"]: one for one in got["kinds"]}
    assert list(kinds) == list(KINDS)
    assert [kind for kind, one in kinds.items() if not one["proven"]] == []
    assert (ran.returncode, got["ok"]) == (0, True)
    assert {kind: (kinds[kind]["seen"]["what"], kinds[kind]["seen"]["step"]) for kind in SEEN} == SEEN
    assert kinds["reset_at_accept"]["seen"]["what"] in {"ECONNRESET", "EPIPE"}
    assert kinds["slow_handshake"]["seen"]["connect_seconds"] >= 0.29
    assert kinds["syn_loss"]["seen"]["connect_seconds"] >= 0.9
    assert kinds["black_hole"]["seen"]["unacknowledged"] > 0
    assert kinds["stall"]["seen"]["unacknowledged"] == 0
    assert kinds["interim_103"]["seen"]["replies"] == ["103, then 200"] * 3
    assert kinds["continue_withheld"]["seen"]["replies"] == ["200", "200", "no 100, then 200"]
    assert kinds["bad_chunk"]["seen"]["what"].startswith("broken HTTP")
    assert got["seconds"] < 20
    assert "\x1b" not in plain.stdout
    assert f"{len(KINDS)} of {len(KINDS)} kinds proven" in plain.stdout

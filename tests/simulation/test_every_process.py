"""Clients of each family in fresh processes: the same seed gives the same trace, whatever order sets have."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

SAME = """
import hashlib, runpy, sys
import simnet
from pathlib import Path
found = runpy.run_path(sys.argv[1])
digest = hashlib.sha256()
for way, client in found["FAMILIES"]:
    with simnet.simulate(found["ROCKY"], seed=3) as sim:
        digest.update(repr(getattr(sim, way)(client)).encode() + sim.trace.dumps().encode())
print(digest.hexdigest())
"""


def test_each_family_is_the_same_in_every_process() -> None:
    """Three fresh processes with different hash seeds leave the same traces, byte for byte."""
    command = [sys.executable, "-c", SAME, str(Path(__file__).with_name("test_families.py"))]
    running = [
        subprocess.Popen(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for seed in ("1", "2", "random")
    ]
    said = [process.communicate(timeout=600) for process in running]
    assert len({out for out, _ in said}) == 1, said
    assert len(said[0][0].strip()) == hashlib.sha256().digest_size * 2

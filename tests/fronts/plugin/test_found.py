"""What a property test in virtual time has found and saved is an ordinary scenario: on real sockets it fails again."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

import simnet
from simnet.fronts.statuses import Status

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

GUARD = 90.0

CLIENT = """
import os
import urllib.request

def pay(url):
    '''If it fails, try again.'''
    for _ in range(5):
        try:
            return urllib.request.urlopen(f"{url}/pay", b"order=7", timeout=2).read()
        except OSError:
            pass

if __name__ == "__main__":
    pay(os.environ["SIMNET_API_URL"])
"""

SAID = "no_duplicate_effects of api: POST /pay (request 2 on connection 2) did again what effect 1 had done"


def find(folder: Path, client: Path) -> Path:
    """Seek a network in which the client pays twice, and return what is saved of it."""
    pay = runpy.run_path(str(client))["pay"]
    networks = simnet.strategies.schedules(
        max_connections=2,
        faults=["refuse", "reset"],
        expect=[simnet.expect.no_duplicate_effects(service="api")],
        run=f"{sys.executable} ../client.py",
    )

    def pays_once(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
        pay(sim["api"].url)

    search = settings(database=None, deadline=None, max_examples=2_000, phases=[Phase.generate, Phase.shrink])
    test: Any = search(given(scenario=networks)(simnet.virtual(save_failing=folder)(pays_once)))
    with pytest.raises(simnet.ExpectationError, match="did again"):
        test()
    (saved,) = folder.iterdir()
    return saved


def test_a_saved_network_fails_again_on_real_sockets(pytester: pytest.Pytester, run_apart: Run) -> None:
    """By `simnet run FILE -- CMD`, by its `run:` line, and by `pytest --simnet-scenarios DIR`, as its own comment says."""
    pytest.importorskip("greenlet")
    client = pytester.path / "client.py"
    client.write_text(CLIENT)
    saved = find(pytester.path / "found", client)
    file = f"found/{saved.name}"
    assert f"simnet run {file} --run-line\n" in saved.read_text("utf-8")
    assert "or pytest --simnet-scenarios found\n" in saved.read_text("utf-8")
    command = [sys.executable, "-m", "simnet", "run", file]
    for rest in (["--", sys.executable, "client.py"], ["--run-line"]):
        done = subprocess.run([*command, *rest], capture_output=True, text=True, timeout=GUARD, check=False)
        assert (done.returncode, SAID in done.stdout + done.stderr) == (Status.NOT_HELD, True), done.stdout + done.stderr
    result = run_apart("--simnet-scenarios", "found", "found", "-p", "no:asyncio", "-p", "no:randomly")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no_duplicate_effects of api*"])

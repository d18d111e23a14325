"""The commands that the scenarios name are run for real, by the Python API: each file keeps what it promises.

Many run side by side, each in a network of its own, so that the whole takes little longer than the longest. What is timed by
`during` is left out: on a machine under load a program may start when the span is over, and that would be no mistake.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

import simnet

FOLDER: Final = Path(__file__).parent.parent / "scenarios"

GUARD: Final = 60.0
"""Seconds that a program may take on a machine under load; the longest takes 7 s by itself."""

SIDE_BY_SIDE: Final = 12
"""More would starve each other: the scenarios' clients are as impatient as real ones, some with a second."""

Run = tuple[simnet.World, subprocess.CompletedProcess[str]]


def _untimed(path: Path) -> bool:
    services = simnet.load_file(path).services.values()
    return all(fault.when.during is None for spec in services for fault in spec.faults)


PATHS: Final = [path for path in sorted(FOLDER.glob("*.yaml")) if _untimed(path)]

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the scenarios' clients are curl, which is not here")


def run_well(path: Path) -> Run:
    """The run, or its repetition if a client that the machine starved was truly late."""
    net, done = run(path)
    try:
        simnet.verify(net)
    except simnet.ExpectationError:
        return run(path)
    return (net, done) if done.returncode == 0 else run(path)


def run(path: Path) -> Run:
    """Bring the file's network up for the command of its first line, and take it down."""
    command = shlex.split(path.read_text(encoding="utf-8").splitlines()[0])
    program = command[command.index("--") + 1 :]
    with simnet.network(path) as net, net.supervising() as supervision:
        command, pipe = supervision.command(program, net.plan.open_files), subprocess.PIPE
        with subprocess.Popen(
            command,
            env={**os.environ, **net.environment()},
            pass_fds=supervision.pass_fds,
            stdout=pipe,
            stderr=pipe,
            text=True,
        ) as running:
            supervision.started()
            said, complaint = running.communicate(timeout=GUARD)
    return net, subprocess.CompletedProcess(program, running.returncode, said, complaint)


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[Path, Future[Run]]]:
    """Every scenario is under way or waits for its turn."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {path: pool.submit(run_well, path) for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_its_command_meets_the_fault_and_does_what_is_expected(path: Path, runs: dict[Path, Future[Run]]) -> None:
    """The program gets through by trying as a good client does, every fault is proven, and every expectation holds."""
    net, done = runs[path].result(timeout=GUARD)
    assert done.returncode == 0, done.stderr
    simnet.verify(net)

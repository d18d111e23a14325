"""`python tests/bench/fixture.py`: what a fixture costs a test, beside pytest-httpserver's and none at all.

Law: nothing here passes or fails. Each contestant is a file of empty tests that ask for its fixture, run by a pytest of its
own; they take turns, and what a test costs without any fixture is subtracted. pytest-httpserver (`pip install
pytest-httpserver`) is told twice: its shared server, which is never stopped between tests, and one of the test's own.
"""

from __future__ import annotations

import importlib.util
import os
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROUNDS = 3
PLAIN = "simnet: 1\\nservices: {api: {speaks: http}}\\n"
FAULTY = (
    "simnet: 1\\nservices: {api: {speaks: http, faults: [{fault: refuse, when: {attempts: 1-2}, required: false}]}}\\n"
)
SERVER = "import pytest, pytest_httpserver\n@pytest.fixture\ndef own():\n    with pytest_httpserver.HTTPServer() as server:\n        yield server\n"


STOPWATCH = """
def pytest_runtest_logreport(report):
    print("spent", report.nodeid.rpartition(":")[2], report.duration)
"""
"""A conftest that tells how long each of setup, call and teardown took: pytest's own --durations has two decimals only."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A fixture, and how many tests ask for it in a round."""

    name: str
    tests: int
    head: str
    fixture: str
    plugins: tuple[str, ...]


OURS, THEIRS = ("simnet.fronts.pytest.plugin",), ("pytest_httpserver.pytest_plugin",)
NOTHING = Contestant("no fixture", 60, "import pytest\n", "", ())
CONTESTANTS = (
    Contestant("simnet, a service that serves", 60, f'import pytest\npytestmark = pytest.mark.simnet("{PLAIN}")\n', "simnet", OURS),
    Contestant("simnet, a door with faults", 60, f'import pytest\npytestmark = pytest.mark.simnet("{FAULTY}")\n', "simnet", OURS),
    Contestant(
        "simnet, leaks watched", 60, f'import pytest\npytestmark = pytest.mark.simnet("{PLAIN}", leaks="error")\n', "simnet", OURS
    ),
    Contestant("pytest-httpserver, shared by all tests", 60, "import pytest\n", "httpserver", THEIRS),
    Contestant("pytest-httpserver, one for each test", 4, SERVER, "own", THEIRS),
)  # fmt: skip


def seconds_of(contestant: Contestant, folder: Path) -> float:
    """What pytest says that one of its tests took; the first of them, which imports things, is left out."""
    body = (
        f"@pytest.mark.parametrize('number', range({contestant.tests + 1}))\ndef test_it({contestant.fixture or 'number'}"
    )
    body += ", number):\n    pass\n" if contestant.fixture else "):\n    pass\n"
    file = folder / "test_bench.py"
    file.write_text(contestant.head + body)
    folder.joinpath("conftest.py").write_text(STOPWATCH)
    options = [word for plugin in contestant.plugins for word in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", "-q", "-s", str(file)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    spent: dict[str, float] = {}
    for number, length in re.findall(r"spent \S+\[(\d+)\] ([\d.e-]+)", ran.stdout):
        spent[number] = spent.get(number, 0.0) + float(length)
    del spent["0"]
    return statistics.median(spent.values())


def main() -> None:
    """Measure, and print the table."""
    there = importlib.util.find_spec("pytest_httpserver") is not None
    contestants = [NOTHING, *(each for each in CONTESTANTS if there or each.plugins != THEIRS)]
    found: dict[str, list[float]] = {each.name: [] for each in contestants}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for each in contestants:
                found[each.name].append(seconds_of(each, Path(folder)))
    base = statistics.median(found.pop(NOTHING.name))
    table = Table("fixture", "ms a test, median of rounds", "lowest to highest", box=None)
    for name, rounds in found.items():
        own = sorted((each - base) * 1e3 for each in rounds)
        table.add_row(name, f"{statistics.median(own):.1f}", f"{own[0]:.1f} to {own[-1]:.1f}")
    console = Console(highlight=False)
    console.print(table)
    if not there:
        console.print("pytest-httpserver is not installed, so it is not beside them: pip install pytest-httpserver")


if __name__ == "__main__":
    main()

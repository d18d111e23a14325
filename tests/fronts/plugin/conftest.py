"""A pytest within pytest: a folder with a scenario and tests, and what a user sees of its run."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Callable

import pytest

import simnet.fronts.pytest.collect
import simnet.fronts.pytest.files
import simnet.fronts.pytest.trials  # noqa: F401 - likewise

importlib.import_module("pytest_trio.plugin")  # pytester forgets what a run in this process was the first to import

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]

FLAKY = """
simnet: 1
title: It comes up late
seed: 7
services:
  api:
    speaks: http
    faults: [{fault: refuse, when: {attempts: 1-2}}]
expect:
  - attempts: {service: api, at_most: 4}
"""

CLIENT = """
import socket
import urllib.request

import pytest

def get(url, tries):
    for left in reversed(range(tries)):
        try:
            return urllib.request.urlopen(url, timeout=20).read()
        except OSError:
            if not left:
                raise

stalls = pytest.mark.simnet("simnet: 1\\nservices: {api: {faults: [{fault: stall}]}}\\n", timeout="500ms")

def dial(service):
    return socket.create_connection((service.address, service.port), 20)

"""

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "simnet.fronts.pytest.plugin", "-p", "pytest_trio.plugin")


@pytest.fixture(autouse=True)
def as_at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CI server pytest prints every difference twice, the second time in its summary: here we count them."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """Write the tests, behind a client; the scenario lies beside them."""

    def write(tests: str) -> None:
        pytester.path.joinpath("flaky.yaml").write_text(FLAKY)
        pytester.path.joinpath("test_it.py").write_text(CLIENT + textwrap.dedent(tests))

    return write


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest there, in this process, with our plugin and pytest-trio alone."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*QUIET, *arguments)

    return run


@pytest.fixture
def run_apart(pytester: pytest.Pytester) -> Run:
    """Run pytest there in a process of its own, with every plugin that is installed."""
    return lambda *arguments: pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments, timeout=100)

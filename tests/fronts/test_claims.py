"""`simnet checks` and `simnet check-trace`: what can be claimed, and a stored trace judged by it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from simnet.checks import CHECKS
from simnet.fronts import cli
from simnet.fronts.claims import NOT_DECIDED, page
from simnet.trace.events import Attempt, ServiceUp
from simnet.trace.journal import Trace

Simnet = Callable[..., "Ran"]


@dataclass(frozen=True)
class Ran:
    """What a command said, and its status."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def simnet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Simnet:
    """Run the command in this process: it neither binds nor starts anything."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["simnet", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A client that tried three times, with one pause that is far too short."""
    up = ServiceUp(t=0, service="api", address="127.0.0.1", port=8080, speaks="http")
    attempts = [
        Attempt(t=t, service="api", number=n, client="", counted="by audit", door="refuse")
        for n, t in enumerate((0.0, 0.204, 0.235), 1)
    ]
    file = tmp_path / "trace.jsonl"
    file.write_text(Trace("t", 0, (up, *attempts)).dumps(), "utf-8")
    return file


def _write(folder: Path, text: str) -> Path:
    file = folder / "expected.yaml"
    file.write_text(text, "utf-8")
    return file


def test_checks_lists_them_in_families(simnet: Simnet) -> None:
    """Each with its summary; as JSON with its parameters."""
    told = simnet("checks").stdout
    assert [name for name in CHECKS if f"  {name} " not in told] == []
    got = json.loads(simnet("checks", "--json").stdout)["checks"]
    assert {one["name"] for one in got} == set(CHECKS)
    assert all(row["meaning"] for one in got for row in one["parameters"])


def test_one_check(simnet: Simnet) -> None:
    """Its parameters with their defaults, in a scenario and in Python; a wrong name gets the near one."""
    told = simnet("checks", "backoff").stdout
    assert "tolerance         20ms" in told
    assert "- backoff: {base: 200ms, factor: 2}" in told
    assert "simnet.expect.backoff(base='200ms', factor=2)" in told
    ran = simnet("checks", "backof")
    assert (ran.returncode, "`backoff`" in ran.stderr) == (2, True)


def test_the_page_of_the_docs_is_up_to_date() -> None:
    """It is what the command prints."""
    assert (DOCS / "checks.md").read_text("utf-8") == page()


def test_every_property_is_decided_or_has_a_reason() -> None:
    """P1 to P40: none is forgotten."""
    decided = {part for check in CHECKS.values() for part in check.decides.split(", ") if part}
    assert decided | set(NOT_DECIDED) == {f"P{number}" for number in range(1, 41)}


def test_a_stored_trace_is_judged_by_a_file_of_expectations(simnet: Simnet, stored: Path, tmp_path: Path) -> None:
    """What held with its sample, what did not with its timeline; the status is 100."""
    file = _write(tmp_path, "simnet: 1\nexpect:\n  - backoff: {base: 200ms}\n  - minimum_gap: {at_least: 10ms}\n")
    ran = simnet("check-trace", stored, "--expect", file)
    assert ran.returncode == 100
    assert "✓ minimum_gap  2 gaps, tolerance 20ms + 5%" in ran.stdout
    assert "✗ backoff: gap 2 was 31 ms; backoff(base=200ms, factor=2) promises at least 400 ms;" in ran.stdout
    assert len(re.findall(r"^ +0\.\d+ +━+ +attempt \d: refused$", ran.stdout, re.MULTILINE)) == 3
    assert "1 expectation did not hold" in ran.stdout
    got = json.loads(simnet("check-trace", stored, "--expect", file, "--json").stdout)
    assert [(one["check"], one["held"]) for one in got["checks"]] == [("backoff", False), ("minimum_gap", True)]
    assert got["differences"][0]["timeline"].count("\n") == 2


def test_a_scenario_will_do_as_well(simnet: Simnet, stored: Path, tmp_path: Path) -> None:
    """Its `expect:` is what counts; all held is status 0."""
    text = "simnet: 1\nservices: {api: {speaks: http}}\nexpect: [attempts: {service: api, exactly: 3}]\n"
    ran = simnet("check-trace", stored, "--expect", _write(tmp_path, text))
    assert (ran.returncode, "✓ all held: 1 expectation" in ran.stdout) == (0, True)


def test_what_cannot_be_judged_is_said_and_does_not_pass(simnet: Simnet, stored: Path, tmp_path: Path) -> None:
    """Neither for nor against."""
    ran = simnet("check-trace", stored, "--expect", _write(tmp_path, "simnet: 1\nexpect: [jitter: {}]\n"))
    assert ran.returncode == 100
    assert "? jitter: too few to judge: 0 of the 20 gaps that it takes" in ran.stdout
    assert "1 expectation could not be judged" in ran.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("simnet: 1\nexpect: [backof: {}]\n", ":2:10: there is no check `backof`"),
        ("simnet: 1\n", ":1:1: this file expects nothing"),
        (
            "simnet: 1\nexpect: [backoff: {service: apy}]\n",
            "`backoff` names the service `apy`, which is not in the trace",
        ),
        ("simnet: 1\nexpect: [fail_over: {first: api, second: db, within: 1s}]\n", "names the service `db`"),
    ],
)
def test_a_mistake_in_the_file_is_status_65(simnet: Simnet, stored: Path, tmp_path: Path, text: str, said: str) -> None:
    """With its place, and a cure; a check of a service that is not there would hold of nothing."""
    ran = simnet("check-trace", stored, "--expect", _write(tmp_path, text))
    assert ran.returncode == 65
    assert said in ran.stderr


def test_several_differences_of_one_expectation_are_one(simnet: Simnet, stored: Path, tmp_path: Path) -> None:
    """Each is told; the count at the end is of expectations."""
    file = _write(tmp_path, "simnet: 1\nexpect: [minimum_gap: {at_least: 1s}]\n")
    told = simnet("check-trace", stored, "--expect", file).stdout
    assert told.count("✗ minimum_gap: gap") == 2
    assert "1 expectation did not hold" in told

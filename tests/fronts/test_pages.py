"""`--html` and `--run-line`: a run as a page, and the command that the file itself names."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]
Write = Callable[[str], Path]

REFUSED = "services: {api: {faults: [{fault: refuse, when: {attempts: 1}, required: false}]}}\n"


def test_a_run_is_written_as_a_page(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """By `run` with its verdict, by `trace` of a stored one without."""
    file, page, stored, again = scenario(REFUSED), tmp_path / "run.html", tmp_path / "run.jsonl", tmp_path / "again.html"
    ran = simnet("run", file, "--html", page, "--trace", stored, "--", "true")
    assert ran.returncode == 0
    assert "✓ all held" in page.read_text("utf-8")
    assert simnet("trace", stored, "--html", again).stdout == ""
    assert "not judged" in again.read_text("utf-8")


def test_a_page_that_cannot_be_written(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """It is known before anything runs."""
    ran = simnet("run", scenario(REFUSED), "--html", tmp_path / "none" / "run.html", "--", "echo", "ran")
    assert (ran.returncode, ran.stdout) == (69, "")
    assert "the page cannot be written to" in ran.stderr


def test_the_files_own_command_runs_when_it_is_asked_for(simnet: Simnet, scenario: Write) -> None:
    """In the folder of the file, by a shell if it is a text; its status is the run's."""
    file = scenario('run: echo "$SIMNET_API_PORT" && ls && exit 7\n' + REFUSED)
    ran = simnet("run", file, "--run-line")
    assert ran.returncode == 7
    assert ran.stdout.split() == ["7007", "scenario.yaml"]
    told = simnet("run", scenario("run: [echo, '$HOME a']\n" + REFUSED), "--run-line", "--json")
    assert "$HOME a" in told.stderr
    assert json.loads(told.stdout)["ok"]


def test_which_command_is_meant_must_be_clear(simnet: Simnet, scenario: Write) -> None:
    """Two commands, or none where one was asked for, are wrong usage."""
    both = simnet("run", scenario("run: 'true'\n" + REFUSED), "--run-line", "--", "true")
    none = simnet("run", scenario(REFUSED), "--run-line")
    assert (both.returncode, none.returncode) == (2, 2)
    assert "there are two commands" in both.stderr
    assert "the file has no `run:` line" in none.stderr

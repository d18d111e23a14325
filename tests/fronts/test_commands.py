"""The commands that only tell: what they print, as text and as JSON, and their statuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.faults import KINDS
from simnet.fronts import cli
from simnet.fronts.cli import COMMANDS, application

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]
Write = Callable[[str], Path]

LATE = "title: It comes up late\nservices: {api: {at: '127.20.0.1:8080', faults: [{fault: refuse, when: {attempts: 1-2}}]}}\n"


def test_the_help_has_the_statuses(simnet: Simnet) -> None:
    """`--help` tells every status, and is plain where nobody watches."""
    ran = simnet("--help")
    assert ran.returncode == 0
    for status in ("65", "69", "70", "100", "126, 127", "128+n"):
        assert f"{status}  " in ran.stdout
    assert "\x1b" not in ran.stdout


def test_the_version(simnet: Simnet) -> None:
    """`--version` is one line."""
    ran = simnet("--version")
    assert ran.stdout.startswith("simnet ")
    assert ran.stdout.count("\n") == 1


def test_check_tells_all_problems_of_all_files(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """A good file is `ok`; each mistake of a bad one has its place and its cure; the status is 65."""
    good, bad = scenario(LATE), tmp_path / "bad.yaml"
    bad.write_text("simnet: 1\nservices: {api: {faults: [{fault: refuze}, {fault: latency, delay: 5}]}}\n")
    ran = simnet("check", good, bad)
    assert ran.returncode == 65
    assert f"{good}: ok" in ran.stdout
    assert ran.stdout.count(f"{bad}:2:") == 2
    assert "refuse" in ran.stdout
    got = json.loads(simnet("check", good, bad, "--json").stdout)
    assert [(one["ok"], len(one["problems"])) for one in got["files"]] == [(True, 0), (False, 2)]


@pytest.mark.parametrize("command", ["run", "explain", "dump", "check"])
def test_a_rejected_scenario(simnet: Simnet, command: str, tmp_path: Path) -> None:
    """Whichever command reads it: status 65, the file is named, no traceback."""
    ran = simnet(command, tmp_path / "none.yaml")
    assert ran.returncode == 65
    assert "none.yaml: there is no such file" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_explain(simnet: Simnet, scenario: Write) -> None:
    """Each stretch of attempts that meet the same is one row, and the last goes on for ever."""
    ran = simnet("explain", scenario(LATE))
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert ["attempt", "1–2", "refuse", "RST:", "refused"] in rows
    assert ["3", "and", "later", "let", "in"] in rows
    assert ["connection", "each", "served"] in rows


def test_explain_as_json(simnet: Simnet, scenario: Write) -> None:
    """The document has the stretches of every unit, and the seed they are drawn with."""
    file = scenario("services: {api: {faults: [{fault: stall, when: {chance: 50%}}]}}\n")
    got = json.loads(simnet("explain", file, "--attempts", 4, "--seed", 3, "--json").stdout)
    attempts, connections = got["services"][0]["forecast"]
    assert (got["seed"], attempts["drawn"], connections["drawn"]) == (3, False, True)
    assert attempts["stretches"] == [{"first": 1, "last": None, "meets": []}]
    assert connections["stretches"][-1]["last"] == 4


def test_text_of_the_scenario_is_shown_and_never_obeyed(simnet: Simnet, scenario: Write) -> None:
    """Markup and escapes in a title come out as they are written."""
    file = scenario('title: "[bold]x[/bold]"\n' + LATE.partition("\n")[2])
    assert simnet("explain", file).stdout.startswith("[bold]x[/bold]\n")
    told = simnet("check", "\x1b[31mred.yaml").stdout
    assert "[31mred.yaml: there is no such file" in told
    assert "\x1b" not in told


def test_faults_lists_every_kind(simnet: Simnet) -> None:
    """Each kind with its summary; as JSON with its parameters and whether it can be had here."""
    told = simnet("faults").stdout
    assert [kind for kind in KINDS if f"  {kind} " not in told] == []
    got = json.loads(simnet("faults", "--json").stdout)["faults"]
    assert [one["kind"] for one in got] == list(KINDS)
    assert all(isinstance(one["available"], bool) for one in got)


def test_one_fault(simnet: Simnet) -> None:
    """All about a kind: each parameter by its name in YAML, and how it can be timed."""
    told = simnet("faults", "stall").stdout
    assert "after       0 B" in told
    assert "for         none" in told
    assert "connections, requests, during, chance" in told


def test_a_kind_that_does_not_exist(simnet: Simnet) -> None:
    """Wrong usage, with the nearest name."""
    ran = simnet("faults", "refuze")
    assert ran.returncode == 2
    assert "`refuse`" in ran.stderr


def test_schema_and_dump(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """The schema is JSON; what dump prints dumps to itself."""
    assert "properties" in json.loads(simnet("schema").stdout)
    first = simnet("dump", scenario(LATE)).stdout
    assert "refuse" in first
    again = tmp_path / "again.yaml"
    again.write_text(first)
    assert simnet("dump", again).stdout == first


def test_doctor(simnet: Simnet) -> None:
    """Every lever was tried and every kind met, and the status says whether all of it works."""
    ran = simnet("doctor", "--json")
    got = json.loads(ran.stdout)
    assert {one["kind"] for one in got["kinds"]} | set(got["not_available"]) == set(KINDS)
    assert all(one["available"] or one["why"] for one in got["levers"])
    assert ran.returncode == (0 if got["ok"] else 69)


def test_a_stdout_that_knows_ascii_only(simnet: Simnet, scenario: Write) -> None:
    """Signs that it cannot write are replaced; nothing breaks."""
    ran = simnet("explain", scenario(LATE), environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_bug_of_ours_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that nobody expected ends with 70, its traceback, and where it should be reported."""

    def broken(**_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(cli, "application", lambda _words: broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError: ours" in said
    assert "a bug in simnet" in said


@pytest.mark.parametrize("words", [["ports"], ["check-trace", "run.jsonl"], ["run", "--help"]])
def test_a_command_is_loaded_alone(words: list[str]) -> None:
    """Nobody waits for what was not asked for."""
    assert [each.name for each in application(words).registered_commands] == words[:1]


@pytest.mark.parametrize("words", [[], ["--help"], ["chek"]])
def test_else_all_are_loaded(words: list[str]) -> None:
    """The list, and the near word for a wrong one, know every command; each has a sentence of its own."""
    found = application(words).registered_commands
    assert [each.name for each in found] == [*COMMANDS]
    assert all(each.callback and each.callback.__doc__ for each in found)

"""`simnet matrix`: a small real matrix, as its user has it: measured, gone on with, compared with itself, stopped."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from typer.testing import CliRunner

from simnet.errors import MachineError, SimnetError
from simnet.faults import KINDS
from simnet.fronts.cli import application
from simnet.fronts.matrix import command
from simnet.fronts.matrix.command import matrix
from simnet.fronts.matrix.survey import Plan, Survey
from simnet.matrix.compare import changes
from simnet.matrix.definition import Setting
from simnet.matrix.failures import RACES
from tests.matrix.conftest import HANGS, RIGHT, cell, matrix_of

PATIENCE: Final = 100
"""Seconds for a whole command on a machine under load."""

DEFINITION: Final = """
client: mine
title: urllib of the standard library
version: import sys; print(sys.version)
plain: {get: "mine_client:get", post: "mine_client:post"}
well_set_up: {get: [python3, "-c", "raise SystemExit(7)"]}
"""

MODULE: Final = """
import os, pathlib, urllib.request

def get(url):
    pathlib.Path(__file__).with_name("pid").write_text(str(os.getpid()))
    return urllib.request.urlopen(url).read()

def post(url, body):
    return urllib.request.urlopen(url, data=body).read()
"""


@dataclass(frozen=True)
class Desk:
    """A folder with a definition of the user's own."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """The command line, for one client, one worker, in our own network."""
        own = ["--client", str(self.folder / "mine.yaml"), "--only", "mine", "--jobs", "1", "--no-isolated", "--out", str(self.folder / "out")]  # fmt: skip
        return [sys.executable, "-m", "simnet", "matrix", *own, *arguments]


def desk_in(folder: Path) -> Desk:
    """The definition and its module."""
    (folder / "mine.yaml").write_text(DEFINITION)
    (folder / "mine_client.py").write_text(MODULE)
    return Desk(folder)


@dataclass(frozen=True)
class Measured:
    """A desk, and the matrix of four failures that was made there in two goes."""

    desk: Desk
    said: tuple[str, str]
    document: dict[str, Any]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """First one failure, then three more."""
    desk = desk_in(tmp_path_factory.mktemp("matrix"))
    said = []
    for more in (
        ["--failures", "refuse", "--csv"],
        ["--failures", "none:calls,refuse,truncate:body,status:500", "--json"],
    ):
        own = desk.command(*more, "--html", str(desk.folder / "m.html"))
        said.append(CliRunner().invoke(application(), own[own.index("matrix") :]))
        assert said[-1].exit_code == 0, said[-1].output
    rows = list(csv.DictReader(io.StringIO(said[0].stdout)))
    assert [row["failure"] for row in rows] == ["refuse", "refuse:once"]
    (desk.folder / "m.json").write_text(said[1].stdout)
    return Measured(desk, (said[0].stderr, said[1].stderr), json.loads(said[1].stdout))


def cells_of(measured: Measured) -> dict[str, Any]:
    """By failure."""
    return {each["failure"]: each for each in measured.document["cells"]}


def test_each_cell_is_what_the_client_really_does(measured: Measured) -> None:
    """urllib: a refusal in two layers; IncompleteRead for a FIN in the body; an HTTPError for a 500; two calls without."""
    cells = {name: each["outcome"] for name, each in cells_of(measured).items()}
    assert [cells[name]["verdict"] for name in ("none:calls", "refuse", "truncate:body", "status:500")] == ["right", "error", "error", "error"]  # fmt: skip
    chain = [(each["type"], each["errno"]) for each in cells["refuse"]["calls"][0]["error"]]
    assert chain == [("urllib.error.URLError", ""), ("ConnectionRefusedError", "ECONNREFUSED")]
    assert cells["truncate:body"]["calls"][0]["error"][0]["type"] == "http.client.IncompleteRead"
    assert cells["status:500"]["calls"][0]["error"][0]["type"] == "urllib.error.HTTPError"
    assert [cells["refuse"][count] for count in ("attempts", "connections", "requests", "effects")] == [1, 0, 0, 0]
    assert [cells["none:calls"][count] for count in ("attempts", "requests", "effects")] == [2, 2, 1]


def test_a_failure_that_is_a_race_is_looked_at_five_times(tmp_path: Path) -> None:
    """Whether the RST of `reset_at_accept` or the client is quicker is not known after one look."""
    own = desk_in(tmp_path).command("--failures", "reset_at_accept", "--json")
    ran = CliRunner().invoke(application(), own[own.index("matrix") :])
    assert ran.stderr.splitlines()[-1].startswith("5 cells measured")
    (cell,) = json.loads(ran.stdout)["cells"]
    assert {one["verdict"] for one in (cell["outcome"], *cell["others"])} == {"error"}
    assert RACES.keys() <= KINDS.keys()


def test_each_cell_has_its_story(measured: Measured) -> None:
    """The diagram, the events, the scenario as a file, and a command by which anybody sees it again."""
    one = cells_of(measured)["truncate:body"]
    assert "GET /orders" in one["diagram"]
    assert any('"Applied"' in line for line in one["trace"])
    assert "fault: truncate" in measured.document["scenarios"]["http/truncate:body"]
    again = subprocess.run(
        one["run"].replace("simnet run --isolated", f"{sys.executable} -m simnet run"),
        shell=True, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert "http.client.IncompleteRead" in again.stderr
    assert "applied 1×" in again.stderr


def test_a_second_start_goes_on(measured: Measured) -> None:
    """What has been measured is not measured again."""
    assert [said.splitlines()[-1].partition(";")[0] for said in measured.said] == ["2 cells measured", "3 cells measured"]
    assert (measured.desk.folder / "m.html").read_text("utf-8").count("<td") == 5


def test_a_stored_matrix_is_compared(measured: Measured, capsys: pytest.CaptureFixture[str]) -> None:
    """With itself nothing has changed; with one that is otherwise each cell is told, and the status is 1."""
    folder = measured.desk.folder
    other = json.loads((folder / "m.json").read_text())
    other["cells"][0]["outcome"]["attempts"] += 1
    del other["cells"][1]
    (folder / "old.json").write_text(json.dumps(other))
    for old, status in (("m.json", 0), ("old.json", 1)):
        with pytest.raises(typer.Exit) as ended:
            matrix(stored=folder / "m.json", compare=folder / old)
        assert ended.value.exit_code == status
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("no cell has changed Changed 2 cells")
    assert "changed mine × none:calls" in said
    assert "gained mine × refuse" in said


def test_a_change_is_seen_each_time_or_it_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came out otherwise is measured again, and that alone; a race that once came out as before has not changed."""
    plan = Plan((), (), {}, (), (Setting.PLAIN,), 6, 1, 1, isolated=False, out=tmp_path, fresh=True)
    before = matrix_of(cell("refuse"), cell("reset"), cell("stall", HANGS))
    once = Survey(matrix_of(cell("refuse"), cell("reset", RIGHT), cell("stall", RIGHT)), 3, 0, 0)
    asked: list[Plan] = []

    def again(wanted: Plan) -> Survey:
        asked.append(wanted)
        race = cell("reset", RIGHT, others=(cell("reset").outcome,))
        return Survey(matrix_of(cell("refuse"), race, cell("stall", RIGHT)), 4, 0, 0)

    monkeypatch.setattr(command, "survey", again)
    done = command.confirmed(once, plan, before)
    assert asked[0].doubted == {("mine", "plain", "reset"), ("mine", "plain", "stall")}
    assert not asked[0].fresh
    assert done.measured == 7
    assert [change.failure for change in changes(before, done.matrix)] == ["stall"]
    assert command.confirmed(once, plan, once.matrix) is once


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Desk, subprocess.Popen[str], int]]:
    """A matrix whose client waits for a reply that never comes, and the client's number."""
    desk = desk_in(tmp_path)
    command = desk.command("--failures", "stall", "--limit", "90")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + PATIENCE
        while not (number := _read(tmp_path / "pid")) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert number, "the client has not come"
        yield desk, process, int(number)
        process.kill()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_a_signal_ends_it_and_leaves_nothing(waiting: tuple[Desk, subprocess.Popen[str], int]) -> None:
    """The client is gone, the status is that of the signal, and what is left is told."""
    _, process, number = waiting
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 128 + signal.SIGINT, said
    assert "3 are left: the same command goes on" in said
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": "nobody"}, "there is no client `nobody`"),
        ({"only": "mine", "failures": "refusd"}, "did you mean `refuse`?"),
        ({"only": "mine", "setting": "best"}, "there is no setting `best`"),
        ({"as_json": True, "csv": True}, "room for one of --json"),
        ({"stored": Path("nothing.json")}, "nothing.json: No such file or directory"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    """Before anything is measured."""
    own = [desk_in(tmp_path).folder / "mine.yaml"]
    with pytest.raises((SimnetError, typer.BadParameter)) as caught:
        matrix(definitions=own, isolated=False, out=tmp_path / "out", **options)
    assert said in str(caught.value)


def test_who_is_not_here_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By name, with what it lacks and what would bring it."""
    (desk_in(tmp_path).folder / "mine.yaml").write_text(DEFINITION + "needs: {program: [no-such-program]}\n")
    with pytest.raises(MachineError, match="none of these clients is on this machine"):
        matrix(definitions=[tmp_path / "mine.yaml"], only="mine", isolated=False, out=tmp_path / "out")
    assert "left out: mine lacks the program no-such-program" in capsys.readouterr().err

"""`simnet new` writes a scenario that loads and says what it was asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.faults import KINDS
from simnet.faults.contract import Condition
from simnet.fronts.new import Wanted, page
from simnet.scenario import load_file, load_text
from simnet.services import protocol_for
from tests.fronts.terminal import Opened

Simnet = Callable[..., subprocess.CompletedProcess[str]]

GUARD = 60.0

titles = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60).filter(str.strip)


@pytest.mark.parametrize("kind", KINDS)
@given(title=titles)
@settings(max_examples=10)
def test_every_kind_makes_a_page_that_loads(kind: str, title: str) -> None:
    """With its example's parameters and a condition that it honours, whatever the title is."""
    scenario = load_text(page("it.yaml", Wanted(title, speaks=protocol_for(KINDS[kind].moment()), fault=kind, when="2")))
    (fault,) = scenario.services["api"].faults
    assert (scenario.title, fault.kind) == (title, kind)
    counted = KINDS[kind].honours & {Condition.ATTEMPTS, Condition.CONNECTIONS, Condition.REQUESTS}
    assert bool(fault.when.asked) == bool(counted)


def test_a_page_fits_a_terminal() -> None:
    """Whatever the kind is, no line is wider than 80 cells, and no parameter is shown as Python has it."""
    for name, kind in KINDS.items():
        text = page("it.yaml", Wanted("It fails", speaks=protocol_for(kind.moment()), fault=name, when="2"))
        assert max(map(len, text.splitlines())) < 80, text
        assert "Direction." not in text


def test_flags_answer_the_questions(simnet: Simnet, tmp_path: Path) -> None:
    """The file is what the flags say, and the next command is told."""
    file = tmp_path / "flaky.yaml"
    flags = {"--title": "Late: again", "--service": "pay", "--speaks": "http", "--fault": "reset", "--when": "1,3"}
    ran = simnet("new", file, *(word for flag in flags.items() for word in flag))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "simnet explain" in ran.stdout
    scenario = load_file(file)
    assert scenario.title == "Late: again"
    assert [str(fault.when) for fault in scenario.services["pay"].faults] == ["connections 1,3"]
    assert simnet("check", file).returncode == 0


def test_a_file_that_exists_is_not_touched(simnet: Simnet, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    assert simnet("new", file).returncode == 2
    assert file.read_text() == "mine"


@pytest.mark.parametrize(("flag", "word", "says"), [("--fault", "refues", "refuse"), ("--speaks", "htp", "http")])
def test_a_wrong_word_is_told(simnet: Simnet, tmp_path: Path, flag: str, word: str, says: str) -> None:
    """With the near one, and nothing is written."""
    ran = simnet("new", tmp_path / "it.yaml", flag, word)
    assert (ran.returncode, f"`{says}`" in ran.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_a_wrong_answer_is_asked_again(terminal: Opened, tmp_path: Path) -> None:
    """With what is wrong and the cure; what does not fit the service is wrong too. The fifth answer ends it."""
    file = tmp_path / "it.yaml"
    screen, running = terminal("new", str(file))
    for question, wrong, says, right in (
        ("What goes wrong", "", "", "It is slow"),
        ("called [api]", "a b", "cannot be a service's name", "pay"),
        ("speak [http]", "htp", "did you mean `http`", "echo"),
        ("fail", "status", "requests of HTTP", "latency"),
        ("meet it [1-2]", "3-1", "backwards", "2-"),
    ):
        screen.until(question)
        if wrong:
            screen.type(wrong)
            said = screen.until(says)
            screen.until(question, after=said.rindex(says))
        screen.type(right)
    assert running.wait(GUARD) == 0
    scenario = load_file(file)
    (fault,) = scenario.services["pay"].faults
    assert (scenario.title, scenario.services["pay"].speaks.speaks, str(fault.when)) == (
        "It is slow",
        "echo",
        "connections 2-",
    )

"""Each lesson is played by students: with a wrong prediction and its own commands, with a right one and good or naive clients.

Some lessons run side by side, each in a network of its own: most of each is waiting. A client that the machine starves is
truly late, and the rubric says so: a play that ends otherwise than it should is played once more.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import queue
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pytest
import typer

from simnet.checks.finishes import Finishes
from simnet.fronts.inbox import Inbox
from simnet.fronts.learn import teach
from simnet.fronts.lessons import course, progress
from simnet.fronts.lessons.course import Taught
from simnet.fronts.lessons.keyboard import Keyboard
from simnet.fronts.lessons.words import filled_in
from simnet.fronts.show import Screen
from simnet.fronts.statuses import Status
from simnet.values import Endpoint
from tests.fronts.students import GOOD, NAIVE

LESSONS: Final = course.course()
GUARD: Final = 100.0
TOGETHER: Final = 8
"""Plays at a time; more would starve each other."""

Play = tuple[int, str]
lessons = pytest.mark.parametrize("taught", LESSONS, ids=[taught.stem for taught in LESSONS])
with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="half of the students' clients are curl")


def play(taught: Taught, *said: str) -> Play:
    """Take the lesson, saying that; the status, and what was on the screen."""
    page, inbox = io.StringIO(), queue.SimpleQueue()  # type: ignore[var-annotated]
    with pytest.raises(typer.Exit) as over:
        _teach(taught, Screen(page), inbox, said)
    return over.value.exit_code, page.getvalue()


def played(wanted: Status, taught: Taught, *said: str) -> Play:
    """The play, or its repetition if it did not end so."""
    first = play(taught, *said)
    return first if first[0] == wanted else play(taught, *said)


def _teach(taught: Taught, screen: Screen, inbox: Inbox, said: tuple[str, ...]) -> None:
    keyboard = Keyboard(said, inbox, reads_on=False)
    teach(taught, screen, inbox, keyboard, waits=False, seed=None)


def elsewhere(taught: Taught) -> Iterator[Taught]:
    """The same lesson for each of the plays, at a port of its own where the file names 127.0.0.1."""
    for number in itertools.count():
        port = 12_000 + (os.getpid() * 4 + number) % 16_000  # below what the kernel lends
        services = {
            name: spec.model_copy(update={"at": Endpoint(spec.at.address, port)}) if spec.at and spec.at.address else spec
            for name, spec in taught.scenario.services.items()
        }
        yield dataclasses.replace(taught, scenario=taught.scenario.model_copy(update={"services": services}))


def wrong(taught: Taught) -> str:
    """A letter that is not the answer."""
    predict = taught.lesson.predict
    return next(letter for letter in predict.letters if letter != predict.answer)


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Future[Play]]]:
    """Every student in every lesson, under way or waiting for a turn."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(TOGETHER) as pool:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        found = {}
        for taught in sorted(LESSONS, key=lambda taught: taught.name not in {"slow", "timed_out"}):
            each = elsewhere(taught)
            right, numbers = taught.lesson.predict.answer, range(1, len(taught.lesson.commands) + 1)
            found[taught.name, "naive"] = pool.submit(played, Status.NOT_HELD, next(each), right, NAIVE[taught.name])
            found[taught.name, "follows"] = pool.submit(
                played, Status.HELD, next(each), wrong(taught), *map(str, numbers), "hint", "done"
            )
            found[taught.name, "good"] = pool.submit(played, Status.HELD, next(each), right, GOOD[taught.name], "done")
        yield found


@with_curl
@lessons
def test_who_follows_the_lesson_meets_its_rubric(taught: Taught, plays: dict[tuple[str, str], Future[Play]]) -> None:
    """A wrong prediction is set beside the fact, and the lesson's own commands do what a good client does."""
    status, page = plays[taught.name, "follows"].result(GUARD)
    assert status == Status.HELD, page
    predict = taught.lesson.predict
    assert f"You said  ✗  {wrong(taught)})" in page
    assert f"The fact  ✓  {predict.answer})" in page
    assert "Hint 1 of" in page
    assert page.index("Predict\n") < page.index("Try\n") < page.index("You said") < page.index("The rubric")


@with_curl
@lessons
def test_a_good_client_meets_the_rubric(taught: Taught, plays: dict[tuple[str, str], Future[Play]]) -> None:
    """Whichever tool it is made with; and a right prediction needs no correction."""
    status, page = plays[taught.name, "good"].result(GUARD)
    assert status == Status.HELD, page
    assert "You said  ✓" in page
    assert "The fact" not in page


@with_curl
@lessons
def test_a_naive_client_does_not(taught: Taught, plays: dict[tuple[str, str], Future[Play]]) -> None:
    """The rubric is about the client: an expectation fails, with its figures."""
    status, page = plays[taught.name, "naive"].result(GUARD)
    assert status == Status.NOT_HELD, page
    expected = {check.name for check in taught.scenario.expect}
    assert [line for line in page.splitlines() if line.startswith("✗ ") and line[2:].split()[0] in expected], page


@lessons
def test_a_lesson_is_complete(taught: Taught) -> None:
    """It asks, it hints, it has a rubric that can be judged wherever it is taken, and explains itself at length."""
    lesson = taught.lesson
    assert lesson.predict.question.strip().endswith("?")
    assert len(lesson.hints) >= 2
    assert taught.scenario.expect
    assert not any(isinstance(check, Finishes) for check in taught.scenario.expect)
    assert len(lesson.background.split()) > 50
    assert len(lesson.debrief.split()) > 60
    assert "good" in taught.scenario.about
    assert "naive" in taught.scenario.about


@lessons
def test_its_commands_need_nothing_special(taught: Taught) -> None:
    """curl, python3 and what every Linux has; each variable that they name is one that the network gives."""
    known = {re.sub(r"\W", "_", name).upper() for name in taught.scenario.services}
    known |= {"DNS"} if taught.scenario.names else set()
    for command in taught.lesson.commands:
        assert command.split()[0] in {"curl", "python3", "ss", "getent", "cat"}
        assert set(re.findall(r"SIMNET_([A-Z]+)_(?:URL|HOST|PORT|ADDR)", command)) <= known


@lessons
def test_its_commands_fit_the_screen(taught: Taught) -> None:
    """With the addresses filled in no line is broken by a terminal of 80 cells, behind the number of the command."""
    with_dns = [*taught.scenario.services, "dns"]
    names = [re.sub(r"\W", "_", name).upper() for name in with_dns]
    host = {f"SIMNET_{name}_HOST": "127.250.250.1" for name in names}
    known = host | {f"SIMNET_{name}_ADDR": "127.250.250.1:8080" for name in names}
    known |= {f"SIMNET_{name}_URL": "http://127.250.250.1:8080" for name in names}
    known |= {f"SIMNET_{name}_PORT": "62893" for name in names}
    shown = [f"  1  {filled_in(command, known)}" for command in taught.lesson.commands]
    assert [line for command in shown for line in command.splitlines() if len(line) > 80] == []


def test_the_course_is_in_order() -> None:
    """At least fourteen lessons, numbered without a gap; each can be asked for by number, name or file."""
    assert [taught.number for taught in LESSONS] == [str(n) for n in range(1, len(LESSONS) + 1)]
    assert len(LESSONS) >= 14
    for wanted in ("3", "03", "refused", "03_refused", str(LESSONS[2].path)):
        assert course.find(wanted) == LESSONS[2]


def test_every_lesson_has_its_students() -> None:
    """No lesson is left unplayed."""
    assert set(GOOD) == set(NAIVE) == {taught.name for taught in LESSONS}


def test_progress_is_kept(plays: dict[tuple[str, str], Future[Play]]) -> None:
    """After a lesson it is in the file; only the first prediction counts, and the rubric once it was met."""
    for each in plays.values():
        each.result(GUARD)
    kept = progress.load()
    assert set(kept) <= {taught.stem for taught in LESSONS}
    assert kept
    assert progress.Done(1, predicted=False).again(predicted=True, held=True) == progress.Done(2, held=True)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"03_refused": 5}', '{"a": {"times": 0, "predicted": true, "held": true}}']
)
def test_a_spoiled_file_is_no_progress(text: str, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in it, it does no harm, and the next lesson writes it anew."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    progress.place().parent.mkdir()
    progress.place().write_text(text)
    assert progress.load() == {}
    assert progress.keep("03_refused", predicted=True, held=False) == ""
    assert progress.load() == {"03_refused": progress.Done(1, predicted=True)}


def test_progress_that_cannot_be_written(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and nothing else."""
    (blocked := tmp_path / "file").write_text("")  # type: ignore[operator]
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert "Not a directory" in progress.keep("03_refused", predicted=True, held=True)

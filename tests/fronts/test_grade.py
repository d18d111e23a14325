"""`simnet grade`: the reference clients get the marks that were designed, and no client does harm."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer import rich_utils
from typer.testing import CliRunner

import simnet as package
from simnet.faults.contract import Lever
from simnet.fronts.cli import application
from simnet.fronts.grading.exam import Exam, Sat, Unfair, sit
from simnet.fronts.grading.examiner import examine
from simnet.fronts.grading.limits import Limits
from simnet.fronts.inbox import catching_signals
from simnet.grading.grade import Grade
from simnet.grading.seeds import seeds_of
from simnet.scenario import load_file
from simnet.world.kernel.levers import probe

Simnet = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[str], Path]

EXAMS = Path(__file__).parent.parent / "grade"
CLIENTS = EXAMS / "clients"
DESIGNED: dict[str, dict[str, float]] = yaml.safe_load((EXAMS / "designed.yaml").read_text("utf-8"))
LESSONS: dict[str, Any] = yaml.safe_load((EXAMS / "lessons.yaml").read_text("utf-8"))

GUARD = 60.0
QUICK = Limits(seconds=GUARD, tries=300)
"""For the suite: the hostile client is ended sooner; what it gets is the same."""


def python(code: str) -> list[str]:
    """A client in Python."""
    return [sys.executable, "-I", "-S", "-c", code]


def held(exam: str, *command: str, limits: Limits = QUICK, seeds: tuple[int, ...] = (1,)) -> Grade:
    """The grade of the client, in our own process and without isolation."""
    folder = EXAMS.parents[1] / "scenarios" / "lessons" if exam in LESSONS else EXAMS
    scenario = load_file(folder / f"{exam}.yaml")
    with catching_signals() as inbox:
        return examine(Exam(scenario, command, limits, isolated=False, inbox=inbox), seeds, {}, 100)


def running(client: str) -> list[str]:
    """The processes that run the client."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if client in words and "simnet" not in words:
            found.append(place.parent.name)
    return found


@pytest.fixture
def client(tmp_path: Path) -> Callable[[str], str]:
    """A copy of a reference client that only this test runs."""

    def copy(name: str) -> str:
        place = tmp_path / f"{name}.py"
        place.write_bytes((CLIENTS / f"{name}.py").read_bytes())
        return str(place)

    return copy


SMALL = [
    ("late", "good"),
    ("late", "naive"),
    ("late", "hostile"),
    ("lost", "naive"),
    ("wrong", "good"),
    ("wrong", "naive"),
]
"""For the suite; `tests/campaigns/grades.py` has all of them, many times over."""


@pytest.mark.parametrize(("exam", "name"), SMALL)
def test_the_marks_are_as_designed(exam: str, name: str, client: Callable[[str], str]) -> None:
    """Good, naive and hostile get what the rubric gives them, and nothing is left of any of them."""
    place = client(name)
    grade = held(exam, sys.executable, place)
    assert grade.points == DESIGNED[exam][name], str(grade)
    assert running(place) == []
    if name == "hostile":
        (one,) = grade.sittings
        assert one.stopped == "it had made more than 300 tries"
        assert one.dropped > 0
        assert len(one.output) == QUICK.output


@pytest.mark.parametrize(("lesson", "name"), [("10_stale", "good"), ("10_stale", "naive"), ("12_retry", "naive")])
def test_a_lesson_is_an_exam(lesson: str, name: str, client: Callable[[str], str]) -> None:
    """Its rubric tells the good client from the naive one; `tests/campaigns/grades.py` has all lessons about retries."""
    grade = held(lesson, sys.executable, client(name), *LESSONS[lesson].get("words", ()))
    assert grade.points == pytest.approx(LESSONS[lesson]["marks"][name], abs=0.01), str(grade)


LEAVES = "import time; time.sleep(3600)"


@pytest.mark.parametrize(
    ("code", "limits", "why"),
    [
        ("while True: pass", Limits(seconds=0.5), "its time was up (0.5 s)"),
        (
            "import os, time\nwhile True:\n    os.fork() or time.sleep(99)",
            Limits(processes=30),
            "it had more than 30 processes at a time",
        ),
        (
            "import os, time\nfor _ in range(4): os.fork() or [bytearray(b'x' * 30_000_000), time.sleep(99)]\ntime.sleep(99)",
            Limits(memory=100 * 2**20),
            "its processes had more than 100 MiB of memory together",
        ),
    ],
    ids=["time", "processes", "memory"],
)
def test_a_limit_ends_the_run_and_is_told(code: str, limits: Limits, why: str) -> None:
    """What concerns all its processes is looked at; the words say which limit it was."""
    (one,) = held("late", *python(code), limits=limits).sittings
    assert one.stopped == why or (one.stopped == "" and "processes" in why and os.geteuid())  # the kernel was first


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("held = b'x' * 400_000_000", "MemoryError"),
        ("import os\nwith open(os.environ['HOME'] + '/f', 'wb') as file:\n    file.write(b'x' * 2_000_000)", ""),
        ("import socket\nheld = [socket.socket() for _ in range(300)]", "Too many open files"),
        ("import os; print(sorted(set(os.environ) & {'SIMNET_GRADE_SECRET', 'HOME', 'SIMNET_API_URL'}))", "['HOME', 'SIMNET_API_URL']"),
        ("import sys; print(repr(sys.stdin.read()))", "''"),
    ],
    ids=["memory", "file", "descriptors", "environment", "stdin"],
)  # fmt: skip
def test_the_kernel_refuses_what_one_process_may_not_have(code: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory, files and descriptors have limits; neither our secret nor our standard input is the client's."""
    monkeypatch.setenv("SIMNET_GRADE_SECRET", "hidden")
    (one,) = held("late", *python(code), limits=Limits(memory=200 * 2**20, file=2**20)).sittings
    assert said in one.output
    assert one.stopped == ""
    if not said:
        assert f"signal {signal.SIGXFSZ.value}" in one.ended or "File too large" in one.output


def outcomes(*found: Sat | Unfair) -> tuple[Grade, int]:
    """The grade where the runs end so, and how many were held."""
    left: Iterator[Sat | Unfair] = iter(found)
    count = 0

    def next_one(_exam: Exam, _seed: int) -> Sat | Unfair:
        nonlocal count
        count += 1
        return next(left)

    with catching_signals() as inbox:
        exam = Exam(load_file(EXAMS / "wrong.yaml"), ("true",), QUICK, isolated=False, inbox=inbox)
        return examine(exam, (1, 2), {}, 100, sitting=next_one), count


def test_a_run_that_the_machine_spoils_is_repeated_once() -> None:
    """Then it counts as any other; spoilt twice, the client is not graded, and the reason is told."""
    with catching_signals() as inbox:
        exam = Exam(load_file(EXAMS / "wrong.yaml"), ("true",), QUICK, isolated=False, inbox=inbox)
        fair = sit(exam, 1)
    assert isinstance(fair, Sat)
    spoilt = Unfair("the machine was busy")
    grade, count = outcomes(spoilt, fair, fair)
    assert (grade.points, len(grade.sittings), count) == (0, 2, 3)
    grade, count = outcomes(fair, spoilt, spoilt)
    assert (grade.points, grade.not_graded, count) == (None, "the machine was busy", 3)


def test_an_address_that_somebody_holds_is_no_fault_of_the_client(scenario: Write) -> None:
    """The world cannot come up: not graded, in the words of the error."""
    with subprocess.Popen(
        python("import socket\ns = socket.create_server(('127.77.7.7', 7707)); print('up', flush=True); input()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        exam = load_file(scenario("services: {api: {at: '127.77.7.7:7707'}}\nexpect: [attempts: {at_most: 3}]\n"))
        with catching_signals() as inbox:
            grade = examine(Exam(exam, ("true",), QUICK, isolated=False, inbox=inbox), (1,), {}, 100)
        holder.communicate(b"\n", timeout=GUARD)
    assert grade.points is None
    assert "127.77.7.7:7707" in grade.not_graded


def test_the_command_isolates_and_writes_for_gradescope(simnet: Simnet) -> None:
    """The document alone is on standard output; shut in, where that can be had."""
    command = ["--seeds", "1", "--as", "gradescope", "--weigh", "backoff=6", "--points", "10"]
    ran = simnet("grade", EXAMS / "late.yaml", *command, "--", sys.executable, CLIENTS / "naive.py")
    assert ran.returncode == 0, ran.stderr
    document: Any = json.loads(ran.stdout)
    assert document["score"] == 4.0
    assert [test["max_score"] for test in document["tests"]] == [1, 6, 1, 1, 1]
    assert document["extra_data"]["isolated"] is probe(Lever.NETWORK_NAMESPACE).available


def test_a_folder_is_graded_and_taken_up_again(tmp_path: Path) -> None:
    """A document for each submission and one table; what is done and has not changed is not done again."""
    folder, out = tmp_path / "submissions", tmp_path / "grades"
    folder.mkdir()
    (folder / "ann.py").write_bytes((CLIENTS / "naive.py").read_bytes())
    (folder / "=bob.py").write_text("raise SystemExit(0)\n", "utf-8")
    words = ["grade", "--all", str(folder), "--out", str(out), str(EXAMS / "wrong.yaml"), "--seeds", "1", "--no-isolated"]
    words.append("--json")
    ran = CliRunner().invoke(application(), [*words, "--", sys.executable, "{}"])
    assert ran.exit_code == 0, ran.stderr
    rows = {row["submission"]: row["points"] for row in json.loads(ran.stdout)["submissions"]}
    assert rows == {"ann.py": 50, "=bob.py": 0}
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["submission"], row["points"], row["out of"]) for row in table] == [
        ("'=bob.py", "0", "100"),
        ("ann.py", "50", "100"),
    ]
    before = {name: (out / f"{name}.json").stat().st_mtime_ns for name in rows}
    (folder / "=bob.py").write_text("raise SystemExit(1)\n", "utf-8")
    assert CliRunner().invoke(application(), [*words, "--", sys.executable, "{}"]).exit_code == 0
    after = {name: (out / f"{name}.json").stat().st_mtime_ns for name in rows}
    assert after["ann.py"] == before["ann.py"]
    assert after["=bob.py"] > before["=bob.py"]


def test_a_signal_ends_the_grading_and_keeps_what_is_done(argv: list[str], tmp_path: Path) -> None:
    """Ctrl-C: the commands that run are ended with their clients, what is done stays, and the table has it."""
    folder, out = tmp_path / "submissions", tmp_path / "grades"
    folder.mkdir()
    (folder / "a.py").write_text("raise SystemExit(1)\n", "utf-8")
    (folder / "b.py").write_text(f"open({str(tmp_path / 'up')!r}, 'w').close()\n{LEAVES}\n", "utf-8")
    os.mkfifo(tmp_path / "up")
    words = ["grade", "--all", str(folder), "--out", str(out), str(EXAMS / "wrong.yaml"), "--seeds", "1", "--no-isolated"]
    with subprocess.Popen([*argv, *words, "--jobs", "1", "--", sys.executable, "{}"], stdout=subprocess.PIPE) as grading:
        with (tmp_path / "up").open(encoding="ascii"):
            grading.send_signal(signal.SIGINT)  # the second client is running: the first is done
        said, _ = grading.communicate(timeout=GUARD)
    assert grading.returncode == 128 + signal.SIGINT
    assert b"1 are left" in said
    assert (out / "a.py.json").is_file()
    assert not (out / "b.py.json").exists()
    assert len((out / "summary.csv").read_text("utf-8").splitlines()) == 2
    assert running(str(folder / "b.py")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weigh", "backof=2"], "there are no_retry_of_definitive_errors, requests, finishes, proof"),
        (["--weigh", "requests=much"], "write `requests=2`"),
        (["--time", "5"], "--time"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_the_cure(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything runs."""
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", 400)
    ran = CliRunner().invoke(application(), ["grade", str(EXAMS / "wrong.yaml"), *words, "--", "true"])
    assert ran.exit_code == 2
    assert said in ran.stderr


def test_a_grade_is_a_value_in_python(tmp_path: Path) -> None:
    """`simnet.grade` asks the command: the marks come back as they were given; what cannot be an exam is an error."""
    client = [sys.executable, str(CLIENTS / "naive.py")]
    grade = package.grade(EXAMS / "wrong.yaml", client, seeds=1, secret="s", weigh={"proof": 0}, isolated=False)
    assert [(mark.name, mark.whole, mark.runs) for mark in grade.marks] == [
        ("no_retry_of_definitive_errors", False, 1),
        ("requests", False, 1),
        ("finishes", True, 1),
        ("proof", True, 1),
    ]
    assert grade.worth(3) == 1.0
    assert [one.seed for one in grade.sittings] == list(seeds_of("s", 1))
    with pytest.raises(package.SimnetError, match=r"gone\.yaml"):
        package.grade(tmp_path / "gone.yaml", client)

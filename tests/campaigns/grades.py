"""Are marks as designed, and the same each time? Every reference client sits every exam and every lesson, many times over.

    python tests/campaigns/grades.py [--runs 20] [--jobs 2] [EXAM ...]     # late, 12_retry, ...
    python tests/campaigns/grades.py --flood                               # 10,000 connections that are served

Law: each exam is the command as a teacher gives it, isolated where that is to be had, with a run for each of its seeds:
a mark is stable if its expectation held in all runs, or in none. After it, no process of the client may be left. Prints a
row for each pair, and ends with status 1 if a mark differed, or anything was left.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMS = ROOT / "tests" / "grade"
LESSONS = ROOT / "scenarios" / "lessons"
CLIENTS = EXAMS / "clients"

TIME, TRIES = "30s", 300
"""Limits of one run. A client that hangs has hung by then; a flood of hundreds is known for one."""
GUARD = 180.0
"""Seconds for one run on a machine under load."""

PATIENCE = 1200.0
"""Seconds for the flood: it takes ten where nobody else wants the machine."""

FLOODED, FLOOD = "03_refused", 10_000
BESIDES = 10
"""More tries than the hostile client makes besides its flood, in that lesson: four attempts, one of which is served."""
MOST_MEMORY = 400 * 1024
"""KiB that the grader may take for 10,000 connections."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A client that sits an exam, and what it is to earn."""

    exam: Path
    client: str
    words: tuple[str, ...]
    points: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen."""

    document: dict[str, Any]
    said: str
    seconds: float
    left: int
    memory: int
    """KiB: the most that the grader, or any that it has waited for, had at a time."""


def pairs() -> Iterator[Pair]:
    """All of them, as designed."""
    for name, marks in yaml.safe_load((EXAMS / "designed.yaml").read_text("utf-8")).items():
        for client, points in marks.items():
            yield Pair(EXAMS / f"{name}.yaml", client, (), points)
    for name, lesson in yaml.safe_load((EXAMS / "lessons.yaml").read_text("utf-8")).items():
        for client, points in lesson["marks"].items():
            yield Pair(LESSONS / f"{name}.yaml", client, tuple(lesson.get("words", ())), points)


def grade(pair: Pair, runs: int, limits: Sequence[str], guard: float) -> Outcome:
    """Let a copy of the client, which only this exam has, be graded."""
    with tempfile.TemporaryDirectory(prefix="grades-") as folder:
        place = Path(shutil.copy(CLIENTS / f"{pair.client}.py", folder))
        command = [sys.executable, "-m", "simnet", "grade", str(pair.exam), "--json", "--seeds", str(runs), *limits]
        began = time.monotonic()
        with (
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen([*command, "--", sys.executable, str(place), *pair.words], stdout=out, stderr=errors) as ran,
        ):
            deadline = began + guard
            while not (ended := os.wait4(ran.pid, os.WNOHANG))[0]:
                if time.monotonic() > deadline:
                    ran.terminate()
                time.sleep(0.1)
            ran.returncode = os.waitstatus_to_exitcode(ended[1])
            took = time.monotonic() - began
            out.seek(0)
            errors.seek(0)
            text, said = out.read(), errors.read().strip()
        try:
            document = json.loads(text)
        except ValueError:
            document = {}
        return Outcome(document, said or f"status {ran.returncode}", took, left(place), ended[2].ru_maxrss)


def left(client: Path) -> int:
    """How many processes still run the client: none may."""
    found = 0
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        found += str(client).encode() in words and b"simnet" not in words
    return found


def changes(outcome: Outcome) -> list[str]:
    """The expectations that held in some runs only."""
    return [
        f"{one['claim']} held in {one['held']}"
        for one in outcome.document["marks"]
        if one["held"] not in {0, one["runs"]}
    ]


def told(pair: Pair, runs: int) -> tuple[str, bool]:
    """A line for the pair, and whether all was as designed."""
    outcome = grade(pair, runs, ("--time", TIME, "--tries", str(TRIES)), GUARD * runs)
    head = f"{pair.exam.stem:18} {pair.client:8} designed {pair.points:>6}  seen"
    points = outcome.document.get("points")
    if points is None:
        return f"{head} nothing: {outcome.document.get('not_graded') or outcome.said}", False
    unstable = changes(outcome)
    well = abs(points - pair.points) < 0.01 and not unstable and not outcome.left
    each = outcome.seconds / runs
    return f"{head} {points:>6} x{runs}  left {outcome.left}  {each:.1f} s each  {'; '.join(unstable)}".rstrip(), well


def flood() -> tuple[str, bool]:
    """The hostile client makes all its connections: they are served, and bring no harm."""
    (pair,) = [one for one in pairs() if one.exam.stem == FLOODED and one.client == "hostile"]
    outcome = grade(pair, 1, ("--time", f"{PATIENCE:g}s", "--tries", str(FLOOD + BESIDES)), PATIENCE)
    if not outcome.document.get("sittings"):
        return outcome.said, False
    (sitting,) = outcome.document["sittings"]
    well = (
        sitting["attempts"] >= FLOOD
        and abs(outcome.document["points"] - pair.points) < 0.01
        and len(sitting["output"]) <= 64 * 1024
        and sitting["dropped"] > 0
        and outcome.memory < MOST_MEMORY
        and not outcome.left
    )
    return (
        f"{sitting['attempts']} attempts, {outcome.document['points']} points, {len(sitting['output'])} bytes of output kept and"
        f" {sitting['dropped']} thrown away, at most {outcome.memory // 1024} MiB, left {outcome.left}, {sitting['ended']}"
    ), well


def main(words: Sequence[str]) -> int:
    """Do it all."""
    parser = argparse.ArgumentParser(description="Are marks as designed, and the same each time?")
    parser.add_argument("exams", nargs="*")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flood", action="store_true")
    asked = parser.parse_args(words)
    chosen = [pair for pair in pairs() if not asked.exams or pair.exam.stem in asked.exams]
    good = True
    with ThreadPoolExecutor(asked.jobs) as pool:
        found = iter([flood()]) if asked.flood else pool.map(lambda pair: told(pair, asked.runs), chosen)
        for line, well in found:
            print("ok  " if well else "NOT ", line, flush=True)
            good &= well
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

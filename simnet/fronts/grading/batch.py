"""A folder of submissions, graded side by side: a document for each, and one table.

Law: each submission is graded by a command of its own, so that none can do anything to another or to us. What is done
is on disk at once, whole or not at all; a further run does only what is missing, was not graded, or has changed. A
signal ends the grading and keeps what is done.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from simnet.errors import MachineError, SimnetError
from simnet.fronts.grading.table import figure
from simnet.fronts.inbox import catching_signals
from simnet.fronts.show import BAD, DIM, NAME, Screen, table, text
from simnet.fronts.side_by_side import SideBySide
from simnet.fronts.statuses import Status, of_signal
from simnet.grading.grade import Grade
from simnet.trace.wording import plural

__all__ = ["Batch", "grade_all"]

SUMMARY = "summary.csv"
SECRET = "secret"  # noqa: S105 - the name of a file
PLACE = "{}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What is asked for."""

    file: Path
    command: tuple[str, ...]
    folder: Path
    out: Path
    options: tuple[str, ...]
    secret: str | None
    jobs: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one submission."""

    name: str
    grade: Grade | None
    trouble: str = ""


def grade_all(batch: Batch, *, as_json: bool) -> int:
    """Grade what is missing; the status to exit with. Raises `SimnetError` if there is nothing to grade."""
    submissions = _submissions(batch)
    _prepare(batch)
    secret = _secret(batch)
    keys = {place.name: _key(batch, secret, place) for place in submissions}
    done = {name: one for name, key in keys.items() if (one := _stored(batch.out, name, key)) is not None}
    todo = [place for place in submissions if place.name not in done]
    with catching_signals() as inbox, _bar(len(submissions), len(done)) as progress:
        workers = SideBySide(inbox, environment={**os.environ, "SIMNET_GRADE_SECRET": secret})
        with contextlib.closing(_outcomes(batch, workers, todo)) as coming:
            for outcome in coming:
                done[outcome.name] = outcome
                if outcome.grade is not None:
                    _store(batch.out, outcome.name, keys[outcome.name], outcome.grade)
                progress.advance(progress.task_ids[0])
    found = [done[place.name] for place in submissions if place.name in done]
    _summarize(batch.out / SUMMARY, found)
    _tell(batch, found, len(submissions) - len(found), as_json=as_json)
    if workers.stopped_by:
        return of_signal(workers.stopped_by)
    return (
        Status.HELD
        if all(one.grade is not None and one.grade.points is not None for one in found)
        else Status.UNAVAILABLE
    )


def _submissions(batch: Batch) -> list[Path]:
    if not any(PLACE in word for word in batch.command):
        raise SimnetError("with --all the submission's path stands for {} in CMD, which has none: write -- python3 {}")
    try:
        found = sorted(place for place in batch.folder.iterdir() if not place.name.startswith("."))
    except OSError as error:
        raise SimnetError(f"{batch.folder}: {error.strerror}") from None
    if not found:
        raise SimnetError(f"{batch.folder}: there are no submissions in it")
    return found


def _prepare(batch: Batch) -> None:
    try:
        batch.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(f"the results cannot be written to {batch.out}: {error.strerror}") from None


def _secret(batch: Batch) -> str:
    """The one that is given; else the one of the folder of results, where it is kept for a further run."""
    place = batch.out / SECRET
    if batch.secret is not None:
        return batch.secret
    if not place.exists():
        place.touch(mode=0o600)
        place.write_text(secrets.token_hex(16), "ascii")
    return place.read_text("ascii")


def _key(batch: Batch, secret: str, place: Path) -> str:
    """What a grade depends on: it is not asked for again as long as none of this has changed."""
    digest = hashlib.sha256(json.dumps([batch.command, batch.options, secret]).encode())
    files = [place, *sorted(place.rglob("*"))] if place.is_dir() else [place]
    for file in [batch.file, *files]:
        digest.update(f"\0{file.name}\0".encode("utf-8", "surrogateescape"))
        if file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _stored(out: Path, name: str, key: str) -> Outcome | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads((out / f"{name}.json").read_text("utf-8"))
        found = Grade.model_validate(document["grade"])
        return Outcome(name, found) if document["exam"] == key and found.points is not None else None
    return None


def _store(out: Path, name: str, key: str, grade: Grade) -> None:
    document = {"submission": name, "exam": key, "grade": grade.model_dump(mode="json")}
    aside = out / f".{name}.{os.getpid()}"
    aside.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    aside.replace(out / f"{name}.json")


def _outcomes(batch: Batch, workers: SideBySide, places: Sequence[Path]) -> Generator[Outcome, None, None]:
    """As they come; fewer than asked for if a signal came."""
    head = ["grade", str(batch.file), "--json", *batch.options, "--"]
    commands = [[*head, *(word.replace(PLACE, str(place.absolute())) for word in batch.command)] for place in places]
    with contextlib.closing(workers.ended(commands, batch.jobs or os.cpu_count() or 1)) as coming:
        for ended in coming:
            name = places[ended.number].name
            try:
                yield Outcome(name, Grade.model_validate_json(ended.said))
            except ValueError:
                if not workers.stopped_by:
                    yield Outcome(name, None, ended.last_words)


@contextlib.contextmanager
def _bar(whole: int, done: int) -> Iterator[Progress]:
    """On standard error, and only where somebody looks."""
    screen = Screen(sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=screen.console, disable=not screen.drawn, transient=True) as progress:
        progress.add_task("grading", total=whole, completed=done)
        yield progress


def _summarize(place: Path, found: Sequence[Outcome]) -> None:
    """The table, for a spreadsheet: what stands first in a cell cannot be taken for a formula."""
    claims = list(dict.fromkeys(mark.claim for one in found if one.grade for mark in one.grade.marks))
    with place.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["submission", "points", "out of", *claims, "remark"])
        for one in found:
            earned = {mark.claim: figure(mark.points) for mark in one.grade.marks} if one.grade else {}
            points, out_of = _figures(one)
            cells = [one.name, points, out_of, *(earned.get(claim, "") for claim in claims), _remark(one)]
            rows.writerow([f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells])


def _figures(one: Outcome) -> tuple[str, str]:
    if one.grade is None or one.grade.points is None:
        return "", ""
    return figure(one.grade.points), figure(one.grade.out_of)


def _remark(one: Outcome) -> str:
    if one.grade is None:
        return f"not graded: {one.trouble}"
    stopped = list(dict.fromkeys(sitting.stopped for sitting in one.grade.sittings if sitting.stopped))
    return f"not graded: {one.grade.not_graded}" if one.grade.points is None else "; ".join(stopped)


def _tell(batch: Batch, found: Sequence[Outcome], left: int, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"submission": one.name, "points": one.grade and one.grade.points, "remark": _remark(one)} for one in found
        ]
        Screen().json({"submissions": rows, "left": left})
        return
    made = table("Submission", "Points", "Remark")
    made.columns[1].justify = "right"
    made.columns[1].no_wrap = True
    for one in found:
        points, out_of = _figures(one)
        said = Text(f"{points} / {out_of}") if points else Text("not graded", BAD)
        made.add_row(text(one.name, NAME), said, text(_remark(one), DIM))
    Screen().print(made, Text())
    Screen().line(f"{plural(len(found), 'submission')} in {batch.out}/, the table is {batch.out / SUMMARY}")
    if left:
        Screen().line((f"{left} are left: the same command goes on", BAD))

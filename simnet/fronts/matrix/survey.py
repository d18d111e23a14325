"""From what is asked for to a matrix: who is there, what is to be measured, and what has been measured before.

Law: the order of the measurements is mixed, so that those that wait and those that work lie beside each other; it is the same
each time. Whatever ends the survey, what has been measured is kept, and the next one goes on from there.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simnet.fronts.inbox import catching_signals
from simnet.fronts.matrix.cell import Task
from simnet.fronts.matrix.crew import Crew
from simnet.fronts.matrix.places import Found, Missing
from simnet.fronts.matrix.results import Results, digest_of, state_beside
from simnet.fronts.show import Screen
from simnet.matrix.definition import Setting
from simnet.matrix.document import Column, Lack, Matrix, Row, merged
from simnet.matrix.failures import RACES, Failure, chosen, failures_of, kind_of, scenario_of
from simnet.matrix.outcome import Cell
from simnet.matrix.protocol import Protocol
from simnet.scenario.dump import dump

__all__ = ["CONFIRMED", "Plan", "Survey", "failures_for", "survey"]

CONFIRMED = 3
"""How often a change must be seen to be one: a race, or a busy moment of the machine, is none."""

RACED = 5
"""How often a cell is measured, at least, whose failure is a race: what differs is marked as one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for."""

    found: tuple[Found, ...]
    missing: tuple[Missing, ...]
    protocols: Mapping[str, Protocol]
    failures: tuple[str, ...]
    """Names or kinds; all, if there are none."""
    settings: tuple[Setting, ...]
    limit: float
    repeat: int
    jobs: int
    isolated: bool
    out: Path
    fresh: bool
    doubted: frozenset[tuple[str, str, str]] = frozenset()
    """Cells (client, setting, failure) that are measured again, `CONFIRMED` times in all: they have changed, it seems."""

    def times(self, task: Task) -> int:
        """How often that cell is to be measured."""
        doubted = (task.found.client.client, task.setting.value, task.failure) in self.doubted
        usual = max(self.repeat, RACED) if kind_of(task.failure) in RACES else self.repeat
        return usual + CONFIRMED - 1 if doubted else usual


@dataclass(frozen=True, slots=True)
class Survey:
    """What came of it."""

    matrix: Matrix
    measured: int
    """Cells that were measured just now, repetitions too."""
    left: int
    stopped_by: int


def failures_for(protocols: Sequence[Protocol], names: Sequence[str]) -> dict[str, list[Failure]]:
    """Protocol -> its failures of these names. Raises `SimnetError` for a name that none of them has."""
    every = {each.protocol: failures_of(each) for each in protocols}
    if not names:
        return every
    known = list({failure.name: failure for failures in every.values() for failure in failures}.values())
    wanted = {failure.name for failure in chosen(known, names)}
    return {name: [each for each in failures if each.name in wanted] for name, failures in every.items()}


def survey(plan: Plan) -> Survey:
    """Measure what has not been measured yet."""
    results = Results(plan.out, fresh=plan.fresh)
    spoken = [plan.protocols[name] for name in dict.fromkeys(each.client.speaks for each in plan.found)]
    rows = failures_for(spoken, plan.failures)
    scenarios = {
        f"{protocol.protocol}/{failure.name}": dump(scenario_of(failure, protocol))
        for protocol in spoken
        for failure in rows[protocol.protocol]
    }
    files = _written(plan.out, scenarios)
    tasks = _tasks(plan, rows, files)
    beside = {found.client.client: state_beside(found) for found in plan.found}
    digests = [digest_of(task, scenarios[_scene(task)], beside[task.found.client.client]) for task in tasks]
    todo = [
        (task, digest)
        for task, digest in zip(tasks, digests, strict=True)
        for _ in range(plan.times(task) - len(results.of(digest)))
    ]
    random.Random(0).shuffle(todo)  # noqa: S311 - an order
    measured, stopped_by = _measure(plan, results, todo, whole=sum(map(plan.times, tasks)))
    cells = [cell for task, digest in zip(tasks, digests, strict=True) for cell in results.of(digest)[: plan.times(task)]]
    matrix = _matrix(plan, spoken, rows, merged(cells), scenarios)
    return Survey(matrix, measured, len(todo) - measured, stopped_by)


def _scene(task: Task) -> str:
    return f"{task.found.client.speaks}/{task.failure}"


def _written(out: Path, scenarios: Mapping[str, str]) -> Mapping[str, Path]:
    """The scenarios as files, for `simnet run`."""
    folder = out / "scenarios"
    folder.mkdir(exist_ok=True)
    files = {scene: folder / f"{scene.replace('/', '.').replace(':', '_')}.yaml" for scene in scenarios}
    for scene, path in files.items():
        path.write_text(scenarios[scene], "utf-8")
    return files


def _tasks(plan: Plan, rows: Mapping[str, Sequence[Failure]], files: Mapping[str, Path]) -> list[Task]:
    return [
        Task(
            found=found,
            setting=setting,
            failure=failure.name,
            limit=plan.limit,
            file=str(files[f"{found.client.speaks}/{failure.name}"]),
            isolated=plan.isolated,
        )
        for found in plan.found
        for setting in plan.settings
        if found.client.set_up(setting) is not None
        for failure in rows[found.client.speaks]
    ]


def _measure(plan: Plan, results: Results, todo: Sequence[tuple[Task, str]], whole: int) -> tuple[int, int]:
    """How many were measured, and the signal that ended it, if one did."""
    measured, digests = 0, {id(task): digest for task, digest in todo}
    if not todo:
        return 0, 0
    with catching_signals() as inbox, _bar(whole, whole - len(todo)) as progress:
        crew = Crew(plan.jobs, inbox, isolated=plan.isolated)
        for task, cell in crew.cells([task for task, _ in todo]):
            results.add(digests[id(task)], cell)
            measured += 1
            progress.update(progress.task_ids[0], advance=1, description=f"{cell.client} × {cell.failure}"[:36].ljust(36))
    return measured, crew.stopped_by


@contextlib.contextmanager
def _bar(whole: int, done: int) -> Iterator[Progress]:
    """On standard error, and only where somebody looks."""
    screen = Screen(sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=screen.console, disable=not screen.drawn, transient=True) as progress:
        progress.add_task("the first cells".ljust(36), total=whole, completed=done)
        yield progress


def _matrix(
    plan: Plan,
    spoken: Sequence[Protocol],
    rows: Mapping[str, Sequence[Failure]],
    cells: Sequence[Cell],
    scenarios: Mapping[str, str],
) -> Matrix:
    columns = [
        Column(
            client=found.client.client,
            title=found.client.title,
            version=found.version,
            protocol=found.client.speaks,
            setting=setting.value,
        )
        for found in plan.found
        for setting in plan.settings
        if found.client.set_up(setting) is not None
    ]
    every = {failure.name: failure for protocol in spoken for failure in rows[protocol.protocol]}
    return Matrix(
        simnet=importlib.metadata.version("loopback-simnet"),
        machine=f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        limit=plan.limit,
        columns=tuple(columns),
        rows=tuple(
            Row(
                name=each.name,
                title=each.title,
                stage=each.fault.stage.value if each.fault is not None else "nothing fails",
                asks=each.way.value,
            )
            for each in every.values()
        ),
        cells=tuple(cells),
        missing=tuple(Lack(client=each.client.client, lacks=each.lacks, cure=each.cure) for each in plan.missing),
        scenarios=scenarios,
    )

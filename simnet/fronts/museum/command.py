"""`simnet museum`: the list of the exhibits, one exhibit with both of its versions, or all of them.

Law: nothing is installed or run before an exhibit is named, or all are asked for. The status is 0 only if every bad
version failed as told and every good one held.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from simnet.fronts.inbox import Inbox, StoppedError, catching_signals
from simnet.fronts.museum.batch import show_all
from simnet.fronts.museum.collection import Exhibit, collection, find
from simnet.fronts.museum.listing import here, listing, outcome
from simnet.fronts.museum.page import page
from simnet.fronts.museum.record import Record
from simnet.fronts.museum.visit import Visit, visit
from simnet.fronts.museum.wall import conclusion, hung
from simnet.fronts.options import AsJson
from simnet.fronts.show import DIM, NAME, Screen, text
from simnet.fronts.statuses import Status, of_signal
from simnet.reports.document import trace_document, verdict_document

__all__ = ["museum"]

Wanted = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", show_default=False, help="Its name or number, or a file with a `bug:`."),
]
All = Annotated[bool, typer.Option("--all", help="Show every exhibit, and what came of it in a table.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, max=64, show_default=False, help="How many at a time; half of the CPUs.")
]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="With --all: the page docs/museum.md.")]


def museum(
    wanted: Wanted = None,
    *,
    everything: All = False,
    jobs: Jobs = None,
    as_json: AsJson = False,
    markdown: AsMarkdown = False,
) -> None:
    """List bugs of real clients, or see one: the version that has it and the one that has not, side by side.

    Each is installed in an environment of its own by pip or npm, which is kept in the user's cache folder, and run in the
    scenario of the exhibit. The status is 0 if the bad version fails as told and the good one holds.
    """
    if everything and wanted:
        raise typer.BadParameter("there are names and --all: write one of them", param_hint="--all")
    if markdown and not everything:
        raise typer.BadParameter("the page is of all exhibits: write --all too", param_hint="--markdown")
    if not everything and not wanted:
        _list(as_json=as_json)
        return
    exhibits = collection() if everything else [one for name in wanted or () for one in find(name)]
    with catching_signals() as inbox:
        try:
            if everything:
                records = _all(exhibits, jobs or _some_cpus(), inbox, as_json=as_json, markdown=markdown)
            else:
                records = _some(exhibits, inbox, as_json=as_json)
        except StoppedError as stopped:
            raise typer.Exit(of_signal(stopped.number)) from None
    raise typer.Exit(_status(records))


def _some_cpus() -> int:
    return max(1, (os.cpu_count() or 2) // 2)


def _list(*, as_json: bool) -> None:
    exhibits, screen = collection(), Screen()
    if not as_json:
        screen.print(*listing(exhibits))
        return
    rows = [
        {"name": one.name, "title": one.scenario.title, "here": here(one)[0], **one.bug.model_dump(mode="json")}
        for one in exhibits
    ]
    screen.json({"exhibits": rows})


def _some(exhibits: Sequence[Exhibit], inbox: Inbox, *, as_json: bool) -> Sequence[Record]:
    """Hung one after the other."""
    screen, aside = Screen(), Screen(sys.stderr)
    visits = list[Visit]()
    for exhibit in exhibits:
        visits.append(visit(exhibit, inbox, lambda words: aside.line((f"{words} ...", DIM))))
        if not as_json:
            screen.print(*hung(visits[-1], screen.console.width))
    if as_json:
        rows = [_document(one) for one in visits]
        screen.json(rows[0] if len(rows) == 1 else {"exhibits": rows})
    return [one.record for one in visits]


def _document(visited: Visit) -> dict[str, Any]:
    """The record, and of each version that was run what `simnet run --json` says."""
    found = visited.record.model_dump(mode="json")
    for side, showing in visited.showings.items():
        found[side]["run"] = {**trace_document(showing.trace), **verdict_document(showing.differences)}
    return {"as_told": visited.record.as_told, **found}


def _all(exhibits: Sequence[Exhibit], jobs: int, inbox: Inbox, *, as_json: bool, markdown: bool) -> Sequence[Record]:
    screen, aside = Screen(), Screen(sys.stderr)
    records = show_all(
        exhibits, jobs, inbox, lambda one: aside.print(Text.assemble(text(one.name, NAME), "  ", conclusion(one)))
    )
    if as_json:
        rows = [{"as_told": one.as_told, **one.model_dump(mode="json")} for one in records]
        screen.json({"exhibits": rows})
    elif markdown:
        screen.console.file.write(page(records))
    else:
        screen.print(Text(), *outcome(records))
    return records


def _status(records: Sequence[Record]) -> Status:
    if any(not one.as_told and not one.unavailable for one in records):
        return Status.NOT_HELD
    return Status.UNAVAILABLE if any(one.unavailable for one in records) else Status.HELD

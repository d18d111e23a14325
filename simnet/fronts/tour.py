"""`simnet tour`: every kind of fault, met by a plain client, proven by the kernel; in a few seconds."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping

import typer
from rich.console import RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simnet.faults import KINDS
from simnet.fronts.demo import Demonstration, Shown, demonstrate
from simnet.fronts.options import AsJson
from simnet.fronts.plain_client import Seen
from simnet.fronts.show import BAD, DIM, GOOD, NAME, Screen, clock, table
from simnet.fronts.statuses import Status
from simnet.reports.document import proof_document
from simnet.trace.wording import evidence, plural, seconds

__all__ = ["demonstration_document", "tour"]

ROWS = len(KINDS) + 10
"""Lines that a terminal must have for the table to fill before one's eyes; else it comes at the end."""

MOST_EVIDENCE = 2
"""What the kernel said, in so many figures, where there is not room for all."""


def tour(*, as_json: AsJson = False) -> None:
    """Meet every kind of fault, with proof: the two-minute introduction, in a few seconds."""
    screen = Screen()
    if as_json:
        result = demonstrate()
        screen.json(demonstration_document(result))
    else:
        screen.print(*_welcome())
        with _table_that_fills(screen) as saw:
            result = demonstrate(saw=saw)
        screen.print(_table({one.kind: one for one in result.shown}, {}, wide=screen.wide), Text(), *_farewell(result))
    if result.unproven:
        raise typer.Exit(Status.NOT_HELD)


def demonstration_document(result: Demonstration) -> dict[str, object]:
    """What was seen and proven, for JSON."""
    kinds = [
        {
            "kind": one.kind,
            "addr": one.addr,
            "seen": dataclasses.asdict(one.seen) | {"text": str(one.seen)},
            "proven": one.proven,
            "proof": None if one.proof is None else proof_document(one.proof),
        }
        for one in result.shown
    ]
    return {"ok": not result.unproven, "seconds": round(result.seconds, 3), "kinds": kinds}


def _welcome() -> Iterator[Text]:
    yield Text.assemble(
        ("A local network that fails on purpose. ", NAME),
        f"{len(KINDS)} services are up on 127.0.0.0/8, each with a fault of its own;",
        " the same plain client (one more speaks HTTP), which knows nothing of them, visits each.",
    )
    yield Text()


@contextlib.contextmanager
def _table_that_fills(screen: Screen) -> Iterator[Callable[[str, Seen], None] | None]:
    """On a terminal, show who is back while the others are still out there."""
    if not screen.drawn or screen.console.height < ROWS:
        yield None
        return
    seen: dict[str, Seen] = {}
    with Live(_table({}, seen, wide=screen.wide), console=screen.console, transient=True, auto_refresh=False) as live:

        def saw(kind: str, met: Seen) -> None:
            seen[kind] = met
            live.update(_table({}, seen, wide=screen.wide), refresh=True)

        yield saw


def _table(shown: Mapping[str, Shown], seen: Mapping[str, Seen], *, wide: bool) -> Table:
    made = table("Fault", "What the client saw", "Time", "Proof")
    made.columns[0].no_wrap, made.columns[0].width = True, max(map(len, KINDS))
    made.columns[2].justify, made.columns[2].no_wrap, made.columns[2].min_width = "right", True, 6
    made.expand, made.columns[1].ratio, made.columns[3].ratio = True, 5, 5
    for number, (_, group) in enumerate(itertools.groupby(KINDS, lambda kind: KINDS[kind].stage)):
        if number:
            made.add_section()
        for kind in group:
            made.add_row(Text(kind, "yellow"), *_cells(shown.get(kind), seen.get(kind), wide=wide))
    return made


def _cells(shown: Shown | None, seen: Seen | None, *, wide: bool) -> tuple[RenderableType, ...]:
    met = shown.seen if shown is not None else seen
    if met is None:
        return Text("…", DIM), Text("…", DIM), Text("…", DIM)
    return Text(str(met)), clock(met.seconds), Text("…", DIM) if shown is None else _proof(shown, wide=wide)


def _proof(shown: Shown, *, wide: bool) -> Text:
    if shown.proof is None or not shown.proven:
        return Text(f"✗ {shown.proof.last or shown.proof.outcome if shown.proof else 'nothing'}", BAD)
    said = shown.proof.applied[-1].evidence
    kept = said if wide else dict(itertools.islice(said.items(), MOST_EVIDENCE))
    return Text.assemble(("✓ ", GOOD), (evidence(kept), DIM))


def _farewell(result: Demonstration) -> Iterator[Text]:
    proven = len(result.shown) - len(result.unproven)
    words = f"{proven} of {plural(len(result.shown), 'kind')} proven by the kernel in {seconds(result.seconds)}"
    yield Text.assemble(("✓ " if not result.unproven else "✗ ", GOOD if not result.unproven else BAD), words)
    yield Text()
    yield Text.assemble(("simnet faults KIND", "bold"), ("           all about one kind", DIM))
    yield Text.assemble(("simnet explain FILE", "bold"), ("          what each attempt of a scenario will meet", DIM))
    yield Text.assemble(("simnet run FILE -- CMD ...", "bold"), ("   your program against it, with the verdict", DIM))

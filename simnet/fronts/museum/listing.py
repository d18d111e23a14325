"""The exhibits in a table: the collection, and what came of showing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from simnet.fronts.museum.collection import Exhibit
from simnet.fronts.museum.furnish import lacking, ready
from simnet.fronts.museum.record import Record, Seen
from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, table, text
from simnet.trace.wording import plural

__all__ = ["here", "listing", "outcome"]


def listing(exhibits: Sequence[Exhibit]) -> Iterator[RenderableType]:
    """All exhibits, and which of them can be shown here."""
    made = table("Exhibit", "Here")
    made.expand, made.columns[0].ratio = True, 1
    for one in exhibits:
        bug, lacks = one.bug, here(one)
        versions = text(f"{bug.of}: {bug.bad.name} → {bug.good.name}", DIM)
        made.add_row(Text.assemble(text(one.name, NAME), "\n", text(one.scenario.title), "\n", versions), Text(*lacks))
    yield made
    yield Text()
    yield Text.assemble(("simnet museum NAME", "bold"), ("   shows one; --all shows them all", DIM))


def here(exhibit: Exhibit) -> tuple[str, str]:
    """Whether it can be shown here, and the style of these words."""
    sides = (exhibit.bug.bad, exhibit.bug.good)
    if lacks := next(filter(None, map(lacking, sides)), ""):
        return lacks, BAD
    return ("ready", GOOD) if all(map(ready, sides)) else ("installs", WARN)


def outcome(records: Sequence[Record]) -> Iterator[RenderableType]:
    """What came of showing them."""
    made = table("Exhibit", "Bad version", "Good version")
    made.columns[0].no_wrap = True
    for record in records:
        made.add_row(text(record.name, NAME), _cell(record.bad, "fails"), _cell(record.good, "holds"))
    yield made
    yield Text()
    told, unable = sum(one.as_told for one in records), sum(bool(one.unavailable) for one in records)
    rest = f", {unable} could not be shown here" if unable else ""
    yield Text(f"{told} of {plural(len(records), 'exhibit')} as told{rest}", GOOD if told == len(records) else BAD)


def _cell(seen: Seen, word: str) -> Text:
    if seen.unavailable:
        return Text.assemble(text(seen.name), "\n", ("not run: ", WARN), text(seen.unavailable, DIM))
    if seen.as_told:
        return Text.assemble(text(seen.name), "\n", ("✓ ", GOOD), (word, GOOD))
    return Text.assemble(text(seen.name), "\n", ("✗ ", BAD), text(seen.departure))

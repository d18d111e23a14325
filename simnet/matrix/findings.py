"""What is worth knowing about clients, in plain words: a page of Markdown, from a matrix alone.

Law: pure. A finding is what a cell shows, with the version and the command that shows it again; races are told as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from simnet.matrix.document import Matrix
from simnet.matrix.failures import NONE
from simnet.matrix.outcome import Cell, Data, Verdict
from simnet.matrix.wording import sentence

__all__ = ["Finding", "findings", "findings_page"]

HASTY: Final = 0.05
"""Seconds for each further try on loopback: whoever is quicker has not paused in between."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: of which sort, and the cell that shows it."""

    sort: str
    cell: Cell


SILENT: Final = frozenset({"reply_lost:silence"})
"""Varieties of kinds that end a connection, which do not: a time-out is the right word there."""

UNKNOWABLE: Final = frozenset({"dns_wrong"})
"""Failures that are a lie in themselves: no client can tell the data from the right one."""

SPECIAL: Final = frozenset("\\`*_[]<>&#|~")

Rule = Callable[[Cell], bool]


def _page(cell: Cell) -> bool:
    return any(call.data is Data.PAGE for call in cell.outcome.calls)


def _hasty(cell: Cell) -> bool:
    """More attempts than calls, and no time for a pause between them."""
    outcome = cell.outcome
    more = outcome.tries - outcome.asked
    return more >= 2 and not cell.failure.startswith("redirect") and outcome.seconds < more * HASTY


def _misleading(cell: Cell) -> bool:
    """A reset, a refusal or an end that is told as a time-out, or as nothing that says which."""
    chain = [each for call in cell.outcome.calls for each in call.error]
    kind = "" if cell.failure in SILENT else cell.failure.partition(":")[0]
    timed_out = any("timeout" in each.short.lower() or "timed out" in each.message.lower() for each in chain)
    return kind in {"refuse", "reset", "reset_at_accept", "close_at_accept", "truncate", "reply_lost"} and timed_out


SORTS: Final[Sequence[tuple[str, str, Rule]]] = (
    (
        "Fails where nothing fails",
        "What else is said of this client is to be taken with care.",
        lambda cell: (
            cell.failure.partition(":")[0] == NONE
            and cell.outcome.verdict.measured
            and cell.outcome.verdict is not Verdict.RIGHT
        ),
    ),
    (
        "Submitted once, done twice",
        "The client sent a POST again by itself, and the server did it again. Nobody was asked.",
        lambda cell: cell.outcome.verdict is Verdict.TWICE,
    ),
    (
        "Wrong data, reported as success",
        "The client said that all was well and handed over less than was promised, or something else.",
        lambda cell: (
            cell.outcome.verdict in {Verdict.WRONG, Verdict.SILENT} and not _page(cell) and cell.failure not in UNKNOWABLE
        ),
    ),
    (
        "An error page, taken for the data",
        "The status said that it had failed; the caller gets the body of that answer unless he looks at the status himself.",
        lambda cell: cell.outcome.verdict is Verdict.WRONG and _page(cell),
    ),
    (
        "Still waiting when its time was up",
        "It was ended: it has no time-out, or a longer one, or goes on trying.",
        lambda cell: cell.outcome.verdict is Verdict.HANGS,
    ),
    (
        "Tries again without a pause",
        "Several tries within a moment: a server in trouble is hit by each client several times at once.",
        _hasty,
    ),
    (
        "A misleading error",
        "The connection was refused, closed or reset, and the error speaks of a time-out.",
        _misleading,
    ),
    (
        "Comes out one way or the other",
        "The same failure, met five times, did not come out alike: what the client says and does hangs on who is quicker.",
        lambda cell: cell.race,
    ),
    ("Crashes", "The process was ended by a signal.", lambda cell: cell.outcome.verdict is Verdict.CRASHED),
)


def findings(matrix: Matrix) -> list[Finding]:
    """All of them, by sort, in the order of the matrix."""
    return [Finding(sort, cell) for sort, _, holds in SORTS for cell in matrix.cells if holds(cell)]


def findings_page(matrix: Matrix) -> str:
    """The page."""
    return "\n".join(_lines(matrix)).rstrip() + "\n"


def _lines(matrix: Matrix) -> Iterator[str]:
    yield from ("# What your client does when the network fails", "")
    versions = ", ".join(dict.fromkeys(f"{each.client} {each.version}".strip() for each in matrix.columns))
    yield f"Measured by `simnet matrix` ({len(matrix.cells)} cells) on {matrix.machine}. A client was ended after"
    yield f"{matrix.limit:g} s. Clients: {versions}. A client that is *well set up* has time-outs and bounded retries."
    found = findings(matrix)
    for sort, words, _ in SORTS:
        here = [each.cell for each in found if each.sort == sort]
        if here:
            yield from ("", f"## {sort}", "", words, "")
            yield from _by_client(here, matrix)


def _by_client(cells: Sequence[Cell], matrix: Matrix) -> Iterator[str]:

    def said(cell: Cell) -> str:
        ways = [cell.outcome, *cell.others]
        told = (sentence(one, matrix.limit, counts=cell.race or one.tries > one.asked) for one in ways)
        return _escaped(" -- or ".join(dict.fromkeys(told)))

    ordered = sorted(cells, key=lambda cell: (cell.client, cell.setting))
    for (client, setting), group in groupby(ordered, key=lambda cell: (cell.client, cell.setting)):
        of_client = list(group)
        version = of_client[0].version
        how = "" if setting == "plain" else ", well set up"
        yield f"- **{client}** {version}{how}"
        for words, alike in groupby(sorted(of_client, key=said), key=said):
            yield f"  - {', '.join(f'`{cell.failure}`' for cell in alike)}: {words}"
        given = "" if setting == "plain" else f" --setting {setting}"
        names = ",".join(cell.failure for cell in of_client)
        yield f"  - shown by `simnet matrix --only {client} --failures {names}{given}`"


def _escaped(words: str) -> str:
    """What a client wrote is text, and no Markdown (CommonMark section 2.4)."""
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in words)

"""A matrix as one page of HTML that needs nothing else: filtered, sorted, and each cell opened to its whole story.

Law: everything is in the file, in the style of the page of a run, and its policy lets nothing else in (see `reports/page.py`).
What a client wrote reaches the page as text alone: as escaped markup, or as data that the script puts in as text. Without
JavaScript the table can be read, and the details are missing.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from simnet.matrix.document import Column, Matrix, Row
from simnet.matrix.outcome import Cell, Outcome, Verdict
from simnet.matrix.wording import MEANINGS, SIGNS, brief, sentence
from simnet.reports.markup import Markup, element, join
from simnet.reports.shell import own, self_contained
from simnet.trace.wording import plural, shown

__all__ = ["page"]

MOST_LINES: Final = 80
"""Events of one cell in the page; the stored matrix has more."""

TITLE: Final = "What clients do when the network fails"


def page(matrix: Matrix) -> str:
    """The page."""
    style = join(own("simnet.reports", "page.css"), own("simnet.matrix", "page.css"))
    return self_contained(TITLE, style, own("simnet.matrix", "page.js"), *_body(matrix), _data(matrix))


def _body(matrix: Matrix) -> Iterator[Markup]:
    cells = matrix.by_place()
    told = f"{plural(len(matrix.columns), 'client')}, {plural(len(matrix.rows), 'failure')}, {plural(len(matrix.cells), 'cell')}"
    about = f"{told} · {matrix.machine} · simnet {matrix.simnet} · a client that still waited was ended after {matrix.limit:g} s"
    yield element("header", element("h1", TITLE), element("p", about, class_="about"))
    yield element("main", _tools(matrix), _table(matrix, cells), _missing(matrix))
    yield element("dialog", element("div", id="story"), id="detail", aria_label="One cell")
    yield element(
        "footer",
        "Written by simnet from what was measured. Arrow keys move between cells, Enter opens one, Escape closes it; "
        "a head sorts by its column.",
    )


def _tools(matrix: Matrix) -> Markup:
    counted = Counter(cell.outcome.verdict for cell in matrix.cells)
    races = sum(cell.race for cell in matrix.cells)
    chips = [
        _chip(verdict.value, SIGNS[verdict], MEANINGS[verdict], counted[verdict])
        for verdict in Verdict
        if counted[verdict]
    ]
    chips += [_chip("race", "~", "came out otherwise in a repetition", races)] if races else []
    return element(
        "div",
        element("label", "Clients ", element("input", type="search", id="clients", placeholder="curl requests")),
        element("label", "Failures ", element("input", type="search", id="failures", placeholder="reset body")),
        element("div", *chips, class_="chips", role="group", aria_label="Verdicts"),
        element("output", id="count"),
        class_="tools tool",
        hidden=True,
    )


def _chip(name: str, sign: str, meaning: str, count: int) -> Markup:
    inside = (element("span", sign, class_="sign"), f" {name.replace('_', ' ')} ", element("small", count))
    return element(
        "button", *inside, class_=f"chip {name}", type="button", data_v=name, aria_pressed="false", title=meaning
    )


def _table(matrix: Matrix, cells: Mapping[tuple[str, str, str], Cell]) -> Markup:
    corner = element("th", element("button", "Failure", type="button"), scope="col", aria_sort="none")
    head = element("tr", corner, *(_head(column) for column in matrix.columns))
    rows = [_row(row, matrix, cells) for row in matrix.rows]
    table = element("table", element("thead", head), element("tbody", *rows, id="rows"), id="matrix")
    return element("div", table, class_="wide grid", tabindex="0", role="region", aria_label="The matrix")


def _head(column: Column) -> Markup:
    name = element("button", column.head, " ", element("small", column.version), type="button", title=column.title)
    return element("th", name, scope="col", aria_sort="none", data_client=column.client, data_setting=column.setting)


def _row(row: Row, matrix: Matrix, cells: Mapping[tuple[str, str, str], Cell]) -> Markup:
    name = element(
        "th", element("b", row.name), element("span", row.title), scope="row", title=f"{row.stage}: {row.title}"
    )
    of_row = (_cell(cells.get((column.client, column.setting, row.name))) for column in matrix.columns)
    return element("tr", name, *of_row, data_failure=row.name, data_words=f"{row.name} {row.title} {row.stage}".lower())


def _cell(cell: Cell | None) -> Markup:
    if cell is None:
        return element("td", class_="none")
    verdict = cell.outcome.verdict
    button = element("button", brief(cell), type="button", tabindex="-1", title=MEANINGS[verdict])
    rank = list(Verdict).index(verdict)
    return element(
        "td", button, class_=f"v {verdict.value}", data_v=f"{verdict.value}{' race' if cell.race else ''}", data_rank=rank
    )


def _missing(matrix: Matrix) -> Markup | None:
    if not matrix.missing:
        return None
    items = [element("li", element("b", each.client), f" lacks {each.lacks}; {each.cure}") for each in matrix.missing]
    return element("details", element("summary", f"{plural(len(items), 'client')} left out"), element("ul", *items))


def _data(matrix: Matrix) -> Markup:
    """The stories of the cells: JSON in gzip (they are much alike) in base64, which no parser of HTML takes for anything."""
    stories = {"/".join(cell.key): _story(cell, matrix.limit) for cell in matrix.cells}
    text = json.dumps({"cells": stories, "scenarios": dict(matrix.scenarios)}, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return element("script", Markup(packed), type="application/gzip", id="cells")


def _story(cell: Cell, limit: float) -> dict[str, object]:
    return {
        "head": f"{cell.client} {cell.version} × {cell.failure}",
        "setting": "well set up" if cell.setting != "plain" else "all defaults",
        "verdict": cell.outcome.verdict.value,
        "meaning": MEANINGS[cell.outcome.verdict],
        "words": sentence(cell.outcome, limit),
        "others": [sentence(other, limit) for other in cell.others],
        "chain": _chain(cell.outcome),
        "figures": _figures(cell.outcome),
        "said": _harmless(cell.said),
        "run": cell.run,
        "diagram": cell.diagram,
        "trace": list(cell.trace[:MOST_LINES]),
        "scenario": f"{cell.protocol}/{cell.failure}",
    }


def _chain(outcome: Outcome) -> list[list[str]]:
    return [
        [call.call, shown(each.type), shown(each.errno), shown(each.message)]
        for call in outcome.calls
        for each in call.error
    ]


def _figures(outcome: Outcome) -> list[list[str]]:
    if not outcome.verdict.measured and outcome.verdict is not Verdict.NOT_MET:
        return []
    exit_ = "it was ended" if outcome.exit is None else str(outcome.exit)
    told = {
        "exit status": exit_,
        "seconds": f"{outcome.seconds:.3f}",
        "attempts": outcome.attempts,
        "connections": outcome.connections,
        "requests": outcome.requests,
        "effects": outcome.effects,
    }
    return [[name, str(figure)] for name, figure in told.items()]


def _harmless(said: str) -> str:
    """Each line harmless."""
    return "\n".join(shown(line) for line in said.splitlines())

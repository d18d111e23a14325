"""A trace as one SVG that stands by itself: what a notebook shows where the last line of a cell is a trace.

Law: it needs nothing else, runs nothing, and its style holds within it alone, so that a page may have many. Its lanes are
those of the page (`timeline.py`).
"""

from __future__ import annotations

from importlib.resources import files

from simnet.reports.markup import Markup, element, join
from simnet.reports.timeline import AXIS, SIGNS, Drawn, axis, end_of, lanes, quiet
from simnet.trace.journal import Trace
from simnet.trace.wording import seconds

__all__ = ["picture"]

WIDTH = 860
"""Of a cell of a notebook, as a rule; the picture can be scaled."""
EDGE, TITLE, HEAD, BELOW = 8, 30, 20, 6
LEGEND_STEP, LEGEND = 136, 26
MOST_CELLS = 90
"""Signs of a title that have room."""

COLOURS = {
    "card": "#fff", "ink": "#1d2126", "soft": "#5c6670", "line": "#e1e4e6", "tint": "#f1f3f4", "blue": "#2563a8",
    "bad": "#c22f2f", "warn": "#b57a00", "warn-fill": "#f4b73b", "violet": "#7a4bb5", "grey": "#8a949d",
}  # fmt: skip
"""Those of the page by day: a notebook's theme does not reach into a picture."""

OWN = """
text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.title { fill: var(--ink); font-size: 14px; font-weight: 650; }
.name { fill: var(--ink); font-size: 13px; font-weight: 650; }
.rule { stroke: var(--line); }
"""

SIGNED = (
    ("served", "attempt let in"), ("refused", "attempt refused"), ("dropped", "SYN unanswered"), ("struck", "fault struck"),
)  # fmt: skip


def picture(trace: Trace) -> Markup:
    """The timeline of the run, with its title and what its signs mean."""
    end, top = end_of(trace), TITLE
    parts = [
        _title(trace, end),
        element("svg", axis(end), class_="axis", x=EDGE, y=top, width=WIDTH - 2 * EDGE, height=AXIS),
    ]
    top += AXIS
    for lane in lanes(trace):
        parts.append(_lane(lane, top))
        top += HEAD + lane.height + BELOW
    if missing := quiet(trace):
        top += HEAD
        parts.append(element("text", missing, x=EDGE, y=top - 6))
    parts.append(_legend(top))
    top += LEGEND
    return element(
        "svg",
        element("style", _style()),
        element("defs", SIGNS),
        element("rect", width=WIDTH, height=top, fill=COLOURS["card"]),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {top}",
        width=WIDTH,
        height=top,
        class_="simnet",
        role="img",
        aria_label=f"Timeline of {trace.title or 'a run of simnet'}",
    )


def _style() -> Markup:
    """The rules of `signs.css` and our own, for this picture alone: each is a line, and begins with its selectors."""
    rules = f"{OWN}{files('simnet.reports').joinpath('signs.css').read_text('utf-8')}"
    scoped = [_scoped(*rule.partition("{")) for rule in rules.splitlines() if rule]
    colours = " ".join(f"--{name}: {value};" for name, value in COLOURS.items())
    return Markup("\n".join([f".simnet {{ {colours} }}", *scoped]))


def _scoped(selectors: str, brace: str, rest: str) -> str:
    """The rule for this picture alone; but those of signs, which `use` copies to where no picture is around them."""
    if selectors.rsplit(maxsplit=1)[-1] in {"path", "circle"}:
        return f"{selectors}{brace}{rest}"
    return ", ".join(f".simnet {each.strip()}" for each in selectors.split(",")) + f" {brace}{rest}"


def _title(trace: Trace, end: float) -> Markup:
    title = trace.title or "A run of simnet"
    cut = title if len(title) <= MOST_CELLS else title[: MOST_CELLS - 1] + "…"
    about = f"seed {trace.seed} · {seconds(end)}"
    return join(
        element("text", cut, x=EDGE, y="20", class_="title"),
        element("text", about, x=WIDTH - EDGE, y="20", text_anchor="end"),
    )


def _lane(lane: Drawn, top: int) -> Markup:
    return join(
        element("line", x1=EDGE, x2=WIDTH - EDGE, y1=top, y2=top, class_="rule"),
        element(
            "text",
            element("tspan", lane.name, class_="name"),
            element("tspan", lane.figures, dx="8"),
            x=EDGE,
            y=top + 15,
        ),
        element(
            "svg",
            element("title", lane.told),
            lane.marks,
            x=EDGE,
            y=top + HEAD,
            width=WIDTH - 2 * EDGE,
            height=lane.height,
        ),
    )


def _legend(top: int) -> Markup:
    return join(
        *(
            join(
                element("use", href=f"#{sign}", x=EDGE + 8 + number * LEGEND_STEP, y=top + 13),
                element("text", words, x=EDGE + 20 + number * LEGEND_STEP, y=top + 17),
            )
            for number, (sign, words) in enumerate(SIGNED)
        )
    )

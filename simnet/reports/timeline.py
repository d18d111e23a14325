"""The timeline of a run as SVG: the client's lane, and one for each service.

Law: places in time are percentages and heights are pixels, so the drawing can be stretched without its signs being
distorted. Everything that is drawn has a title that says what it is; how it looks is said in `signs.css`, by colours that whoever shows it names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simnet.reports.lanes import Lane, Mark, Stretch, lane_of, packed
from simnet.reports.markup import Markup, element, join
from simnet.trace.events import ClientEnded, ClientStarted, ServiceUp
from simnet.trace.journal import Trace
from simnet.trace.wording import plural, seconds

__all__ = ["AXIS", "SIGNS", "Drawn", "axis", "end_of", "lanes", "quiet", "timeline"]

MOST_ROWS = 40
"""Rows of connections in one lane; with more at a time, they share rows."""
MOST_LANES = 60
ATTEMPTS_AT, FAULTS_AT, CONNECTIONS_AT = 12, 30, 46
AXIS = 24
"""The height of the axis."""
TICKS = 8
STEPS = (1, 2, 5, 10)

SIGNS = join(
    element("symbol", element("path", d="M0-6V6"), id="served", overflow="visible", class_="served"),
    element("symbol", element("path", d="M-4-4 4 4M4-4-4 4"), id="refused", overflow="visible", class_="refused"),
    element("symbol", element("circle", r="4"), id="dropped", overflow="visible", class_="dropped"),
    element("symbol", element("circle", r="3"), id="other", overflow="visible", class_="other"),
    element("symbol", element("path", d="M0-6 6 0 0 6-6 0Z"), id="struck", overflow="visible", class_="struck"),
    element("symbol", element("path", d="M-5-5 5 5M5-5-5 5"), id="failed", overflow="visible", class_="failed"),
    element("symbol", element("path", d="M0-6 6 5H-6Z"), id="trouble", overflow="visible", class_="trouble"),
)


def end_of(trace: Trace) -> float:
    """The last moment of the run, in seconds; never 0, so that it can be divided by."""
    return max([event.t for event in trace.events] + [0.001])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lane: what stands above it, what it tells to those who do not see it, its height, and what is drawn in it."""

    name: str
    figures: str
    told: str
    height: int
    marks: Markup


def timeline(trace: Trace) -> Markup:
    """The whole drawing, as HTML that can be stretched."""
    end, missing = end_of(trace), quiet(trace)
    return join(
        element("svg", element("defs", SIGNS), class_="signs", aria_hidden="true"),
        element(
            "div",
            element("div", _axis(end), *(_lane(each) for each in lanes(trace)), class_="canvas"),
            class_="scroll",
            tabindex="0",
            role="group",
            aria_label="Timeline",
        ),
        element("p", missing, class_="quiet") if missing else None,
    )


def lanes(trace: Trace) -> Iterator[Drawn]:
    """The client's lane, and one for each service to which somebody came, as far as there is room."""
    end = end_of(trace)
    yield _client(trace, end)
    yield from (_service(trace, up, end) for up in _busy(trace)[:MOST_LANES])


def quiet(trace: Trace) -> str:
    """What has no lane, in words; "" if all have."""
    count = len(trace.of(ServiceUp)) - len(_busy(trace)[:MOST_LANES])
    return f"{plural(count, 'more service')} to which nobody came, or for which there is no room" if count else ""


def _busy(trace: Trace) -> list[ServiceUp]:
    ups = trace.of(ServiceUp)
    return [up for up in ups if trace.attempts(up.service) or trace.connections(up.service)] or list(ups[:1])


def _axis(end: float) -> Markup:
    return element("svg", axis(end), class_="axis", height=AXIS, aria_hidden="true")


def axis(end: float) -> Markup:
    """The seconds, from 0 to the end of the run."""
    return join(
        *(
            join(
                element("line", x1=_at(t, end), x2=_at(t, end), y1="16", y2="22"),
                element("text", f"{t:.{digits}f} s", x=_at(t, end), y="12", class_="first" if not t else None),
            )
            for t, digits in _ticks(end)
        )
    )


def _ticks(end: float) -> Iterator[tuple[float, int]]:
    """Round moments, and the digits that they need."""
    rough = end / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in STEPS if power * each >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    yield from ((number * step, digits) for number in range(int(end / step) + 1) if number * step <= end * 0.97)


def _client(trace: Trace, end: float) -> Drawn:
    """The program, as far as it was one, and every attempt that it made."""
    each_service = [lane_of(trace, up.service, end) for up in trace.of(ServiceUp)[:MOST_LANES]]
    program = [_bar(each, 12, end, "program") for each in _program(trace, end)]
    drawn = [*program, *(_sign(mark, ATTEMPTS_AT, end) for lane in each_service for mark in lane.attempts)]
    attempts = trace.attempts()
    told = f"The client: {plural(attempts, 'attempt')} to connect within {seconds(end)}"
    return Drawn("client", plural(attempts, "attempt"), told, 26, join(_grid(end, 26), *drawn))


def _program(trace: Trace, end: float) -> Iterator[Stretch]:
    ended = trace.of(ClientEnded)
    for event in trace.of(ClientStarted)[:1]:
        until = ended[0].t if ended else end
        how = f"; status {ended[0].status}" if ended else ""
        yield Stretch(event.t, until, "program", f"{event.command}{how}")


def _service(trace: Trace, up: ServiceUp, end: float) -> Drawn:
    lane = lane_of(trace, up.service, end)
    rows = [row % MOST_ROWS for row in packed(lane.connections, end / 100)]
    pitch = 12 if max(rows, default=0) < 12 else 6
    height = CONNECTIONS_AT + (max(rows, default=-1) + 1) * pitch + 4
    figures = ", ".join(
        plural(count, what)
        for count, what in ((len(lane.attempts), "attempt"), (len(lane.connections), "connection"), (len(lane.requests), "request"))
        if count
    )  # fmt: skip
    where = f"[{up.address}]:{up.port}" if ":" in up.address else f"{up.address}:{up.port}"
    told = f"{up.service}: {figures or 'nobody came'}, {plural(len(lane.faults), 'fault')} struck"
    marks = join(_grid(end, height), *_drawn(lane, rows, pitch, end))
    return Drawn(up.service, f"{where} · {figures or 'nobody came'}", told, height, marks)


def _drawn(lane: Lane, rows: Sequence[int], pitch: int, end: float) -> Iterator[Markup]:
    for door in lane.doors:
        width = f"{max(door.until - door.t, 0) / end * 97.6:.4f}%"
        band = element("title", door.words)
        yield element(
            "rect",
            band,
            x=_at(door.t, end),
            y="1",
            width=width,
            height=FAULTS_AT + 10,
            class_="door " + _known(door.look),
        )
    heights = [CONNECTIONS_AT + row * pitch for row in rows]
    thin = "thin" if pitch < 12 else ""
    for stretch, height in zip(lane.connections, heights, strict=True):
        yield _bar(stretch, height, end, f"connection {thin}")
    for position, stretch in lane.requests:
        yield _bar(stretch, heights[position], end, f"request {thin}")
    for wait in lane.waits:
        yield _bar(wait, ATTEMPTS_AT, end, "attempt")
    yield from (_sign(mark, ATTEMPTS_AT, end) for mark in lane.attempts)
    yield from (_sign(mark, FAULTS_AT, end) for mark in lane.faults)


def _known(door: str) -> str:
    return door if door in {"refuse", "drop", "full", "taken", "released"} else "other"


def _lane(lane: Drawn) -> Markup:
    head = element("div", element("b", lane.name), " ", element("span", lane.figures), class_="head")
    drawing = element("svg", lane.marks, height=lane.height, role="img", aria_label=lane.told)
    return element("div", head, drawing, class_="lane")


def _grid(end: float, height: int) -> Markup:
    return join(
        *(element("line", x1=_at(t, end), x2=_at(t, end), y1="0", y2=height, class_="grid") for t, _ in _ticks(end))
    )


def _sign(mark: Mark, y: int, end: float) -> Markup:
    return element("use", element("title", mark.words), href=f"#{mark.look}", x=_at(mark.t, end), y=y)


def _bar(stretch: Stretch, y: int, end: float, what: str) -> Markup:
    """A line with round ends: however short it is, it can be seen."""
    x1, x2 = _at(stretch.t, end), _at(max(stretch.t, stretch.until), end)
    return element(
        "line", element("title", stretch.words), x1=x1, x2=x2, y1=y, y2=y, class_=f"{what.strip()} {stretch.look}"
    )


def _at(t: float, end: float) -> str:
    """Within the lane, with room at both sides for the signs."""
    return f"{1.2 + min(max(t, 0.0), end) / end * 97.6:.4f}%"

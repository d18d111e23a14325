"""The timeline of a run as SVG: the client's lane, and one for each service.

Law: places in time are percentages and heights are pixels, so the drawing can be stretched without its signs being
distorted. Everything that is drawn has a title that says what it is; colours are the page's (`page.css`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from simnet.reports.lanes import Lane, Mark, Stretch, lane_of, packed
from simnet.reports.markup import Markup, element, join
from simnet.trace.events import ClientEnded, ClientStarted, ServiceUp
from simnet.trace.journal import Trace
from simnet.trace.wording import plural, seconds

__all__ = ["end_of", "timeline"]

MOST_ROWS = 40
"""Rows of connections in one lane; with more at a time, they share rows."""
MOST_LANES = 60
ATTEMPTS_AT, FAULTS_AT, CONNECTIONS_AT = 12, 30, 46
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


def timeline(trace: Trace) -> Markup:
    """The whole drawing."""
    end = end_of(trace)
    ups = trace.of(ServiceUp)
    busy = [up for up in ups if trace.attempts(up.service) or trace.connections(up.service)] or list(ups[:1])
    quiet = len(ups) - len(busy[:MOST_LANES])
    rest = element(
        "p", f"{plural(quiet, 'more service')} to which nobody came, or for which there is no room", class_="quiet"
    )
    return join(
        element("svg", element("defs", SIGNS), class_="signs", aria_hidden="true"),
        element(
            "div",
            element("div", _axis(end), _client(trace, end), *(_service(trace, up, end) for up in busy[:MOST_LANES]), class_="canvas"),
            class_="scroll",
            tabindex="0",
            role="group",
            aria_label="Timeline",
        ),
        rest if quiet else None,
    )  # fmt: skip


def _axis(end: float) -> Markup:
    marks = [
        join(
            element("line", x1=_at(t, end), x2=_at(t, end), y1="16", y2="22"),
            element("text", f"{t:.{digits}f} s", x=_at(t, end), y="12", class_="first" if not t else None),
        )
        for t, digits in _ticks(end)
    ]
    return element("svg", *marks, class_="axis", height="24", aria_hidden="true")


def _ticks(end: float) -> Iterator[tuple[float, int]]:
    """Round moments, and the digits that they need."""
    rough = end / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in STEPS if power * each >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    yield from ((number * step, digits) for number in range(int(end / step) + 1) if number * step <= end * 0.97)


def _client(trace: Trace, end: float) -> Markup:
    """The program, as far as it was one, and every attempt that it made."""
    lanes = [lane_of(trace, up.service, end) for up in trace.of(ServiceUp)[:MOST_LANES]]
    program = [_bar(each, 12, end, "program") for each in _program(trace, end)]
    drawn = [*program, *(_sign(mark, ATTEMPTS_AT, end) for lane in lanes for mark in lane.attempts)]
    attempts = trace.attempts()
    told = f"The client: {plural(attempts, 'attempt')} to connect within {seconds(end)}"
    return _lane("client", plural(attempts, "attempt"), told, 26, _grid(end, 26), *drawn)


def _program(trace: Trace, end: float) -> Iterator[Stretch]:
    ended = trace.of(ClientEnded)
    for event in trace.of(ClientStarted)[:1]:
        until = ended[0].t if ended else end
        how = f"; status {ended[0].status}" if ended else ""
        yield Stretch(event.t, until, "program", f"{event.command}{how}")


def _service(trace: Trace, up: ServiceUp, end: float) -> Markup:
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
    return _lane(
        up.service,
        f"{where} · {figures or 'nobody came'}",
        told,
        height,
        _grid(end, height),
        *_drawn(lane, rows, pitch, end),
    )


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


def _lane(name: str, figures: str, told: str, height: int, *drawn: Markup) -> Markup:
    head = element("div", element("b", name), " ", element("span", figures), class_="head")
    return element("div", head, element("svg", *drawn, height=height, role="img", aria_label=told), class_="lane")


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

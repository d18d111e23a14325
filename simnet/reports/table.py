"""The services of a network as a table of HTML: what a notebook shows where the last line of a cell is a network.

Law: pure, from a trace and what the doors are now; what an author wrote is shown, never obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping

from simnet.reports.markup import Markup, element, join
from simnet.trace.events import ServiceUp
from simnet.trace.journal import Trace
from simnet.trace.summary import proofs
from simnet.trace.wording import endpoint, seconds

__all__ = ["table"]

COLUMNS = ("service", "address", "speaks", "door", "attempts", "connections", "requests", "faults struck")
LEFT, RIGHT = "text-align: left", "text-align: right"


def table(trace: Trace, doors: Mapping[str, str], now: float) -> Markup:
    """A row for each service; `doors` says what a SYN meets there now, as far as that is known."""
    head = element("tr", *(element("th", name, style=LEFT if at < 4 else RIGHT) for at, name in enumerate(COLUMNS)))
    rows = [_row(trace, up, doors.get(up.service, "")) for up in trace.of(ServiceUp)]
    title = join(element("b", trace.title or "A network"), f" · seed {trace.seed} · at {seconds(now)}")
    caption = element("caption", title, style="caption-side: top; text-align: left")
    return element("table", caption, element("thead", head), element("tbody", *rows))


def _row(trace: Trace, up: ServiceUp, door: str) -> Markup:
    struck = sum(len(proof.applied) for proof in proofs(trace) if proof.service == up.service)
    words = (up.service, endpoint(up.address, up.port), up.speaks, door)
    counts = trace.attempts(up.service), trace.connections(up.service), trace.requests(up.service), struck
    return element(
        "tr",
        *(element("td", word, style=LEFT) for word in words),
        *(element("td", count, style=RIGHT) for count in counts),
    )

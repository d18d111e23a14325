"""A run as one page of HTML that needs nothing else: no network, no framework, no script to be read.

Law: everything is in the file, and the page's own policy lets nothing else in (only this very style and this very script,
by their hashes): even a mistake in `markup.py` could not make the page run what a client sent. Without JavaScript
only the filter and the zoom are missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from simnet.checks.contract import Difference
from simnet.reports.markup import Markup, element, join
from simnet.reports.shell import own, self_contained
from simnet.reports.timeline import end_of, timeline
from simnet.trace.events import BytesIn, BytesOut, ClientEnded, Event, ServiceUp
from simnet.trace.journal import Trace
from simnet.trace.summary import Proof, proofs
from simnet.trace.wording import evidence, plural, seconds, size

__all__ = ["page"]

MOST_EVENTS = 20_000
NUMBERS = {"t", "#", "attempts", "connections", "requests", "in", "out"}
"""The columns that are read from the right."""

LEGEND = (
    ("served", "attempt let in"), ("refused", "attempt refused"), ("dropped", "SYN unanswered"),
    ("struck", "fault struck"), ("failed", "fault failed or not reached"), ("trouble", "protocol broken"),
)  # fmt: skip
BARS = (("fin", "connection, closed by FIN"), ("rst", "by RST"), ("unseen", "dropped unseen"), ("open", "left open"))


def page(trace: Trace, differences: Sequence[Difference] | None = None) -> str:
    """The page; `differences` is the verdict, None if nobody judged the run."""
    style = join(own("simnet.reports", "page.css"), own("simnet.reports", "signs.css"))
    title = trace.title or "A run of simnet"
    return self_contained(title, style, own("simnet.reports", "page.js"), *_body(trace, title, differences))


def _body(trace: Trace, title: str, differences: Sequence[Difference] | None) -> Iterator[Markup]:
    yield element("header", _verdict(differences), element("h1", title), element("p", *_about(trace), class_="about"))
    yield element(
        "main",
        element("dl", *_figures(trace), class_="figures"),
        _differences(differences or ()),
        _section("Timeline", _zoom(), timeline(trace), _legend()),
        _section("Proof", _proofs(trace)),
        _section("Services", _services(trace)),
        _section("Events", *_events(trace)),
    )
    yield element("footer", "Written by simnet, from the trace alone. Times are in seconds since the network came up.")


def _section(name: str, *inside: object) -> Markup:
    return element("section", element("h2", name), *inside, id=name.lower())


def _verdict(differences: Sequence[Difference] | None) -> Markup:
    if differences is None:
        return element("p", "not judged", class_="verdict")
    if not differences:
        return element("p", "✓ all held", class_="verdict good")
    return element("p", f"✗ {plural(len(differences), 'difference')}", class_="verdict bad")


def _about(trace: Trace) -> Iterator[Markup]:
    yield join("seed ", element("code", trace.seed), f" · {seconds(end_of(trace))}")
    for ended in trace.of(ClientEnded)[:1]:
        how = f"was ended by signal {-ended.status}" if ended.status < 0 else f"exited with status {ended.status}"
        yield join(f" · the client {how} after {seconds(ended.seconds)}", " (simnet ended it)" if ended.stopped else None)


def _figures(trace: Trace) -> Iterator[Markup]:
    proof = proofs(trace)
    proven = sum(bool(each.applied) for each in proof)
    struck = sum(len(each.applied) for each in proof)
    sent, heard = sum(e.count for e in trace.of(BytesOut)), sum(e.count for e in trace.of(BytesIn))
    for value, what, aside in (
        (trace.attempts(), "attempts", ""),
        (trace.connections(), "connections", ""),
        (trace.requests(), "requests", ""),
        (f"{proven}/{len(proof)}", "faults proven", f"struck {struck}×" if struck else ""),
        (size(heard), "to the services", ""),
        (size(sent), "from the services", ""),
    ):
        yield element("div", element("dt", what), element("dd", value, element("small", aside) if aside else None))


def _differences(differences: Sequence[Difference]) -> Markup | None:
    if not differences:
        return None
    rows = [
        element("li", element("b", each.check, f" of {each.service}" if each.service else ""), ": ", each.message)
        for each in differences
    ]
    return _section("Differences", element("ul", *rows, class_="differences"))


def _zoom() -> Markup:
    slider = element("input", type="range", id="zoom", min="1", max="40", step="0.5", value="1")
    return element("p", element("label", "Zoom ", slider, for_="zoom"), class_="tool", hidden=True)


def _legend() -> Markup:
    signs = [
        element("li", element("svg", element("use", href=f"#{sign}", x="8", y="8"), aria_hidden="true"), words)
        for sign, words in LEGEND
    ]
    bars = [
        element(
            "li",
            element(
                "svg", element("line", x1="4", x2="20", y1="8", y2="8", class_=f"connection {look}"), aria_hidden="true"
            ),
            words,
        )
        for look, words in BARS
    ]
    return element("ul", *signs, *bars, class_="legend")


def _proofs(trace: Trace) -> Markup:
    rows = [element("tr", *_proof(proof), class_=None if proof.held else "bad") for proof in proofs(trace)]
    if not rows:
        return element("p", "No fault was planned.", class_="quiet")
    return _table(("service", "#", "fault", "when", "proof", "what the kernel said last"), rows)


def _proof(proof: Proof) -> Iterator[Markup]:
    look = "good" if proof.applied and proof.held else "bad" if not proof.held else None
    yield element("td", proof.service)
    yield element("td", proof.fault, class_="number")
    yield element("td", element("b", proof.kind))
    yield element("td", proof.when)
    yield element("td", proof.outcome, class_=look)
    yield element("td", proof.last, class_="text")


def _services(trace: Trace) -> Markup:
    rows = [
        element(
            "tr",
            element("td", element("b", up.service)),
            element(
                "td", element("code", f"[{up.address}]:{up.port}" if ":" in up.address else f"{up.address}:{up.port}")
            ),
            element("td", up.speaks),
            *(element("td", count, class_="number") for count in _counts(trace, up.service)),
        )
        for up in trace.of(ServiceUp)
    ]
    columns = ("service", "address", "speaks", "attempts", "connections", "requests", "in", "out")
    return _table(columns, rows)


def _counts(trace: Trace, service: str) -> tuple[object, ...]:
    heard = sum(event.count for event in trace.of(BytesIn, service))
    sent = sum(event.count for event in trace.of(BytesOut, service))
    return trace.attempts(service), trace.connections(service), trace.requests(service), size(heard), size(sent)


def _events(trace: Trace) -> Iterator[Markup]:
    box = element("input", type="search", id="filter", placeholder="a word of any column", autocomplete="off")
    count = element("output", plural(len(trace.events), "event"), id="count", for_="filter")
    yield element("p", element("label", "Filter ", box, for_="filter"), " ", count, class_="tool", hidden=True)
    rows = [_event(event) for event in trace.events[:MOST_EVENTS]]
    yield _table(("t", "service", "event", "what"), rows, id_="rows")
    if (more := len(trace.events) - MOST_EVENTS) > 0:
        yield element("p", f"{plural(more, 'more event')}: see the stored trace", class_="quiet")


def _event(event: Event) -> Markup:
    fields = {key: value for key, value in dataclasses.asdict(event).items() if key not in {"t", "service"}}
    said = ", ".join(
        f"{name.replace('_', ' ')} {_value(value)}" for name, value in fields.items() if value is not None and value != ""
    )
    name = type(event).__name__
    look = {"Applied": "struck", "Failed": "bad", "NotReached": "quiet"}.get(name)
    return element(
        "tr",
        element("td", f"{event.t:.4f}", class_="number"),
        element("td", event.service),
        element("td", name),
        element("td", said, class_="text"),
        class_=look,
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"({evidence(value)})"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _head(name: str) -> Markup:
    return element("th", name, scope="col", class_="number" if name in NUMBERS else None)


def _table(columns: Sequence[str], rows: Sequence[Markup], id_: str | None = None) -> Markup:
    head = element("thead", element("tr", *(_head(name) for name in columns)))
    return element("div", element("table", head, element("tbody", *rows, id=id_)), class_="wide", tabindex="0")

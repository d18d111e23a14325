"""The page of a run: everything is in it, nothing in it is obeyed, and it opens with no network."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from simnet.checks.contract import Difference
from simnet.reports.lanes import Stretch, packed
from simnet.reports.markup import Markup, element, join
from simnet.reports.page import page
from simnet.trace.events import (
    Accepted,
    Applied,
    Attempt,
    AttemptOver,
    BytesOut,
    Closed,
    DoorSet,
    Event,
    NotReached,
    Planned,
    RequestBegan,
    ServiceTrouble,
    ServiceUp,
    WorldDown,
)
from simnet.trace.journal import Trace
from simnet.trace.wording import shown


class Reader(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def trace_of(foreign: str) -> Trace:
    """A trace in which everything that a client or an author may write is `foreign`."""
    events: list[Event] = [
        ServiceUp(t=0, service=foreign, address="127.0.0.1", port=80, speaks=foreign),
        Planned(t=0, service=foreign, fault=1, kind=foreign, when=foreign, required=True, promise=foreign),
        DoorSet(t=0, service=foreign, door=foreign),
        Attempt(t=0.1, service=foreign, number=1, client=foreign, counted=foreign, door=foreign, fault=1),
        AttemptOver(t=0.15, service=foreign, number=1, outcome=foreign, seconds=0.05, syns=1),
        Accepted(t=0.1, service=foreign, connection=1, attempt=1, client=foreign, how=foreign),
        RequestBegan(t=0.2, service=foreign, connection=1, request=1, method=foreign, target=foreign),
        Applied(t=0.3, service=foreign, fault=1, kind=foreign, target=foreign, evidence={foreign: foreign}),
        ServiceTrouble(t=0.4, service=foreign, connection=1, message=foreign),
        BytesOut(t=0.4, service=foreign, connection=1, count=3),
        Closed(t=0.5, service=foreign, connection=1, by=foreign, how=foreign, bytes_in=1, bytes_out=3),
        NotReached(t=0.6, service=foreign, fault=2, kind=foreign, required=True),
        WorldDown(t=0.6),
    ]
    return Trace(foreign, 7, tuple(events))


def shape(text: str) -> list[tuple[str, list[str]]]:
    """The elements with the names of their attributes."""
    return [(name, sorted(attributes)) for name, attributes in Reader(text).elements]


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='alert(1)", "</style></title></script>", "<!--", "]]>",
    "&lt;b&gt;", "\u202egnp.exe", "\x1b[31m\x07\x00", "javascript:alert(1)",
]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_whatever_is_written_is_text(foreign: str) -> None:
    """A page has the same elements and attributes whatever its trace says, and says it."""
    differences = [Difference(foreign, foreign, foreign)]
    got = page(trace_of(foreign), differences)
    assert shape(got) == shape(page(trace_of("plain"), [Difference("plain", "plain", "plain")]))
    assert shown(foreign) in Reader(got).texts


def test_nothing_is_loaded_and_only_our_script_runs() -> None:
    """No element refers to anything outside, and the policy allows this very style and script alone."""
    text = page(trace_of("x"), [])
    for name, attributes in Reader(text).elements:
        assert name not in {"link", "img", "iframe", "object", "base", "form"}
        assert (attributes.get("href") or "#").startswith("#")
        assert not any(key.startswith("on") or key in {"src", "style", "action"} for key in attributes)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{kind} &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "url(" not in text
    assert "default-src &#x27;none&#x27;" in policy[1]


@pytest.mark.parametrize(
    ("differences", "words"),
    [(None, "not judged"), ((), "✓ all held"), ((Difference("attempts", "api", "there were 9"),), "✗ 1 difference")],
)
def test_the_verdict(differences: Any, words: str) -> None:
    """It is the first thing that is read; each difference is told."""
    texts = Reader(page(trace_of("api"), differences)).texts
    assert words in texts
    assert [f": {each.message}" for each in differences or () if f": {each.message}" not in "".join(texts)] == []


def test_every_event_is_a_row_and_every_sign_has_a_title() -> None:
    """Nothing is left out, and whatever is drawn says what it is."""
    trace = trace_of("api")
    reader = Reader(page(trace))
    assert [type(event).__name__ for event in trace.events if type(event).__name__ not in reader.texts] == []
    titles = [
        text
        for text in reader.texts
        if text.startswith(("api: attempt 1", "connection 1", "request 1", "fault 1", "door"))
    ]
    assert len(titles) >= 5


def test_a_run_in_which_nothing_happened() -> None:
    """An empty trace is a page too."""
    assert "No fault was planned." in page(Trace("", 0, ()))


def test_a_large_run_is_told_in_reasonable_space() -> None:
    """A thousand attempts take about a kilobyte each."""
    events: list[Event] = [ServiceUp(t=0, service="api", address="::1", port=80, speaks="echo")]
    for n in range(1, 1001):
        events.append(Attempt(t=n / 100, service="api", number=n, client="", counted="by audit", door="open"))
        events.append(Accepted(t=n / 100, service="api", connection=n, attempt=n, client="127.0.0.1:5", how="accept"))
        events.append(
            Closed(t=n / 100 + 0.05, service="api", connection=n, by="client", how="FIN", bytes_in=1, bytes_out=1)
        )
    text = page(Trace("large", 0, tuple(events)))
    assert len(text) < 1_500_000
    assert text.count("<use") >= 2000


lengths = st.floats(0, 10, allow_nan=False)


@given(st.lists(st.tuples(lengths, lengths), max_size=40))
def test_connections_never_overlap_in_a_row(pairs: list[tuple[float, float]]) -> None:
    """Whoever shares a row comes one after the other; a row is opened only when all others are busy."""
    stretches = [Stretch(t, t + length, "", "") for t, length in sorted(pairs)]
    rows = packed(stretches, 0.1)
    for at, (one, row) in enumerate(zip(stretches, rows, strict=True)):
        before = [(other, its) for other, its in zip(stretches[:at], rows[:at], strict=True) if other.until + 0.1 > one.t]
        assert row not in {its for _, its in before}
        assert row <= len(before)


@given(st.text(), st.text())
def test_markup_is_never_made_by_text(inside: str, attribute: str) -> None:
    """Text stays text, in an element and in an attribute; only Markup is markup."""
    made = element("b", inside, title=attribute)
    reader = Reader(made)
    assert [name for name, _ in reader.elements] == ["b"]
    assert reader.elements[0][1] == {"title": shown(attribute)}
    assert "".join(reader.texts) == shown(inside)
    assert join(Markup("<i></i>"), None) == "<i></i>"

"""A trace shows itself in a notebook as a picture, and a network as a table: each stands by itself, and obeys nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.display import register
from simnet.reports.picture import picture
from simnet.reports.table import table
from simnet.reports.timeline import lanes
from simnet.trace import Trace
from simnet.trace.events import Accepted, Attempt, Closed, ServiceUp

SCENARIO = """
simnet: 1
title: Two refusals
services:
  api: {speaks: echo, faults: [{fault: refuse, when: {attempts: 1-2}}]}
  other: {speaks: echo}
"""


async def knock(place: str, times: int) -> None:
    """Connect that often, a second apart."""
    import trio  # noqa: PLC0415 - the sockets of the run

    host, port = place.split(":")
    for _ in range(times):
        try:
            async with await trio.open_tcp_stream(host, int(port)):
                pass
        except OSError:
            await trio.sleep(1)


@pytest.fixture(scope="module")
def trace() -> Trace:
    """Somebody has knocked three times, in virtual time."""
    with simnet.simulate(SCENARIO) as sim:
        sim.run(knock, sim["api"].addr, 3)
        return sim.trace


def words(tree: ET.Element) -> list[str]:
    """The texts that are seen; a title is shown by hovering."""
    return ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_a_picture_has_the_lanes_of_the_page(trace: Trace) -> None:
    """Title, seed, the client, each service that was visited with its figures; what has no lane is counted."""
    tree = ET.fromstring(picture(trace))
    seen = words(tree)
    assert seen[0] == "Two refusals"
    assert "client3 attempts" in seen
    assert any(text.startswith("api") and "3 attempts, 1 connection" in text for text in seen)
    assert any("1 more service to which nobody came" in text for text in seen)
    signs = [use.get("href") for use in tree.iter("{http://www.w3.org/2000/svg}use")]
    # Each attempt stands in the lane of the client and in that of the service, and each sign is explained once.
    assert signs.count("#refused") == 2 * 2 + 1
    assert signs.count("#served") == 2 + 1
    assert signs.count("#struck") == 2 + 1


def test_a_picture_needs_and_runs_nothing(trace: Trace) -> None:
    """No script, no address to load from but its own signs; and it is as high as its lanes need."""
    text = picture(trace)
    tree = ET.fromstring(text)
    assert "<script" not in text
    assert all(value.startswith("#") for each in tree.iter() for name, value in each.items() if name.endswith("href"))
    assert float(tree.get("height", "0")) > sum(lane.height for lane in lanes(trace))
    assert tree.get("viewBox", "").split()[2:] == [tree.get("width"), tree.get("height")]


@settings(max_examples=30)
@given(st.text(max_size=20), st.text(max_size=200))
def test_whatever_an_author_writes_is_text(name: str, title: str) -> None:
    """Names and titles never become elements, and the picture is always well-formed."""
    events = (
        ServiceUp(t=0, service=name, address="127.0.0.1", port=1, speaks="http"),
        Attempt(t=1, service=name, number=1, door="open", counted="at accept", client=""),
        Accepted(t=1, service=name, connection=1, attempt=1, client="", how="accept"),
        Closed(t=2, service=name, connection=1, by="client", how="FIN", bytes_in=0, bytes_out=0),
    )
    plain = Trace("", 0, (ServiceUp(t=0, service="x", address="127.0.0.1", port=1, speaks="http"), *events[1:]))
    hostile = Trace(title, 0, events)
    for draw in (picture, lambda trace: table(trace, {}, 2.0)):
        tags = [each.tag for each in ET.fromstring(draw(hostile)).iter()]
        assert set(tags) <= {each.tag for each in ET.fromstring(draw(plain)).iter()} | {"b", "tbody"}


@pytest.fixture
def formatter() -> Any:
    """What a cell of a notebook shows a value with."""
    formatters = pytest.importorskip("IPython.core.formatters", reason="the extra `notebook` is not installed")
    found = formatters.DisplayFormatter()
    register(SimpleNamespace(display_formatter=found))
    return found


def test_a_trace_shows_itself_as_a_picture(formatter: Any, trace: Trace) -> None:
    """Where the last line of a cell is a trace."""
    shown, _ = formatter.format(trace)
    assert shown["image/svg+xml"] == picture(trace)


def test_a_network_shows_itself_as_a_table(formatter: Any) -> None:
    """In virtual time, with what a SYN meets now, and as it was when it is down; and one on real sockets."""
    with simnet.Session(SCENARIO) as session:
        session.do(knock, session["api"].addr, 1)
        rows = [[cell.text for cell in row] for row in ET.fromstring(_html(formatter, session)).iter("tr")]
        assert rows[1] == ["api", session["api"].addr, "echo", "refuse", "1", "0", "0", "1"]
    rows = [[cell.text for cell in row] for row in ET.fromstring(_html(formatter, session)).iter("tr")]
    assert rows[1][3:] == [None, "1", "0", "0", "1"]
    with simnet.network(SCENARIO) as net:
        rows = [[cell.text for cell in row] for row in ET.fromstring(_html(formatter, net)).iter("tr")]
        assert [row[:4] for row in rows[1:]] == [
            [name, net[name].addr, "echo", net[name].door] for name in ("api", "other")
        ]


def _html(formatter: Any, value: object) -> str:
    shown, _ = formatter.format(value)
    return str(shown["text/html"])

"""What came of a run, from its trace and from what the client wrote."""

from __future__ import annotations

import base64
import json
from typing import Final

import pytest

from simnet.matrix.definition import Way
from simnet.matrix.failures import Failure, failures_of
from simnet.matrix.measure import Written, last_words, outcome_of
from simnet.matrix.outcome import Data, Outcome, Verdict
from simnet.trace.events import (
    Accepted,
    Applied,
    Attempt,
    ClientEnded,
    ClientStarted,
    Effect,
    Event,
    RequestBegan,
    RequestEnded,
)
from simnet.trace.journal import Trace
from tests.matrix.test_failures import HTTP

ROWS: Final = {failure.name: failure for failure in failures_of(HTTP)}
GET, POST = HTTP.promised.get, HTTP.promised.post

STRUCK: Final = Applied(t=1.0, service="api", fault=1, kind="reset", target="connection 1")


def trace_of(*events: Event, status: int = 0, stopped: bool = False) -> Trace:
    """A client that came after a second and ended after three, with one connection and one request."""
    visit = (
        ClientStarted(t=0.1, command="mine"),
        Attempt(t=1.0, service="api", number=1, client="", counted="at accept", door="open"),
        Accepted(t=1.0, service="api", connection=1, attempt=1, client="", how="accept"),
        RequestBegan(t=1.0, service="api", connection=1, request=1, method="GET", target="/orders"),
    )
    return Trace("", 0, (*visit, *events, ClientEnded(t=3.0, status=status, seconds=2.9, stopped=stopped)))


def lines(*rows: dict[str, object]) -> bytes:
    """What a runner writes."""
    return "".join(f"\n{json.dumps(row)}\n" for row in rows).encode()


def data(text: str) -> str:
    """As the runner tells bytes."""
    return base64.b64encode(text.encode()).decode()


def came_of(trace: Trace, failure: Failure, output: str = "", errors: bytes = b"", *, by_lines: bool = False) -> Outcome:
    """The outcome of one client."""
    return outcome_of(trace, Written(output.encode(), errors, failure.way, by_lines), failure, HTTP)


@pytest.mark.parametrize(
    ("output", "status", "verdict", "handed"),
    [
        (GET, 0, Verdict.RIGHT, Data.RIGHT),
        (GET[:20], 0, Verdict.WRONG, Data.SHORT),
        ("something else", 0, Verdict.WRONG, Data.OTHER),
        ("", 0, Verdict.SILENT, Data.EMPTY),
        (GET[:20], 18, Verdict.ERROR, Data.NONE),
        ("", -11, Verdict.CRASHED, Data.NONE),
    ],
)
def test_a_command_is_judged_by_its_status_and_its_output(
    output: str, status: int, verdict: Verdict, handed: Data
) -> None:
    """What it wrote before it failed is no data; success must come with what was promised."""
    found = came_of(trace_of(STRUCK, status=status), ROWS["reset:body"], output)
    assert (found.verdict, found.calls[0].data, found.exit) == (verdict, handed, status)
    assert (found.attempts, found.connections, found.requests) == (1, 1, 1)


def test_time_counts_from_when_the_client_came() -> None:
    """How long an interpreter takes to start is nobody's concern; calls that have measured themselves know best."""
    assert came_of(trace_of(STRUCK, status=1), ROWS["reset"]).seconds == 2.0
    told = lines({"call": "get", "seconds": 0.25, "error": []})
    assert came_of(trace_of(STRUCK, status=1), ROWS["reset"], errors=told, by_lines=True).seconds == 0.25


def test_who_still_waits_hangs() -> None:
    """And so does who has had one answer of two; who was answered and only lingers does not."""
    over = trace_of(STRUCK, stopped=True, status=-9)
    assert came_of(over, ROWS["stall"]).verdict is Verdict.HANGS
    one = lines({"call": "get", "seconds": 0.1, "data": data(GET)})
    found = came_of(over, ROWS["half_open"], errors=one, by_lines=True)
    assert (found.verdict, [call.data for call in found.calls]) == (Verdict.HANGS, [Data.RIGHT, Data.NONE])
    assert came_of(over, ROWS["stall"], errors=one, by_lines=True).verdict is Verdict.RIGHT


def test_an_order_that_is_placed_twice_comes_before_all_else() -> None:
    """Whatever the client says of it."""
    effects = [
        Effect(t=t, service="api", connection=1, request=1, number=n, repeats=None, done=True, method="POST", target="/")
        for n, t in ((1, 1.5), (2, 1.6))
    ]
    found = came_of(trace_of(STRUCK, *effects), ROWS["reply_lost"], POST)
    assert (found.verdict, found.effects) == (Verdict.TWICE, 2)
    assert came_of(trace_of(STRUCK, effects[0]), ROWS["reply_lost"], POST).verdict is Verdict.RIGHT


def test_an_error_page_is_known_by_its_status() -> None:
    """It is wrong data of a sort of its own."""
    page = RequestEnded(t=2.0, service="api", connection=1, request=1, status=503)
    assert came_of(trace_of(STRUCK, page), ROWS["status"], "sorry").calls[0].data is Data.PAGE
    right = RequestEnded(t=2.0, service="api", connection=1, request=1, status=200)
    assert came_of(trace_of(STRUCK, right), ROWS["status"], "sorry").calls[0].data is Data.OTHER


def test_a_failure_that_never_struck_says_nothing() -> None:
    """Nor does a client that never came, or a definition that is broken."""
    assert came_of(trace_of(), ROWS["continue_withheld"], POST).verdict is Verdict.NOT_MET
    absent = Trace("", 0, (ClientEnded(t=1.0, status=1, seconds=0.9),))
    assert came_of(absent, ROWS["refuse"]).verdict is Verdict.NOT_MEASURED
    broken = lines({"broken": "ImportError: no"})
    assert came_of(trace_of(STRUCK, status=3), ROWS["reset"], errors=broken).verdict is Verdict.NOT_MEASURED
    assert last_words(broken) == "ImportError: no"


def test_the_chain_of_a_program_is_its_last_line() -> None:
    """A program in any language may tell it; what else it wrote are its last words."""
    errors = b"warning: be careful\n" + lines(
        {"error": [{"type": "A", "errno": "ECONNRESET"}, {"type": "B", "message": 5}, "C"]}
    )
    found = came_of(trace_of(STRUCK, status=1), ROWS["reset"], errors=errors)
    assert [(each.type, each.errno) for each in found.calls[0].error] == [("A", "ECONNRESET"), ("B", ""), ("C", "")]
    assert found.calls[0].errno == "ECONNRESET"
    assert last_words(errors) == "warning: be careful"


@pytest.mark.parametrize(
    "line",
    [b"{", b'{"call": [], "data": "%%"}', b'{"error": {}}', b'{"error": null}', b"[1]", b'{"call": 1, "seconds": "x"}'],
)
def test_whatever_a_client_writes_is_an_outcome(line: bytes) -> None:
    """Lines that look like ours and are none break nothing."""
    found = came_of(trace_of(STRUCK, status=1), ROWS["reset"], errors=line + b"\n\xff\n")
    assert found.verdict in Verdict
    assert found.calls[0].call == Way.GET.value

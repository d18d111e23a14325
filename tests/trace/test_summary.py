"""The summary: the counts of each service and the proof of each fault."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from simnet.trace.events import (
    Accepted,
    Applied,
    Attempt,
    BytesIn,
    BytesOut,
    Event,
    Failed,
    NotReached,
    Planned,
    RequestBegan,
    ServiceUp,
    WorldDown,
)
from simnet.trace.journal import Trace
from simnet.trace.summary import proofs, summary
from simnet.trace.wording import evidence, seconds, shown, size

UP = ServiceUp(t=0, service="api", address="127.20.0.1", port=8080, speaks="http")


def _print(*events: Event, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(summary(Trace("t", 0, events)))
    return out.getvalue()


def _attempt(number: int, service: str = "api", counted: str = "by audit") -> Attempt:
    return Attempt(t=0, service=service, number=number, client="", counted=counted, door="open")


def _planned(fault: int = 1, *, required: bool = True) -> Planned:
    return Planned(t=0, service="api", fault=fault, kind="stall", when="requests 2", required=required, promise="exact")


def _applied(target: str, fault: int = 1, **said: str | int) -> Applied:
    return Applied(t=1, service="api", fault=fault, kind="stall", target=target, evidence=said)


FAILED = Failed(t=2, service="api", fault=1, kind="stall", target="request 2", why="the client was gone")
NEVER = NotReached(t=2, service="api", fault=1, kind="stall", required=True)


def _cells(row: str) -> list[str]:
    return [cell for cell in row.split("  ") if cell.strip()]


def test_the_counts_of_a_service() -> None:
    """Attempts, connections, requests and bytes of each service stand in its row, and the sum below them."""
    events: list[Event] = [UP, *(_attempt(number) for number in (1, 2, 3)), _attempt(1, service="db")]
    events += [Accepted(t=0, service="api", connection=n, attempt=n, client="", how="accept") for n in (1, 2)]
    events += [RequestBegan(t=0, service="api", connection=1, request=1, method="GET", target="/")]
    events += [BytesIn(t=0, service="api", connection=1, count=n) for n in (1000, 48)]
    events += [BytesOut(t=0, service="api", connection=1, count=17)]
    rows = {
        cells[0].strip(): [c.strip() for c in cells[1:]] for cells in map(_cells, _print(*events).splitlines()) if cells
    }
    assert rows["Service"] == ["Attempts", "Connections", "Requests", "In", "Out"]
    assert rows["api"] == ["3", "2", "1", "1.02 KiB", "17 B"]
    assert rows["db"] == ["1", "0", "0", "0 B", "0 B"]
    assert rows["all"] == ["4", "2", "1", "1.02 KiB", "17 B"]
    assert "127.20.0.1:8080 http" in rows


def test_how_attempts_were_counted_is_said_where_it_was_not_exact() -> None:
    """Counting by polling is admitted below the table; counting by audit alone goes without saying."""
    assert "counted" not in _print(UP, _attempt(1))
    said = _print(UP, _attempt(1), _attempt(2, counted="by polling"), _attempt(3, counted="by polling"))
    assert "attempts were counted by audit (1), by polling (2)" in said


@pytest.mark.parametrize(
    ("events", "outcome", "held"),
    [
        ((_planned(), _applied("request 2"), WorldDown(t=3)), "applied 1×", True),
        ((_planned(), _applied("request 2"), _applied("request 3"), FAILED), "applied 2×, failed 1×", False),
        ((_planned(), NEVER), "not reached", False),
        (
            (_planned(required=False), NotReached(t=2, service="api", fault=1, kind="stall", required=False)),
            "not reached",
            True,
        ),
        ((_planned(), WorldDown(t=3)), "not reached", False),
        ((_planned(),), "not yet", True),
        ((_applied("request 2"),), "applied 1×", True),
        ((NEVER,), "not reached", False),
    ],
)
def test_what_became_of_a_fault(events: tuple[Event, ...], outcome: str, *, held: bool) -> None:
    """A fault is applied, failed, not reached or (while the run lasts) not yet; it held if it struck or need not have."""
    (proof,) = proofs(Trace("t", 0, events))
    assert (proof.outcome, proof.held) == (outcome, held)
    assert outcome in _print(*events)


def test_the_evidence_is_that_of_the_last() -> None:
    """The proof table shows kind, when, how often, and what the kernel said at the last strike."""
    said = _print(_planned(), _applied("request 2", bytes_out=5), _applied("request 4", bytes_out=9), WorldDown(t=3))
    assert [cell.strip() for cell in _cells(said.splitlines()[-1])] == [
        "1", "stall", "requests 2", "applied 2×", "request 4: bytes out 9",
    ]  # fmt: skip


def test_why_a_fault_failed_is_said() -> None:
    """Of a fault that failed the table gives the reason rather than the evidence."""
    assert "request 2: the client was gone" in _print(_planned(), _applied("request 1", sent=1), FAILED)


def test_services_to_which_nobody_came_share_a_line() -> None:
    """Among many services only those are listed to which somebody came."""
    ups = [ServiceUp(t=0, service=f"s{n}", address="127.20.0.1", port=n, speaks="echo") for n in range(1, 1001)]
    said = _print(*ups, _attempt(1, service="s500"))
    assert "and 999 services to which nobody came" in said
    assert len(said.splitlines()) < 10


@given(text=st.text(st.characters(exclude_categories=()), max_size=40), width=st.sampled_from([60, 80, 120]))
@settings(deadline=None, max_examples=60)
def test_foreign_text_is_shown_not_obeyed(text: str, width: int) -> None:
    """Nothing in a name, a kind or an evidence is interpreted or breaks a line."""
    failed = Failed(t=0, service=text, fault=1, kind=text, target=text, why=text, evidence={text: text})
    up = ServiceUp(t=0, service=text, address=text, port=1, speaks=text)
    lines = _print(up, failed, _attempt(1, service=text), width=width).split("\n")
    assert all(cell_len(line) <= width and line.isprintable() for line in lines)


def test_markup_stays_as_it_is() -> None:
    """`[bold]` in a name is five letters in brackets."""
    assert "[bold]x" in _print(_attempt(1, service="[bold]x"))


@given(st.text(st.characters(exclude_categories=())))
@settings(deadline=None)
def test_shown_text_is_printable_and_only_then_changed(text: str) -> None:
    """What is shown holds no control character, and printable text is shown as it is."""
    assert shown(text).isprintable()
    assert (shown(text) == text) == text.isprintable()


@given(st.integers(0, 999 * 2**40))
@settings(deadline=None)
def test_a_size_has_three_figures(count: int) -> None:
    """A size is true to three figures and never longer than nine characters."""
    number, unit = size(count).split()
    value = float(number) * {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}[unit]
    assert value == pytest.approx(count, rel=0.006)
    assert len(size(count)) <= 9


@pytest.mark.parametrize(
    ("length", "said"),
    [(0.0004, "0.4 ms"), (0.25, "250 ms"), (0.9999, "1 s"), (2.034, "2.03 s"), (61, "61 s"), (1234.5, "1234 s")],
)
def test_seconds(length: float, said: str) -> None:
    """A length of time has three figures, and a unit that suits it."""
    assert seconds(length) == said


def test_evidence_reads_as_words() -> None:
    """Names lose their underscores, numbers are short, yes and no are words."""
    said: dict[str, str | float | bool] = {
        "errno": "EMFILE",
        "bytes_out": 17,
        "rate": 0.123456,
        "linger": True,
        "late": False,
    }
    assert evidence(said) == "errno EMFILE, bytes out 17, rate 0.1235, linger yes, late no"

"""Which tries belong together: as the client says it, and else by what they ask for and when."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.calls import Call, calls_of
from simnet.trace.events import (
    Accepted,
    Attempt,
    AttemptOver,
    BytesOut,
    CallBegan,
    CallEnded,
    ClientEnded,
    ClientStarted,
    Closed,
    Event,
    RequestBegan,
    RequestEnded,
    TakenDown,
)
from simnet.trace.journal import Trace
from simnet.trace.timeline import timeline
from simnet.trace.tries import UNSEEN, links_of, tries_of

API = "api"


def _attempt(t: float, number: int, door: str = "open", *, call: str = "", service: str = API) -> Attempt:
    return Attempt(t=t, service=service, number=number, client="", counted="by audit", door=door, call=call)


def _accepted(t: float, number: int, service: str = API) -> Accepted:
    return Accepted(t=t, service=service, connection=number, attempt=number, client="", how="accept")


def _closed(t: float, number: int, by: str = "client", how: str = "FIN") -> Closed:
    return Closed(t=t, service=API, connection=number, by=by, how=how, bytes_in=1, bytes_out=0)


def _asked(t: float, request: int, connection: int, target: str = "/", *, key: str = "", call: str = "") -> RequestBegan:
    return RequestBegan(
        t=t, service=API, connection=connection, request=request, method="GET", target=target, idempotency_key=key, call=call
    )  # fmt: skip


def _answered(t: float, request: int, connection: int, status: int = 200) -> RequestEnded:
    return RequestEnded(t=t, service=API, connection=connection, request=request, status=status)


def _trace(*events: Event) -> Trace:
    return Trace("t", 0, events)


def _names(calls: tuple[Call, ...]) -> list[list[str]]:
    return [[one.name for one in call.tries] for call in calls]


def _marks(*spans: tuple[float, float]) -> list[Event]:
    found: list[Event] = []
    for number, (began, ended) in enumerate(spans, 1):
        found += [CallBegan(t=began, call=f"call-{number}", name=f"c{number}")]
        found += [CallEnded(t=ended, call=f"call-{number}", outcome="ok")]
    return found


def test_a_request_on_a_new_connection_begins_with_its_syn() -> None:
    """And one on a kept connection when it arrives."""
    trace = _trace(
        _attempt(0, 1), _accepted(1, 1), _asked(1.1, 1, 1), _answered(1.2, 1, 1), _asked(5, 2, 1), _answered(6, 2, 1, 503)
    )
    first, second = tries_of(trace)
    assert (first.began, first.ended, first.fresh, first.succeeded, first.how) == (0, 1.2, True, True, "200")
    assert (second.began, second.ended, second.fresh, second.succeeded, second.how) == (5, 6, False, False, "503")


def test_attempts_without_a_request_are_tries() -> None:
    """Refused at once, given up after a while, or without an end."""
    over = AttemptOver(t=3, service=API, number=2, outcome="gave_up", seconds=1.5, syns=2)
    trace = _trace(_attempt(0, 1, "refuse"), _attempt(1, 2, "drop"), over, _attempt(4, 3, "drop"))
    assert [(one.how, one.ended, one.succeeded) for one in tries_of(trace)] == [
        ("refused", 0, False),
        ("gave up", 2.5, False),
        ("unanswered", None, False),
    ]


def test_the_end_of_a_try_that_the_client_gave_up_is_an_interval() -> None:
    """The service notices late; what it ended itself it knows exactly."""
    begun = [_attempt(0, 1), _accepted(0, 1), _asked(0, 1, 1)]
    (gave_up,) = tries_of(_trace(*begun, _closed(2, 1)))
    assert (gave_up.ended_after, gave_up.ended) == (2 - UNSEEN, 2)
    (reset,) = tries_of(_trace(*begun, _closed(2, 1, "service", "RST")))
    assert (reset.ended_after, reset.ended, reset.how) == (2, 2, "RST by service")


def test_what_is_closed_by_the_taking_down_was_open() -> None:
    """The service's own FIN at the end is not the client's doing."""
    (link,) = links_of(_trace(_accepted(0, 1), TakenDown(t=1), _closed(1.1, 1, "service")))
    assert link.ended is None


def test_a_try_belongs_to_the_call_that_it_names() -> None:
    """By the header of its request, or by where its connect was made; whatever the time."""
    marks = _marks((0, 1), (0, 1))
    trace = _trace(
        *marks[::2], _attempt(0.1, 1, "refuse", call="call-2"), _attempt(0.2, 2), _accepted(0.2, 2),
        _asked(0.2, 1, 2, call="call-1"), *marks[1::2], _asked(9, 2, 2, call="call-2"),
    )  # fmt: skip
    assert _names(calls_of(trace)) == [["request 1"], ["attempt 1", "request 2"]]


def test_a_try_belongs_to_the_call_with_its_key() -> None:
    """Also when another call is open as well."""
    marks = _marks((0, 9), (1, 9))
    requests = [_asked(0.5, 1, 1, key="a"), _asked(2, 2, 2, key="b"), _asked(3, 3, 3, key="a"), _asked(4, 4, 4, key="b")]
    assert _names(calls_of(_trace(*marks, *requests))) == [["request 1", "request 3"], ["request 2", "request 4"]]


def test_of_several_open_calls_the_one_with_the_same_request_has_it() -> None:
    """Else the oldest that has no try yet."""
    marks = _marks((0, 9), (0, 9))
    requests = [_asked(1, 1, 1, "/x"), _asked(2, 2, 2, "/y"), _asked(3, 3, 3, "/y"), _asked(4, 4, 4, "/x")]
    assert [one.succeeded for one in tries_of(_trace(*requests))] == [False] * 4
    assert _names(calls_of(_trace(*marks, *requests))) == [["request 1", "request 4"], ["request 2", "request 3"]]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
@settings(deadline=None)
def test_calls_one_after_the_other_have_what_began_in_their_time(counts: list[int]) -> None:
    """Each has its own tries, in order; what began outside belongs to none."""
    events: list[Event] = []
    for at, count in enumerate(counts):
        events += _marks(*((at, at + 0.5) for at in range(len(counts))))[2 * at : 2 * at + 2]
        events += [_attempt(at + n / 10, 10 * at + n, "refuse") for n in range(count)]
        events += [_attempt(at + 0.9, 10 * at + 9, "refuse")]
    events.sort(key=lambda event: event.t)
    calls = calls_of(_trace(*events))
    assert _names(calls) == [[f"attempt {10 * at + n}" for n in range(count)] for at, count in enumerate(counts)]


def test_without_marks_the_run_is_one_call() -> None:
    """From the start of the program to its end; its exit status is its outcome."""
    trace = _trace(
        ClientStarted(t=1, command="c"), _attempt(2, 1, "refuse"), _attempt(3, 2), _accepted(3, 2), _asked(3, 1, 2),
        ClientEnded(t=4, status=7, seconds=3),
    )  # fmt: skip
    (call,) = calls_of(trace)
    assert (call.began, call.ended, call.outcome, call.marked) == (1, 4, "exit status 7", False)
    assert _names((call,)) == [["attempt 1", "request 1"]]


def test_without_marks_each_request_is_a_call_of_its_own() -> None:
    """What was refused belongs with the request that follows it; the last refusals with the last request."""
    trace = _trace(
        _attempt(0, 1, "refuse"), _attempt(1, 2), _accepted(1, 2), _asked(1, 1, 2, "/x"), _attempt(2, 3, "refuse"),
        _attempt(3, 4), _accepted(3, 4), _asked(3, 2, 4, "/y"), _attempt(4, 5, "refuse"),
    )  # fmt: skip
    assert _names(calls_of(trace)) == [["attempt 1", "request 1"], ["attempt 3", "request 2", "attempt 5"]]


def test_a_client_that_goes_to_another_service_is_in_the_same_call() -> None:
    """Refused here, it asked there."""
    refused = _attempt(0, 1, "refuse", service="other")
    assert _names(calls_of(_trace(refused, _attempt(1, 1), _accepted(1, 1), _asked(1, 1, 1)))) == [
        ["attempt 1", "request 1"]
    ]


def test_gaps_are_numbered_anew_after_each_success() -> None:
    """And there is none after a success, nor between tries that overlap."""
    trace = _trace(
        _attempt(0, 1, "refuse"), _attempt(1, 2), _accepted(1, 2), _asked(1, 1, 2), _answered(2, 1, 2),
        _attempt(5, 3, "refuse"), _attempt(7, 4, "refuse"), _attempt(7.5, 5, "refuse"),
    )  # fmt: skip
    (call,) = calls_of(trace)
    assert [(gap.number, gap.least, gap.most) for gap in call.gaps()] == [(1, 1, 1), (1, 2, 2), (2, 0.5, 0.5)]


@given(
    times=st.lists(st.floats(0, 1e4), min_size=1, max_size=30),
    width=st.integers(60, 120),
    name=st.text(max_size=3),
)
@settings(deadline=None)
def test_a_timeline_is_small(times: list[float], width: int, name: str) -> None:
    """A line for each try, eight at most, none wider than asked, whatever was seen."""
    tries = tries_of(
        _trace(*(_attempt(t, n, "refuse") for n, t in enumerate(times)), BytesOut(t=0, connection=1, count=1))
    )
    lines = timeline(tries, width).splitlines()
    assert 1 <= len(lines) <= 8
    assert all(len(line) <= width for line in lines)


def test_no_tries_have_no_timeline() -> None:
    """There is nothing to draw."""
    assert timeline(()) == ""

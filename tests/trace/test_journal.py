"""A trace on disk is the trace: what is stored comes back equal, what is damaged is refused by line."""

from __future__ import annotations

import dataclasses
import json
import threading
import typing
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace import Journal, Trace
from simnet.trace import events as events_module
from simnet.trace.events import EVENTS, Accepted, Attempt, BytesIn, DatagramIn, Event, Evidence, RequestBegan, WorldDown

any_text = st.text(st.characters(exclude_categories=()), max_size=12)
"""Lone surrogates and line separators too: a client may send what it likes."""
numbers = st.floats(allow_nan=False, allow_infinity=False)
BY_TYPE: Mapping[object, st.SearchStrategy[object]] = {
    float: numbers,
    str: any_text,
    int: st.integers(),
    bool: st.booleans(),
    int | None: st.none() | st.integers(),
    float | None: st.none() | numbers,
    Evidence: st.dictionaries(any_text, st.one_of(any_text, st.integers(), numbers, st.booleans()), max_size=3),
}


def _of(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: BY_TYPE[hints[field.name]] for field in dataclasses.fields(kind)})


traces = st.builds(
    Trace, any_text, st.integers(), st.lists(st.one_of([_of(kind) for kind in EVENTS.values()]), max_size=4).map(tuple)
)
HEADER = '{"simnet_trace": 1, "title": "t", "seed": 7}\n'


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_kind_of_event_comes_back_equal(name: str) -> None:
    """Each class of event, with any values, is the same after a turn through JSON lines."""

    @given(_of(EVENTS[name]))
    @settings(deadline=None, max_examples=15)
    def comes_back(event: Event) -> None:
        trace = Trace("t", 7, (event,))
        assert Trace.loads(trace.dumps()) == trace
        assert type(Trace.loads(trace.dumps()).events[0]) is EVENTS[name]

    comes_back()


@given(traces)
@settings(deadline=None, max_examples=60)
def test_a_whole_trace_comes_back_equal(trace: Trace) -> None:
    """Title, seed and the order of events survive, in one ASCII line for the header and one for each event."""
    stored = trace.dumps()
    assert Trace.loads(stored) == trace
    assert stored.isascii()
    assert stored.count("\n") == 1 + len(trace.events)
    assert all(isinstance(json.loads(line), dict) for line in stored.splitlines())


def test_every_class_of_event_can_be_stored() -> None:
    """The list by which stored events are read holds every public class of `events.py` but their base."""
    classes = {
        name for name, thing in vars(events_module).items() if isinstance(thing, type) and issubclass(thing, Event)
    }
    assert set(EVENTS) == classes - {"Event"}
    assert set(EVENTS) <= set(events_module.__all__)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "line 3 is not of a simnet trace"),
        ("[]", "line 3 is not of a simnet trace: it is no JSON object"),
        ('{"event": "Atempt", "t": 0}', "line 3 is not of a simnet trace: there is no event 'Atempt'"),
        (
            '{"event": "BytesIn", "t": 0, "connection": 1}',
            "line 3 is not of a simnet trace: BytesIn missing 1 required keyword-only argument: 'count'",
        ),
        (
            '{"event": "WorldDown", "t": "0"}',
            "line 3 is not of a simnet trace: `t` of WorldDown must be of type float, not '0'",
        ),
        (
            '{"event": "WorldDown", "t": 0, "x": 1}',
            "line 3 is not of a simnet trace: WorldDown got an unexpected keyword argument 'x'",
        ),
        ('{"event": "WorldDown", "t": true}', "`t` of WorldDown must be of type float, not True"),
        ('{"event": "DoorSet", "t": 0, "door": null}', "`door` of DoorSet must be of type str, not None"),
        (
            '{"event": "BytesIn", "t": 0, "connection": 1, "count": 2.5}',
            "`count` of BytesIn must be of type int, not 2.5",
        ),
        ('{"event": ["WorldDown"], "t": 0}', "line 3 is not of a simnet trace: there is no event ['WorldDown']"),
        ("[" * 100_000, "line 3 is not of a simnet trace"),
        ('{"t": ' + "9" * 5000 + "}", "line 3 is not of a simnet trace"),
    ],
)
def test_a_damaged_line_is_named(row: str, message: str) -> None:
    """The error for a stored trace names the line as an editor counts it, blank ones included, and what is wrong."""
    with pytest.raises(ValueError, match="line 3") as refused:
        Trace.loads(f"{HEADER}\n{row}\n")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("\n \n", "it is empty"),
        ('{"event": "WorldDown", "t": 0}', "the first line must be the header"),
        ('{"simnet_trace": 2, "title": "t", "seed": 7}', "the first line must be the header of a trace of version 1"),
        ('{"simnet_trace": 1, "title": "t", "seed": 1e999}', "a whole number as seed"),
        ('{"simnet_trace": 1, "seed": 7}', "the header needs a title"),
        ("curl: (7) refused", "line 1 is not of a simnet trace"),
    ],
)
def test_what_is_no_trace_is_refused(text: str, message: str) -> None:
    """A text without the header of our version is no trace."""
    with pytest.raises(ValueError, match="not") as refused:
        Trace.loads(text)
    assert message in str(refused.value)


@given(traces, st.data())
@settings(deadline=None, max_examples=60)
def test_random_damage_is_read_or_refused(trace: Trace, data: st.DataObject) -> None:
    """A stored trace with a piece cut out either loads or raises ValueError, and nothing else."""
    stored = trace.dumps()
    start = data.draw(st.integers(0, len(stored)))
    end = data.draw(st.integers(start, len(stored)))
    try:
        loaded = Trace.loads(stored[:start] + stored[end:])
    except ValueError:
        return
    assert Trace.loads(loaded.dumps()) == loaded


@given(traces)
@settings(deadline=None, max_examples=60)
def test_counts_are_of_one_service_or_of_all(trace: Trace) -> None:
    """The counts of the services add up to the count of all, and each counts its own kind of event only."""
    services = {event.service for event in trace.events}
    requests = RequestBegan | DatagramIn
    for count, kind in ((trace.attempts, Attempt), (trace.connections, Accepted), (trace.requests, requests)):
        assert count() == sum(count(service) for service in services) == sum(isinstance(e, kind) for e in trace.events)


def test_the_journal_tells_and_keeps_everything() -> None:
    """Events added from several threads are all kept and all told; a trace taken before does not change."""
    journal = Journal("t", 7)
    before, told = journal.trace(), list[Event]()
    journal.subscribe(told.append)

    def add(connection: int) -> None:
        for count in range(200):
            journal.add(BytesIn(t=0, service="api", connection=connection, count=count))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.add(WorldDown(t=1))
    assert before.events == ()
    assert sorted(map(repr, told)) == sorted(map(repr, journal)) == sorted(map(repr, journal.trace().events))
    for number in range(4):
        mine = [e.count for e in journal.trace().of(BytesIn) if e.connection == number]
        assert mine == list(range(200)), "each thread's events stay in its order"

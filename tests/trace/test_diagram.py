"""The sequence diagram: what is drawn, how wide, and that nothing foreign is obeyed."""

from __future__ import annotations

import dataclasses
import io
import typing
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from simnet.trace.diagram import diagram
from simnet.trace.drawn import DRAWN, LEFT_OUT
from simnet.trace.events import (
    EVENTS,
    Accepted,
    AcceptFailed,
    Answered,
    Applied,
    Attempt,
    AttemptOver,
    BytesAfterFin,
    BytesIn,
    BytesOut,
    CallBegan,
    CallEnded,
    ClientEnded,
    ClientHelloSeen,
    ClientStarted,
    Closed,
    DatagramIn,
    DatagramOut,
    Dialled,
    DoorSet,
    Effect,
    Event,
    Evidence,
    Failed,
    HandshakeDone,
    HandshakeFailed,
    NotReached,
    Observed,
    Outside,
    Queried,
    RequestBegan,
    RequestEnded,
    ServiceTrouble,
    ServiceUp,
    UpstreamClosed,
    WorldDown,
)
from simnet.trace.journal import Trace

WIDTHS = [60, 80, 120]
API = "api"
UP = ServiceUp(t=0, service=API, address="127.20.0.1", port=8080, speaks="http")

hostile = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    ["[bold red]", "[/]", "\x1b[31m", "漢字漢字漢字漢字漢字漢字", "a\nb", "\u202e", "x" * 300, "[link=file:///]"]
)
BY_TYPE: Mapping[object, st.SearchStrategy[object]] = {
    float: st.floats(0, 1e6),
    str: hostile,
    int: st.integers(0, 3) | st.integers(-(10**15), 10**15),
    bool: st.booleans(),
    int | None: st.none() | st.integers(1, 3),
    float | None: st.none() | st.floats(0, 100),
    Evidence: st.dictionaries(hostile, hostile | st.integers() | st.floats() | st.booleans(), max_size=3),
}
NARROWED: Mapping[str, st.SearchStrategy[object]] = {
    "service": st.sampled_from([API, "db", "", "漢字漢字漢字漢字漢字漢字漢字漢字", "[red]queue\x1b[0m"]),
    "door": st.sampled_from(["open", "refuse", "drop", "full", "taken", "released"]),
    "outcome": st.sampled_from(["admitted", "refused", "gave_up", "still waiting"]),
    "by": st.sampled_from(["client", "service"]),
    "how": st.sampled_from(["FIN", "RST", "accept", "simultaneous open"]),
}


def _of(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(kind)
    fields = {f.name: NARROWED.get(f.name, BY_TYPE[hints[f.name]]) for f in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


def _draw(*events: Event, width: int = 80, title: str = "t") -> str:
    """The diagram as a program sees it that reads our output through a pipe."""
    out = io.StringIO()
    Console(file=out, width=250).print(diagram(Trace(title, 0, events), width))
    return out.getvalue()


def _attempt(number: int, t: float = 0.0, door: str = "open", service: str = API) -> Attempt:
    return Attempt(t=t, service=service, number=number, client="", counted="by audit", door=door)


def _accepted(number: int, t: float = 0.0, how: str = "accept") -> Accepted:
    return Accepted(t=t, service=API, connection=number, attempt=number, client="", how=how)


def _effect(*, repeats: int | None, done: bool) -> Effect:
    what = {"method": "POST", "target": "/a"}
    return Effect(t=1, service=API, connection=1, request=2, number=2, repeats=repeats, done=done, **what)


def test_an_effect_that_is_the_first_of_its_kind_has_no_row() -> None:
    """The request itself is drawn; a row more is for what a reader must not miss."""
    assert _draw(UP, _effect(repeats=None, done=True)) == _draw(UP)


def test_every_kind_of_event_is_drawn_or_left_out_with_a_reason() -> None:
    """No kind of event can be added without deciding how it is drawn."""
    assert set(DRAWN) | set(LEFT_OUT) == set(EVENTS.values())
    assert not set(DRAWN) & set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@given(
    events=st.lists(st.one_of([_of(kind) for kind in EVENTS.values()]), max_size=12),
    width=st.sampled_from([48, *WIDTHS, 200]),
    title=hostile,
)
@settings(deadline=None, max_examples=120)
def test_no_line_is_wider_than_asked(events: list[Event], width: int, title: str) -> None:
    """Whatever the events hold, each line fits in the cells asked for and holds no control character."""
    lines = _draw(*events, width=width, title=title).split("\n")
    assert all(cell_len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


EXAMPLES: list[tuple[Event, str]] = [
    (_attempt(3), "├─ SYN · attempt 3 ───"),
    (_attempt(3, door="drop"), "×"),
    (AttemptOver(t=1, service=API, number=3, outcome="refused", seconds=0.1, syns=1), "─ RST · attempt 3 refused ─┤"),
    (AttemptOver(t=1, service=API, number=3, outcome="gave_up", seconds=2.03, syns=2), "✗ attempt 3 gave up"),
    (AttemptOver(t=1, service=API, number=3, outcome="admitted", seconds=1, syns=2), "attempt 3 let in after 1 s"),
    (_accepted(1), "connection 1 accepted ●"),
    (_accepted(1, how="simultaneous open"), "─ SYN · connection 1,"),
    (CallBegan(t=1, call="call-1", name="get /x"), "▷ call: get /x"),
    (CallEnded(t=1, call="call-1", outcome="TimeoutError"), "■ call ends: TimeoutError"),
    (AcceptFailed(t=1, service=API, errno="EMFILE"), "accept failed: EMFILE ✗"),
    (BytesIn(t=1, service=API, connection=1, count=17), "├─ 17 B ──"),
    (BytesOut(t=1, service=API, connection=1, count=65536), "─ 64 KiB ─┤"),
    (BytesAfterFin(t=1, service=API, connection=1, count=17), "17 B after our FIN"),
    (RequestBegan(t=1, service=API, connection=1, request=1, method="GET", target="/pay"), "├─ GET /pay ─"),
    (_effect(repeats=1, done=True), "does effect 1 again ‼"),
    (_effect(repeats=1, done=False), "is known by its key"),
    (RequestEnded(t=1, service=API, connection=1, request=1, status=503), "─ status 503 ─┤"),
    (
        ClientHelloSeen(t=1, service=API, connection=1, versions="TLSv1.3", server_name="a.test"),
        "├─ ClientHello a.test ─",
    ),
    (HandshakeDone(t=1, service=API, connection=1, version="TLSv1.3", cipher="C"), "TLS · TLSv1.3, C ●"),
    (HandshakeFailed(t=1, service=API, connection=1, alert="", why="http request"), "no TLS · http request ✗"),
    (DatagramIn(t=1, service=API, request=2, client="127.0.0.1:9", count=17), "├─ #2 datagram · 17 B ─"),
    (DatagramOut(t=1, service=API, request=2, client="127.0.0.1:9", count=17), "─ #2 datagram · 17 B ─┤"),
    (
        Queried(t=1, service=API, request=2, client="", name="a.test", type="AAAA", transport="udp"),
        "AAAA a.test, by udp ?",
    ),
    (Answered(t=1, service=API, request=2, rcode="NOERROR", answers="::1"), "NOERROR ::1 !"),
    (Closed(t=1, service=API, connection=1, by="client", how="FIN", bytes_in=0, bytes_out=0), "├─ FIN by client"),
    (Closed(t=1, service=API, connection=1, by="service", how="RST", bytes_in=0, bytes_out=0), "RST by service"),
    (
        Dialled(t=1, service=API, connection=1, upstream="127.0.0.1:5", errno="", seconds=0.1),
        "dials 127.0.0.1:5, connected",
    ),
    (Dialled(t=1, service=API, connection=1, upstream="db:5", errno="ECONNREFUSED", seconds=0), "dials db:5"),
    (
        UpstreamClosed(t=1, service=API, connection=1, by="upstream", how="RST", bytes_in=0, bytes_out=0),
        "upstream: RST by",
    ),
    (Applied(t=1, service=API, fault=1, kind="stall", target="request 1", evidence={"sent": 5}), "stall  request 1 ·"),
    (Failed(t=1, service=API, fault=1, kind="refuse", target="attempt 1", why="it got in"), "refuse failed"),
    (NotReached(t=1, service=API, fault=2, kind="drip", required=True), "fault 2, drip: not reached ◇"),
    (DoorSet(t=1, service=API, door="taken"), "door: taken ◌"),
    (ServiceTrouble(t=1, service=API, connection=1, message="not HTTP"), "protocol broken: not HTTP !"),
    (ClientStarted(t=1, command="curl -s"), "▷ starts: curl -s"),
    (Observed(t=1, by="nobody", why="EPERM"), "! attempts are announced by"),
    (ClientEnded(t=1, status=7, seconds=2), "■ exited with status 7"),
    (Outside(t=1, address=f"{192}.0.2.1", port=443, transport="tcp"), "✗ dials"),
    (ClientEnded(t=1, status=-9, seconds=2), "■ was ended by signal 9"),
    (ClientEnded(t=1, status=0, seconds=2, stopped=True), "stopped by"),
]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("event", "drawn"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_event_is_seen(event: Event, drawn: str, width: int) -> None:
    """Each kind of event shows its fact at every width, at its time."""
    picture = _draw(UP, event, width=width)
    assert drawn in picture
    assert drawn not in _draw(UP, width=width)
    assert f"{event.t:.3f} " in picture


def test_the_examples_are_complete() -> None:
    """Every kind that is drawn has an example above."""
    assert {type(event) for event, _ in EXAMPLES} == set(DRAWN)


def test_a_dropped_syn_does_not_arrive() -> None:
    """The arrow of a SYN that is dropped ends before the service's lifeline, in a cross."""
    (line,) = (line for line in _draw(UP, _attempt(1, door="drop")).splitlines() if "SYN" in line)
    assert "▶" not in line
    assert line.rstrip().endswith("│")
    assert line.index("×") < line.rindex("│") - 1


def test_a_refused_attempt_gets_one_rst() -> None:
    """RST is drawn once for a refused attempt, whether or not its end was seen."""
    over = AttemptOver(t=1, service=API, number=1, outcome="refused", seconds=0, syns=1)
    assert _draw(UP, _attempt(1, door="refuse")).count("RST") == 1
    assert _draw(UP, _attempt(1, door="refuse"), over).count("RST") == 1


def test_a_door_is_drawn_if_it_stays() -> None:
    """A door that is switched for one attempt is not worth a row; one that stays so is."""
    switches = [DoorSet(t=t, service=API, door=door) for t, door in ((0, "drop"), (0.01, "refuse"), (0.5, "open"))]
    picture = _draw(UP, *switches)
    assert ["door: " + door in picture for door in ("drop", "refuse", "open")] == [False, True, True]


def test_the_address_stands_at_the_head() -> None:
    """A lifeline is headed by the service's name and its address; ::1 has brackets."""
    assert "127.20.0.1:8080" in _draw(UP)
    assert "[::1]:8080" in _draw(dataclasses.replace(UP, address="::1"))


def test_what_an_arrow_cannot_hold_stands_below_it() -> None:
    """With lanes so narrow that the words do not fit, none of them is lost."""
    over = AttemptOver(t=1, service="db", number=1000, outcome="refused", seconds=0, syns=1)
    other = dataclasses.replace(UP, service="db")
    lines = _draw(UP, _attempt(1), other, _attempt(1000, t=1, service="db"), over).splitlines()
    (number,) = (n for n, line in enumerate(lines) if "RST · attempt 1000 ─" in line)
    assert lines[number + 1].endswith(" refused  │")


@given(counts=st.lists(st.integers(1, 10**6), min_size=2, max_size=30))
@settings(deadline=None, max_examples=40)
def test_bytes_without_a_pause_are_one_arrow(counts: list[int]) -> None:
    """Pieces of one connection in one direction are joined, and the arrow says how many they were."""
    pieces = [BytesOut(t=n / 1000, service=API, connection=1, count=count) for n, count in enumerate(counts)]
    picture = _draw(UP, _attempt(1), _accepted(1), *pieces)
    assert picture.count("◀") == 1
    assert f"in {len(counts)} pieces" in picture


def test_a_pause_is_seen() -> None:
    """Bytes after a second of silence are an arrow of their own, and the silence is said."""
    pieces = [BytesOut(t=t, service=API, connection=1, count=5) for t in (0.0, 5.0)]
    picture = _draw(UP, _attempt(1), _accepted(1), *pieces)
    assert picture.count("◀") == 2
    assert "5 s later" in picture


def test_what_a_fault_parts_is_drawn_apart() -> None:
    """Bytes before and after a fault struck are two arrows; the status joins the last of them."""
    struck = Applied(t=0.2, service=API, fault=1, kind="stall", target="request 1")
    first, second = (BytesOut(t=t, service=API, connection=1, count=5) for t in (0.1, 0.3))
    ended = RequestEnded(t=0.3, service=API, connection=1, request=1, status=200)
    picture = _draw(UP, _attempt(1), _accepted(1), first, struck, second, ended)
    assert picture.count("◀") == 2
    assert picture.index("stall") < picture.index("status 200 · 5 B")


def test_requests_on_one_connection_are_each_drawn() -> None:
    """Requests that arrive together are arrows of their own, each with its bytes and target."""
    events: list[Event] = [UP, _attempt(1), _accepted(1)]
    for number in range(1, 4):
        events.append(BytesIn(t=0, service=API, connection=1, count=number))
        events.append(RequestBegan(t=0, service=API, connection=1, request=number, method="GET", target=f"/{number}"))
    picture = _draw(*events)
    assert all(f"├─ GET /{number} · {number} B ─" in picture for number in range(1, 4))


def test_repeats_are_folded_and_counted() -> None:
    """A long trace of like rounds shows the first two, how many more there were, and the last."""
    events: list[Event] = [UP]
    for number in range(1, 101):
        events += [_attempt(number, t=number / 10), DoorSet(t=number / 10, service=API, door="refuse")]
        events += [AttemptOver(t=number / 10, service=API, number=number, outcome="refused", seconds=0, syns=1)]
    picture = _draw(*events)
    assert "… 97 more rounds of these 3 rows" in picture
    assert [f"attempt {n} " in picture for n in (1, 2, 3, 99, 100)] == [True, True, False, False, True]


@given(doors=st.lists(st.sampled_from(["open", "refuse", "drop", "full", "taken"]), min_size=150, max_size=400))
@settings(deadline=None, max_examples=15)
def test_a_long_trace_stays_readable(doors: list[str]) -> None:
    """However many events there were, the diagram is at most some two hundred lines, with its beginning and its end."""
    events = [_attempt(number, t=number / 10, door=door) for number, door in enumerate(doors, 1)]
    picture = _draw(UP, *events)
    assert len(picture.splitlines()) < 220
    assert "attempt 1 " in picture
    assert f"attempt {len(doors)} " in picture
    assert "…" in picture


def test_a_trace_that_fits_is_whole() -> None:
    """Nothing is folded while there is room, be it ever so regular: the pauses of a back-off are all to be seen."""
    events = [_attempt(number, t=number**2) for number in range(1, 21)]
    picture = _draw(UP, *events)
    assert all(f"attempt {number} " in picture for number in range(1, 21))


def test_the_arrow_to_a_farther_service_crosses_the_nearer() -> None:
    """Services that fit stand side by side; an arrow to the second crosses the lifeline of the first."""
    other = dataclasses.replace(UP, service="db", address="127.20.0.2")
    picture = _draw(UP, other, _attempt(1), _attempt(1, service="db"))
    assert "┼─ SYN · attempt 1 ─" in picture
    assert picture.count("client") == 1


def test_services_that_do_not_fit_get_diagrams_of_their_own() -> None:
    """What does not fit side by side is drawn below; services to which nobody came are only named."""
    names = [f"s{number}" for number in range(40)]
    ups = [dataclasses.replace(UP, service=name) for name in names]
    visits = [_attempt(1, service=name) for name in names[:5]]
    narrow, wide = (_draw(*ups, *visits, width=width) for width in (60, 120))
    assert narrow.count("│ client") == 5
    assert wide.count("│ client") == 2
    assert "Nobody came to: s5, s6" in narrow
    assert "more services" in narrow


def test_hundreds_of_services_are_not_all_drawn() -> None:
    """With very many services the first are drawn and the others counted."""
    visits = [_attempt(1, service=f"s{number}") for number in range(300)]
    picture = _draw(*visits)
    assert "Not drawn: s12, s13" in picture
    assert "and 276 more services" in " ".join(picture.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_foreign_text_is_shown_not_obeyed(width: int) -> None:
    """Markup and control characters of a client, in a target or in a title, appear as they are or as escapes."""
    request = RequestBegan(t=0, service=API, connection=1, request=1, method="GET", target="/[b]\x1b[2J\u202e")
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="truecolor")
    console.print(diagram(Trace("[red]title\x07", 0, (UP, request)), width))
    assert "\x1b[2J" not in out.getvalue()
    assert "\x07" not in out.getvalue()
    plain = _draw(UP, request, title="[red]title\x07", width=width)
    assert "[red]title\\x07" in plain
    assert "/[b]\\x1b[2J\\u202e" in plain


def test_plain_where_there_is_no_terminal() -> None:
    """Through a pipe there is no colour; on a terminal there is."""
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, color_system="standard").print(diagram(Trace("t", 0, (UP,))))
    assert "\x1b[" in out.getvalue()
    assert "\x1b" not in _draw(UP)


def test_ascii_where_the_encoding_knows_no_more() -> None:
    """For an output in ASCII the signs are plain ones, one for one."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    trace = Trace("naïve", 0, (UP, _attempt(1), _attempt(2, door="drop"), _accepted(1), WorldDown(t=1)))
    Console(file=out, width=80).print(diagram(trace, 80))
    out.flush()
    lines = raw.getvalue().decode("ascii").splitlines()
    assert any("+- SYN . attempt 1 ---" in line and ">|" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_a_narrower_console_wins() -> None:
    """A diagram asked for 120 cells fits a console of 80."""
    out = io.StringIO()
    Console(file=out, width=80).print(diagram(Trace("t", 0, (UP, _attempt(1))), 120))
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= 80


def test_an_empty_trace_is_drawn() -> None:
    """A trace without events has a title and no picture."""
    assert _draw(title="nothing").strip() == "nothing"

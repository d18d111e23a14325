"""The figures of a trace: what came to each service, and the proof of each fault.

Law: the proof table has a row for every fault that was planned or set, whether it struck or not; how attempts were
counted is said wherever it was not exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from simnet.trace.events import (
    Applied,
    Attempt,
    BytesIn,
    BytesOut,
    DatagramIn,
    DatagramOut,
    Effect,
    Event,
    Failed,
    NotReached,
    Planned,
    ServiceUp,
    WorldDown,
)
from simnet.trace.journal import Trace
from simnet.trace.wording import evidence, plural, shown, size

__all__ = ["Proof", "Summary", "proofs", "summary"]

AboutFault = Planned | Applied | Failed | NotReached

NARROW = 72
"""Below so many cells the headings are shortened."""
MOST_QUIET = 8
"""With more services than this, those to which nobody came share one line."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one fault: how often it struck, how often it failed to, and what the kernel said last."""

    service: str
    fault: int
    kind: str
    when: str
    required: bool
    promise: str
    applied: tuple[Applied, ...]
    failed: tuple[Failed, ...]
    over: bool
    """Whether the run is over, so that what has not been reached never will be."""

    @property
    def held(self) -> bool:
        """Whether it struck as planned, or need not have."""
        return not self.failed and bool(self.applied or not self.required or not self.over)

    @property
    def outcome(self) -> str:
        """`applied 3×`, `not reached`, `failed 1×` ..."""
        said = [
            f"{word} {len(events)}×" for word, events in (("applied", self.applied), ("failed", self.failed)) if events
        ]
        return ", ".join(said) or ("not reached" if self.over else "not yet")

    @property
    def last(self) -> str:
        """Target and evidence of the latest event."""
        if self.failed:
            return f"{shown(self.failed[-1].target)}: {shown(self.failed[-1].why)}"
        if not self.applied:
            return ""
        return ": ".join(filter(None, (shown(self.applied[-1].target), evidence(self.applied[-1].evidence))))


def proofs(trace: Trace) -> tuple[Proof, ...]:
    """The proof of every fault, in the order in which they were planned."""
    about: dict[tuple[str, int], list[AboutFault]] = {}
    for event in trace.events:
        if isinstance(event, Planned | Applied | Failed | NotReached):
            about.setdefault((event.service, event.fault), []).append(event)
    over = bool(trace.of(WorldDown))
    return tuple(_proof(events, over=over) for events in about.values())


def _proof(about: Sequence[AboutFault], *, over: bool) -> Proof:
    first = about[0]
    planned = next((event for event in about if isinstance(event, Planned)), None)
    never = [event for event in about if isinstance(event, NotReached)]
    return Proof(
        first.service,
        first.fault,
        first.kind,
        planned.when if planned else "",
        planned.required if planned else any(event.required for event in never),
        planned.promise if planned else "",
        tuple(event for event in about if isinstance(event, Applied)),
        tuple(event for event in about if isinstance(event, Failed)),
        over or bool(never),
    )


def summary(trace: Trace) -> Summary:
    """Two tables: the services with their counts, and the proof of the faults (if there are any)."""
    return Summary(trace)


@dataclass(frozen=True)
class Summary:
    """What `summary` returns: rich prints it."""

    trace: Trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _services(self.trace, narrow=options.max_width < NARROW)
        if found := proofs(self.trace):
            yield Text()
            yield _proof_table(found)


def _services(trace: Trace, *, narrow: bool) -> Iterator[RenderableType]:
    parts = _by_service(trace)
    table = _table("Service")
    for column in ("Attempts", "Conn." if narrow else "Connections", "Requests", "In", "Out"):
        table.add_column(column, justify="right", no_wrap=True)
    busy = {name: part for name, part in parts.items() if part.attempts() or len(parts) <= MOST_QUIET}
    for name, part in busy.items():
        table.add_row(_home(name, part), *_counts(part))
    if len(busy) > 1:
        table.add_section()
        table.add_row(Text("all", "bold"), *_counts(trace))
    yield table
    if quiet := len(parts) - len(busy):
        yield Text(f"and {plural(quiet, 'service')} to which nobody came", "dim")
    if effects := [event for event in trace.of(Effect) if event.done]:
        yield Text(*_effects(effects))
    ways = Counter(event.counted for event in trace.of(Attempt))
    if set(ways) - {"by audit"}:
        yield Text("attempts were counted " + ", ".join(f"{shown(way)} ({count})" for way, count in ways.items()), "dim")


def _effects(done: Sequence[Effect]) -> tuple[str, str]:
    """How often something was changed, and in which style that is said."""
    again = sum(event.repeats is not None for event in done)
    words = f"{plural(len(done), 'effect')} by the ledger"
    return (f"{words}, {again} of them done before", "bold red") if again else (words, "dim")


def _by_service(trace: Trace) -> dict[str, Trace]:
    """The trace of each service by itself."""
    events: dict[str, list[Event]] = {}
    for event in trace.events:
        if event.service:
            events.setdefault(event.service, []).append(event)
    return {name: Trace(trace.title, trace.seed, tuple(own)) for name, own in events.items()}


def _home(name: str, trace: Trace) -> Text:
    """The service's name, and below it where it is and what it speaks."""
    text = Text.assemble((shown(name), "bold"))
    for up in trace.of(ServiceUp)[:1]:
        address = f"[{up.address}]" if ":" in up.address else up.address
        text.append(f"\n{shown(address)}:{up.port} {shown(up.speaks)}", "dim")
    return text


def _counts(trace: Trace) -> Iterable[Text]:
    came, went = (trace.of(BytesIn), trace.of(DatagramIn)), (trace.of(BytesOut), trace.of(DatagramOut))
    sent = [sum(event.count for events in way for event in events) for way in (came, went)]
    counts = trace.attempts(), trace.connections(), trace.requests()
    return *(Text(f"{count}", "" if count else "dim") for count in counts), *(Text(size(count)) for count in sent)


def _proof_table(found: Sequence[Proof]) -> Table:
    several = len({proof.service for proof in found}) > 1
    table = _table(*(["Service"] if several else []), "#", "Fault", "When", "Proof", "What the kernel said last")
    for proof in found:
        style = "green" if proof.held and proof.applied else "dim" if proof.held else "bold red"
        table.add_row(
            *([Text(shown(proof.service), "bold")] if several else []),
            Text(f"{proof.fault}"),
            Text(shown(proof.kind), "bold"),
            Text(shown(proof.when)),
            Text(proof.outcome, style),
            Text(proof.last, "red" if proof.failed else ""),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table

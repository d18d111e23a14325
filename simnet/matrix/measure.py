"""A run of one client -> what came of it.

Law: pure. What the client says of itself is read from what it wrote, what it did from the trace, and where the two do not
agree (success without the data, one POST and two effects) this is the finding.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.matrix.definition import REST, Way
from simnet.matrix.failures import Failure
from simnet.matrix.outcome import Called, Cause, Data, Outcome, Verdict
from simnet.matrix.protocol import Protocol
from simnet.trace.events import (
    Applied,
    Attempt,
    ClientEnded,
    ClientStarted,
    DatagramIn,
    Effect,
    Event,
    Queried,
    RequestBegan,
    RequestEnded,
)
from simnet.trace.journal import Trace

__all__ = ["CONTACT", "Written", "last_words", "outcome_of"]

CONTACT = (Attempt, DatagramIn, Queried)
"""The first of these is when a client has come: what went before was its start."""

DEEPEST, LONGEST, MOST_WORDS = 12, 300, 5
"""Exceptions of a chain, characters of a message, and lines of what else was written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a client has written, and how it was asked."""

    output: bytes
    errors: bytes
    way: Way
    by_lines: bool
    """Whether each call is a line of JSON; of any other command the status and the output count."""


def outcome_of(trace: Trace, written: Written, failure: Failure, protocol: Protocol) -> Outcome:
    """What came of the run."""
    ended = trace.of(ClientEnded)[0]
    lines = list(_lines(written.errors))
    calls = tuple(_seen_by(trace, each) for each in _calls(lines, written, ended, protocol))
    effects = _effects(trace, protocol)
    return Outcome(
        verdict=_verdict(trace, calls, ended, effects, failure, written, lines),
        calls=calls,
        exit=None if ended.stopped else ended.status,
        attempts=trace.attempts("api"),
        connections=trace.connections("api"),
        requests=trace.requests("api"),
        effects=effects,
        seconds=round(_seconds(trace, lines, ended, written), 3),
    )


def last_words(errors: bytes) -> str:
    """The last lines on standard error that are none of ours; what is broken, if it says so."""
    for line in _lines(errors):
        if isinstance(line.get("broken"), str):
            return str(line["broken"])
    found = [line.strip() for line in errors.decode("utf-8", "replace").splitlines()]
    told = [line[:LONGEST] for line in found if line and _row(line) is None]
    return "\n".join(told[-MOST_WORDS:])


def _lines(errors: bytes) -> Iterator[Mapping[str, Any]]:
    for line in errors.decode("utf-8", "replace").splitlines():
        if (row := _row(line)) is not None:
            yield row


def _row(line: str) -> Mapping[str, Any] | None:
    """A line of JSON that reports a call, an error or what is broken."""
    if not line.startswith("{"):
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and row.keys() & {"call", "error", "broken"} else None


def _calls(
    lines: Sequence[Mapping[str, Any]], written: Written, ended: ClientEnded, protocol: Protocol
) -> Iterator[Called]:
    """Each call that was to be made; one that was never reported has no data and no error."""
    wanted = ["get", "post"] if written.way is Way.CALLS else [written.way.value]
    told = [line for line in lines if "call" in line]
    if told or written.by_lines:
        for at, name in enumerate(wanted):
            yield _told(name, told[at], protocol) if at < len(told) else Called(call=name, data=Data.NONE)
        return
    promised = b"".join(protocol.promised.of(name) for name in wanted)
    error = tuple(_chain(line.get("error")) for line in lines if "error" in line)
    got = Data.NONE if ended.stopped or ended.status or error else _compared(written.output, promised)
    yield Called(call="+".join(wanted), data=got, error=error[-1] if error else ())


def _told(name: str, line: Mapping[str, Any], protocol: Protocol) -> Called:
    if "data" not in line:
        return Called(call=name, data=Data.NONE, error=_chain(line.get("error")))
    try:
        data = base64.b64decode(str(line["data"]), validate=True)
    except (ValueError, binascii.Error):
        data = str(line["data"]).encode()
    return Called(call=name, data=_compared(data, protocol.promised.of(name)))


def _chain(entry: object) -> tuple[Cause, ...]:
    rows = entry if isinstance(entry, list) else [entry]
    return tuple(_cause(row) for row in rows[:DEEPEST])


def _cause(row: object) -> Cause:
    if not isinstance(row, Mapping):
        return Cause(type=str(row)[:LONGEST])
    kind, errno, message = (str(row.get(key) or "")[:LONGEST] for key in ("type", "errno", "message"))
    return Cause(type=kind or "error", errno=errno, message=message)


def _compared(data: bytes, promised: bytes) -> Data:
    if data == promised:
        return Data.RIGHT
    if not data:
        return Data.EMPTY
    return Data.SHORT if promised.startswith(data) else Data.OTHER


def _seen_by(trace: Trace, call: Called) -> Called:
    """The page of an error is told from other wrong data by the status that went with it last."""
    answers = trace.of(RequestEnded)
    is_page = call.data is Data.OTHER and answers and answers[-1].status >= 300  # RFC 9110 section 15
    return call.model_copy(update={"data": Data.PAGE}) if is_page else call


def _effects(trace: Trace, protocol: Protocol) -> int:
    if protocol.effect is not None:
        return sum(event.method == protocol.effect for event in trace.of(RequestBegan))
    return sum(event.done for event in trace.of(Effect))


def _verdict(  # noqa: PLR0913, PLR0917, PLR0911 - all that a verdict is made of, the first that holds
    trace: Trace,
    calls: Sequence[Called],
    ended: ClientEnded,
    effects: int,
    failure: Failure,
    written: Written,
    lines: Sequence[Mapping[str, Any]],
) -> Verdict:
    if not any(isinstance(event, CONTACT) for event in trace.events) or any("broken" in line for line in lines):
        return Verdict.NOT_MEASURED
    if failure.fault is not None and not trace.of(Applied):
        return Verdict.NOT_MET
    if effects > (written.way is not Way.GET):
        return Verdict.TWICE
    if any(call.data in {Data.SHORT, Data.OTHER, Data.PAGE} for call in calls):
        return Verdict.WRONG
    if all(call.data is Data.RIGHT for call in calls):
        return Verdict.RIGHT
    if any(call.data is Data.NONE and not call.error for call in calls) and ended.stopped:
        return Verdict.HANGS
    if ended.status < 0 and not ended.stopped:
        return Verdict.CRASHED
    if any(call.data is Data.EMPTY for call in calls) or (not ended.status and not any(call.error for call in calls)):
        return Verdict.SILENT
    return Verdict.ERROR


def _seconds(trace: Trace, lines: Sequence[Mapping[str, Any]], ended: ClientEnded, written: Written) -> float:
    """From its first contact to its end, or as long as its calls have taken by themselves, whichever is less.

    The one has in it how long the process took to end, the other what a virtual machine loads before it dials.
    """
    rest = REST if written.way is Way.CALLS else 0.0
    seen = max(0.0, ended.t - _came(trace) - rest)
    told = [line["seconds"] for line in lines if isinstance(line.get("seconds"), int | float)]
    return min(seen, float(sum(told))) if len(told) == (2 if written.way is Way.CALLS else 1) else seen


def _came(trace: Trace) -> float:
    first: Event | None = next((event for event in trace.events if isinstance(event, CONTACT)), None)
    started = trace.of(ClientStarted)
    return first.t if first is not None else started[0].t if started else 0.0

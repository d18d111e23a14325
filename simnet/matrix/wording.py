"""A cell in words: as short as a table needs, and as long as a person wants.

Law: pure; nothing is claimed that the outcome does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simnet.matrix.outcome import Called, Cell, Data, Outcome, Verdict
from simnet.trace.wording import plural

__all__ = ["MEANINGS", "SIGNS", "brief", "sentence"]

SIGNS: Final = {
    Verdict.TWICE: "‼",
    Verdict.WRONG: "≠",
    Verdict.SILENT: "∅",
    Verdict.HANGS: "∞",
    Verdict.CRASHED: "†",
    Verdict.ERROR: "✗",
    Verdict.RIGHT: "✓",
    Verdict.NOT_MET: "·",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.NOT_MEASURED: "?",
}

MEANINGS: Final = {
    Verdict.TWICE: "submitted once, done twice",
    Verdict.WRONG: "success reported, data wrong",
    Verdict.SILENT: "success, no data, no word",
    Verdict.HANGS: "still waiting at the end",
    Verdict.CRASHED: "ended by a signal",
    Verdict.ERROR: "an error reported",
    Verdict.RIGHT: "the promised data",
    Verdict.NOT_MET: "the failure did not strike",
    Verdict.NOT_APPLICABLE: "cannot be asked so",
    Verdict.NOT_MEASURED: "not measured",
}

DATA: Final = {
    Data.SHORT: "cut short",
    Data.EMPTY: "empty",
    Data.OTHER: "other data",
    Data.PAGE: "error page",
}


def brief(cell: Cell) -> str:
    """For a table: a sign, what was reported, how many tries, after how long."""
    outcome = cell.outcome
    words = [SIGNS[outcome.verdict], _reported(outcome)]
    if outcome.verdict.measured:
        words += [f"×{outcome.tries}"] if outcome.tries > outcome.asked else []
        words += [outcome.when] if outcome.when not in {"", "at once"} else []
    return " ".join(word for word in [*words, "~" if cell.race else ""] if word)


def _reported(outcome: Outcome) -> str:
    """What it reported, or what it did, in a word or two."""
    match outcome.verdict:
        case Verdict.WRONG:
            return next((DATA[call.data] for call in outcome.calls if call.data in DATA), "wrong data")
        case Verdict.TWICE:
            return f"done {outcome.effects}×"
        case Verdict.HANGS | Verdict.SILENT | Verdict.NOT_MET:
            return outcome.verdict.value.replace("_", " ")
        case Verdict.CRASHED:
            return f"signal {-(outcome.exit or 0)}"
        case Verdict.ERROR:
            return next((_name(call) for call in outcome.calls if call.error), f"exit {outcome.exit}")
    return ""


def _name(call: Called) -> str:
    """The innermost errno, or else the name of the outermost exception."""
    return call.errno or call.error[0].short


def sentence(outcome: Outcome, limit: float, *, counts: bool = True) -> str:
    """What came of it, whole; with how many attempts, connections and requests."""
    return "; ".join(_parts(outcome, limit, counts=counts))


def _parts(outcome: Outcome, limit: float, *, counts: bool) -> Iterator[str]:
    match outcome.verdict:
        case Verdict.NOT_APPLICABLE | Verdict.NOT_MEASURED:
            yield MEANINGS[outcome.verdict]
            return
        case Verdict.NOT_MET:
            yield MEANINGS[outcome.verdict]
        case Verdict.TWICE:
            yield f"it took effect {outcome.effects} times"
        case _:
            pass
    yield from (_call(call, outcome, limit) for call in outcome.calls)
    when = outcome.when
    if when:
        yield when if when == "at once" else f"after {outcome.seconds:.2f} s" if counts else f"after {when}"
    if counts:
        of = (outcome.attempts, "attempt"), (outcome.connections, "connection"), (outcome.requests, "request")
        yield ", ".join(plural(count, what) for count, what in of)


def _call(call: Called, outcome: Outcome, limit: float) -> str:
    if call.error:
        chain = " ← ".join(f"{each.short}{f' [{each.errno}]' if each.errno else ''}" for each in call.error)
        return f"{call.call}: {chain}"
    if call.data is Data.RIGHT:
        return f"{call.call}: the promised data"
    if call.data is not Data.NONE:
        return f"{call.call}: success with data that is wrong ({DATA[call.data]})"
    if outcome.exit is None:
        return f"{call.call}: still waiting after {limit:g} s"
    return f"{call.call}: exit status {outcome.exit}"

"""Traces and checks -> marks: what each expectation earns over all runs.

Law: pure. Every entry of `expect:` has its weight (1, if nothing else is said), and the proof is one more: that the
client met each failure which every run must have. An expectation earns its share once for each run in which it held;
the proof, in each run, the part of the required faults that struck. What could not be judged has not been shown, and
earns nothing. In a run in which nothing of the client ever came nothing is earned at all: to do nothing breaks no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from simnet.checks.contract import Check, Difference
from simnet.checks.judge import PROOF
from simnet.grading.grade import Mark
from simnet.trace.events import Attempt, DatagramIn, NotReached, Planned
from simnet.trace.journal import Trace
from simnet.trace.wording import plural

__all__ = ["came", "claim_of", "marks_of", "names_of", "rounded"]

NEVER_CAME = "nothing of the client ever came, so nothing was shown"


def came(trace: Trace) -> bool:
    """Whether anything of the client ever reached a service, or its kernel."""
    return bool(trace.of(Attempt) or trace.of(DatagramIn))


def claim_of(check: Check) -> str:
    """The check as it stands in the file: `backoff: {base: 200ms}`."""
    given = check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    said = ", ".join(f"{key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in given.items())
    return f"{check.name}: {{{said}}}" if said else f"{check.name}: {{}}"


def names_of(checks: Iterable[Check]) -> list[str]:
    """What weights can be given to."""
    return list(dict.fromkeys([*(check.name for check in checks), PROOF]))


def marks_of(
    checks: Sequence[Check], traces: Sequence[Trace], weights: Mapping[str, float], out_of: float
) -> tuple[Mark, ...]:
    """The marks in the order of the file, the proof last (where a fault must strike); together they are worth `out_of`."""
    proven = any(event.required for trace in traces for event in trace.of(Planned))
    names = [*(check.name for check in checks), *([PROOF] if proven else [])]
    whole = sum(weights.get(name, 1.0) for name in names)
    # The share first: a weight near the smallest of all floats, multiplied, would be rounded to another one.
    worth = [out_of * (weights.get(name, 1.0) / whole) if whole else 0.0 for name in names]
    found = [_of_check(check, traces, points) for check, points in zip(checks, worth, strict=False)]
    return (*found, _of_proof(traces, worth[-1])) if proven else tuple(found)


def _of_check(check: Check, traces: Sequence[Trace], worth: float) -> Mark:
    lost, held, judged = list[tuple[str, Difference | None]](), 0, ""
    for trace in traces:
        answer = check.answer(trace)
        judged = answer.judged or judged
        if not came(trace):
            lost.append((NEVER_CAME, None))
        elif answer.differences:
            lost.append((answer.differences[0].message, answer.differences[-1]))
        else:
            held += 1
    shown = lost[0][1] if lost else None
    seen = _in_runs([words for words, _ in lost], len(traces)) if lost else f"as expected{judged and f' ({judged})'}"
    return Mark(
        name=check.name,
        claim=claim_of(check),
        about=check.summary,
        points=worth * held / len(traces),
        out_of=worth,
        held=held,
        runs=len(traces),
        seen=seen,
        timeline="" if shown is None else shown.timeline,
    )


def _of_proof(traces: Sequence[Trace], worth: float) -> Mark:
    shares, lost = list[float](), list[str]()
    for trace in traces:
        required = sum(event.required for event in trace.of(Planned))
        missed = [event for event in trace.of(NotReached) if event.required]
        shares.append(0.0 if not came(trace) else 1 - len(missed) / required if required else 1.0)
        if not came(trace):
            lost.append(NEVER_CAME)
        elif missed:
            lost.append("; ".join(_missed(trace, event) for event in missed))
    return Mark(
        name=PROOF,
        claim="every failure that is planned is met",
        about="the client goes on until it has met each failure that every run must have",
        points=worth * sum(shares) / len(traces),
        out_of=worth,
        held=len(traces) - len(lost),
        runs=len(traces),
        seen=_in_runs(lost, len(traces)) if lost else "each struck, and the kernel says so",
    )


def _missed(trace: Trace, event: NotReached) -> str:
    planned = [one for one in trace.of(Planned, event.service) if one.fault == event.fault]
    when = f" ({planned[0].when})" if planned and planned[0].when else ""
    return f"the client never came as far as `{event.kind}` of {event.service}{when}"


def _in_runs(lost: Sequence[str], runs: int) -> str:
    """The first reason, and in how many runs there was one."""
    often = "" if runs == 1 else f"in {len(lost)} of {plural(runs, 'run')}: " if len(lost) < runs else "in each run: "
    return f"{often}{lost[0]}"


def rounded(marks: Iterable[Mark]) -> Iterator[Mark]:
    """The marks with points of two decimals: what people add up by hand."""
    for mark in marks:
        yield mark.model_copy(update={"points": round(mark.points, 2), "out_of": round(mark.out_of, 2)})

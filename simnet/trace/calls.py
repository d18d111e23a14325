"""Calls: which tries of a client belong together, because they are for one thing that it wants done.

Law: pure, and as the client says it. Calls are what the harness marks (`with net.call("get /x")`); with no mark the
whole run is one, from the program's start to its end. A try belongs to the call that it names (header field X-Call-Id,
or the call in which its connect was made); else to the call with its Idempotency-Key; else to the call whose time it
began in. Where several are open at that time, the one has it that asked the same before in vain, else the oldest that has
no try yet: a guess, which X-Call-Id makes unnecessary. In a run without marks each X-Call-Id, Idempotency-Key, or equal request (method, target, body) is a call of
its own; a try without a request belongs with the request that follows it, there or, if none does, anywhere.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simnet.trace.events import CallBegan, CallEnded, ClientEnded, ClientStarted, TakenDown
from simnet.trace.journal import Trace
from simnet.trace.tries import Try, tries_of

__all__ = ["Call", "Gap", "calls_of"]


@dataclass(frozen=True, slots=True)
class Gap:
    """The pause between two tries: no shorter than `least`, no longer than `most` seconds. `number` counts from 1."""

    number: int
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `ended` is None if it never ended; `outcome` is ok, an exception's name, or "" if nobody said."""

    id: str
    name: str
    began: float
    ended: float | None
    outcome: str
    marked: bool
    seen_until: float = 0.0
    """When the trace ends: what has no end lasted at least until then."""
    tries: tuple[Try, ...] = ()

    def gaps(self) -> tuple[Gap, ...]:
        """The pauses between tries that did not succeed and the next ones, numbered anew after each success.

        Tries that overlap have no pause between them.
        """
        found: list[Gap] = []
        number = 0
        for before, after in zip(self.tries, self.tries[1:], strict=False):
            number = 0 if before.succeeded else number + 1
            if (
                number
                and before.ended is not None
                and before.ended_after is not None
                and before.ended_after <= after.began
            ):
                found.append(Gap(number, max(0.0, after.began - before.ended), after.began - before.ended_after))
        return tuple(found)

    @property
    def retries(self) -> tuple[tuple[Try, Try], ...]:
        """Each try that did not succeed, with the one that followed it."""
        return tuple((a, b) for a, b in zip(self.tries, self.tries[1:], strict=False) if a.succeeded is not True)

    def at(self, service: str | None) -> Call:
        """The call with its tries at that service alone."""
        return dataclasses.replace(self, tries=tuple(t for t in self.tries if service in {None, t.service}))


def calls_of(trace: Trace, service: str | None = None) -> tuple[Call, ...]:
    """Every call, in the order in which they began; those marked without a try at the service too."""
    marked = _marked(trace)
    tries = tries_of(trace)
    found = _assigned(marked, tries) if marked else _grouped(_whole(trace), tries)
    end = trace.events[-1].t if trace.events else 0.0
    return tuple(dataclasses.replace(call.at(service), seen_until=end) for call in found)


def _marked(trace: Trace) -> tuple[Call, ...]:
    ends = {event.call: event for event in trace.of(CallEnded)}
    return tuple(
        Call(e.call, e.name, e.t, end.t if (end := ends.get(e.call)) else None, end.outcome if end else "", marked=True)
        for e in trace.of(CallBegan)
    )


def _whole(trace: Trace) -> Call:
    """The run as one call."""
    started, ended = trace.of(ClientStarted), trace.of(ClientEnded)
    # One that was killed, by simnet or by anybody else, has not said anything.
    said = bool(ended) and not ended[0].stopped and ended[0].status >= 0
    outcome = "" if not said else "ok" if not ended[0].status else f"exit status {ended[0].status}"
    end = ended[0].t if said else None
    if not started and trace.events:
        down = trace.of(TakenDown)
        end = down[0].t if down else trace.events[-1].t
    return Call("", "the whole run", started[0].t if started else 0.0, end, outcome, marked=False)


Same = tuple[str, str, str]


def _same(one: Try) -> Same | None:
    return None if one.request is None else (one.request.method, one.request.target, one.request.body_sha256)


def _assigned(calls: Sequence[Call], tries: Iterable[Try]) -> tuple[Call, ...]:
    """The calls with their tries, which come in the order of their beginnings."""
    own: dict[str, list[Try]] = {call.id: [] for call in calls}
    keys: dict[str, str] = {}
    to_come = deque(sorted(calls, key=lambda call: call.began))
    open_now: list[Call] = []
    for one in tries:
        while to_come and to_come[0].began <= one.began:
            open_now.append(to_come.popleft())
        open_now = [call for call in open_now if call.ended is None or call.ended >= one.began]
        key = one.request.idempotency_key if one.request else ""
        chosen = one.call if one.call in own else keys.get(key, "") or _likeliest(one, open_now, own)
        if chosen:
            own[chosen].append(one)
            if key:
                keys.setdefault(key, chosen)
    return tuple(dataclasses.replace(call, tries=tuple(own[call.id])) for call in calls)


def _likeliest(one: Try, open_now: Sequence[Call], own: dict[str, list[Try]]) -> str:
    """Of the calls that are open when it begins, the one that it probably belongs to; "" if none is."""
    if len(open_now) <= 1:
        return open_now[0].id if open_now else ""
    same = [c for c in open_now if own[c.id] and _repeats(one, own[c.id][-1])]
    failed = [c for c in same if (end := own[c.id][-1].ended) is not None and end <= one.began]
    idle = [c for c in open_now if not own[c.id]]
    return (failed or idle or same or open_now)[0].id


def _repeats(one: Try, last: Try) -> bool:
    """Whether it asks for what the last try of a call asked for in vain, under the same key."""
    if one.request is None or last.request is None or last.succeeded:
        return False
    return _same(one) == _same(last) and one.request.idempotency_key == last.request.idempotency_key


def _grouped(whole: Call, tries: Sequence[Try]) -> tuple[Call, ...]:
    groups: dict[object, list[Try]] = {}
    following: dict[str, object] = {}
    for one in reversed(tries):
        mine = _group(one)
        if mine is None:  # the next request there, or anywhere, if the client has gone to another service
            mine = following.get(one.service, following.get(""))
        else:
            following[one.service] = following[""] = mine
        groups.setdefault(mine, []).append(one)
    for part in groups.values():
        part.reverse()
    if len(groups) <= 1:
        return (dataclasses.replace(whole, tries=tuple(tries)),)
    parts = sorted(_leftovers_joined(groups), key=lambda part: part[0].began)
    if len(parts) == 1:
        return (dataclasses.replace(whole, tries=tuple(parts[0])),)
    return tuple(
        dataclasses.replace(whole, id=f"{n}", name=_name(part), tries=tuple(part)) for n, part in enumerate(parts, 1)
    )


def _group(one: Try) -> object:
    if one.request is None:
        return None
    return one.call or one.request.idempotency_key or _same(one)


def _leftovers_joined(groups: dict[object, list[Try]]) -> list[list[Try]]:
    """Tries without a request after the last request belong to it."""
    left = groups.pop(None, [])
    last = max(groups.values(), key=lambda part: part[-1].began)
    last.extend(left)
    return list(groups.values())


def _name(part: Sequence[Try]) -> str:
    request = next((one.request for one in part if one.request is not None), None)
    return "the whole run" if request is None else f"{request.method} {request.target}"

"""The failures of the matrix: each kind of fault as it is demonstrated, and some varieties of it; as scenarios.

Law: the list follows from the kinds, so that a new kind has its row by itself. What a failure needs beside its fault (how the
client is asked, TLS, a name) follows from the stage and the moment at which the fault strikes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simnet.errors import SimnetError
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition, Stage
from simnet.matrix.definition import Way
from simnet.matrix.protocol import SERVICE, Protocol
from simnet.scenario.model import ClientSpec, NameSpec, Scenario, ServiceSpec
from simnet.services.contract import Tls
from simnet.values import Duration

__all__ = ["HOST", "LEFT_OUT", "NONE", "RACES", "Failure", "chosen", "failures_of", "kind_of", "scenario_of"]

HOST: Final = "api.test"
"""The name that a client looks up where names fail."""

NONE: Final = "none"
"""The row without any fault: whoever cannot do this says nothing about failures."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "port_taken": "it befalls a program that listens, and no client",
    "packet_loss": "which segments are lost depends on the millisecond, so no cell of it repeats",
}
"""Kinds that have no row, and why."""

RACES: Final[Mapping[str, str]] = {
    "reset_at_accept": "whether the client has sent already, or has even seen its connect return, when the RST comes",
    "close_at_accept": "whether the client has sent already when the FIN comes: only then a RST follows",
    "reset": "whether the client has read what came before the RST",
}
"""Kinds whose outcome hangs on who is quicker, the client or the packet, and what about: one look says little of such a cell."""

LOOKUP: Final = Duration.of(1)
"""How long a client's resolver waits for one answer, once; glibc by itself would wait for ten seconds."""

LARGE: Final = 100_000
"""Bytes of the body that is submitted where it is to be met half-way; one argument has room for 131,071 (execve(2))."""

ONCE: Final = "once"


@dataclass(frozen=True, slots=True)
class Variety:
    """A kind of fault with other parameters than those of its demonstration."""

    name: str
    parameters: Mapping[str, str | int]
    title: str
    way: Way = Way.GET
    once: bool = False


IN_BODY: Final[Mapping[str, str | int]] = {"after": "100 B"}
"""Behind the head of the reply and in the midst of what was promised."""

VARIETIES: Final[Mapping[str, Sequence[Variety]]] = {
    "refuse": [Variety(ONCE, {}, "refused once, then served", once=True)],
    "status": [
        Variety(ONCE, {"status": 503}, "status 503 once, then served", once=True),
        Variety("500", {"status": 500}, "status 500, for good"),
        Variety("429", {"status": 429, "retry_after": "1s"}, "status 429 once, with Retry-After: 1", once=True),
    ],
    "stall": [
        Variety("body", IN_BODY, "the reply stops in the midst of its body, for good"),
        Variety(ONCE, {"after": "0 B"}, "silence in place of the reply once, then served", once=True),
    ],
    "truncate": [Variety("body", IN_BODY, "FIN in the midst of the body")],
    "reset": [
        Variety("body", IN_BODY, "RST in the midst of the body"),
        Variety(ONCE, IN_BODY, "RST in the midst of the body once, then served", once=True),
    ],
    "reply_lost": [
        Variety("get", {}, "FIN in place of the reply to a request that changes nothing"),
        Variety("rst", {"ending": "RST"}, "a POST is processed once, and RST comes in place of its reply", Way.POST, once=True),
        Variety("silence", {"ending": "silence"}, "a POST is processed once, and nobody says so", Way.POST, once=True),
    ],
    "close_at_reuse": [
        Variety("whole", {"read": "whole"}, "a POST on a kept connection is processed, and FIN comes in place of its reply", Way.CALLS, once=True)
    ],
}  # fmt: skip

SINGLE: Final = {"reply_lost"}
"""Kinds that strike once although they could always: what matters is whether the repeat is a second effect."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the matrix, for one protocol."""

    name: str
    kind: str
    """Of the fault; "" where nothing fails."""
    title: str
    way: Way
    fault: Fault | None
    tls: bool = False
    large: bool = False

    by_name: bool = False
    """Whether the client looks a name up, and is to meet the fault there."""


def failures_of(protocol: Protocol) -> list[Failure]:
    """Every failure that can strike a service of that protocol, in the order of a connection's life."""
    found = [
        Failure(NONE, "", "nothing fails", Way.GET, None),
        Failure(f"{NONE}:calls", "", "nothing fails, and the client fetches, rests and submits", Way.CALLS, None),
    ]
    for name, kind in KINDS.items():
        if name not in LEFT_OUT and _can_meet(protocol, kind):
            found += _of_kind(protocol, name, kind)
    return found


def kind_of(name: str) -> str:
    """The kind of the failure of that name, which may be a variety."""
    return name.partition(":")[0]


def chosen(failures: Sequence[Failure], names: Sequence[str]) -> list[Failure]:
    """Those of these names; a kind stands for all its varieties. Raises `SimnetError` with the nearest name."""
    found = list[Failure]()
    for name in names:
        matching = [each for each in failures if name in {each.name, kind_of(each.name)}]
        if not matching:
            near = difflib.get_close_matches(name, [each.name for each in failures], 1)
            raise SimnetError(
                f"there is no failure `{name}`; {f'did you mean `{near[0]}`?' if near else '`simnet matrix --list` has them'}"
            )
        found += [each for each in matching if each not in found]
    return found


def scenario_of(failure: Failure, protocol: Protocol) -> Scenario:
    """The scenario: the protocol's service with the one fault, and what the client needs to meet it."""
    faults = () if failure.fault is None or failure.by_name else (failure.fault,)
    service = protocol.service.model_copy(update={"faults": faults, "tls": Tls(names=(HOST,)) if failure.tls else None})
    names = {HOST: NameSpec(to=(SERVICE,), fault=failure.fault)} if failure.by_name else {}
    patience = {"lookup_timeout": LOOKUP, "lookup_attempts": 1} if failure.by_name else {}
    return Scenario(
        title=f"{failure.name}: {failure.title}",
        services={SERVICE: ServiceSpec.model_validate(dict(service))},
        client=ClientSpec.model_validate({"trust": failure.tls, **patience}),
        names=names,
    )


def _can_meet(protocol: Protocol, kind: type[Fault]) -> bool:
    if kind.stage is Stage.NAME:
        return True
    return protocol.service.speaks.meets(kind.moment()) and (not kind.asks_for_tls() or protocol.target_tls is not None)


def _of_kind(protocol: Protocol, name: str, kind: type[Fault]) -> Iterator[Failure]:
    way, tls = _way(name, kind), kind.asks_for_tls()
    large = kind.moment() == "at_request" and kind.stage is Stage.REQUEST
    once = kind.stage is Stage.BETWEEN or name in SINGLE
    by_name = kind.stage is Stage.NAME and not protocol.service.speaks.has_queries
    has_requests = protocol.service.speaks.tells_requests
    made = _made(name, kind, kind.example, has_requests, once=once)
    yield Failure(name, name, kind.summary, way, made, tls, large, by_name)
    for each in VARIETIES.get(name, ()):
        made = _made(name, kind, each.parameters, has_requests, once=each.once)
        yield Failure(f"{name}:{each.name}", name, each.title, each.way, made, tls, large)


def _way(name: str, kind: type[Fault]) -> Way:
    if kind.stage is Stage.BETWEEN:
        return Way.CALLS
    return Way.POST if kind.stage is Stage.REQUEST or name in SINGLE else Way.GET


def _made(name: str, kind: type[Fault], parameters: Mapping[str, str | int], has_requests: bool, *, once: bool) -> Fault:  # noqa: FBT001 - of the service
    """The fault, always or once: at the first attempt, request or connection, whichever is finest."""
    fine = [Condition.ATTEMPTS, *([Condition.REQUESTS] if has_requests else []), Condition.CONNECTIONS]
    condition = next((each for each in fine if each in kind.honours), None)
    when = {"when": {condition.value: 1}} if once and condition is not None else {}
    return kind.model_validate({"fault": name, **parameters, **when})

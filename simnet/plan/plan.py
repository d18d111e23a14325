"""Scenario + seed + lease -> Plan: which attempt, connection or request meets which fault.

Law: pure and exact. The same scenario, seed and number give the same verdict on every machine, in any order of asking
and in any thread: what is drawn by chance is drawn from a generator seeded with (seed, service, fault, unit, number).
Time comes in as an argument; nothing here reads a clock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

from simnet.checks.contract import Check
from simnet.faults.contract import Condition, Direction, Fault, Lever
from simnet.plan.addresses import Addresses, upstream_of
from simnet.plan.lease import Lease
from simnet.scenario.model import Scenario
from simnet.scenario.resolver import resolver
from simnet.scenario.sense import RESOLVER
from simnet.services.contract import Service, Tls, Transport
from simnet.values import Endpoint
from simnet.verdicts.accept import AcceptVerdict
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.door import Deny, DoorVerdict, Refuse, Squat
from simnet.verdicts.query import QueryVerdict, Question
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.verdicts.tls import TlsVerdict
from simnet.verdicts.upload import UploadVerdict

__all__ = ["Chosen", "Plan", "PlannedFault", "ServicePlan", "make_plan"]

T = TypeVar("T")
_NO_DRAW = Random(0)  # noqa: S311 - for asking a fault whose answer does not depend on what it draws

V = TypeVar(
    "V", DoorVerdict, AcceptVerdict, TlsVerdict, UploadVerdict, RequestVerdict, ReplyVerdict, RestVerdict, QueryVerdict,
    DatagramVerdict,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault with its number within its service, counted from 1 in the order of the file."""

    number: int
    fault: Fault

    def covers(self, elapsed: float) -> bool:
        """Whether `when: during` lets it strike now."""
        during = self.fault.when.during
        return during is None or during.covers(elapsed)


@dataclass(frozen=True, slots=True)
class Chosen(Generic[V]):
    """A verdict and the planned fault that gave it."""

    planned: PlannedFault
    verdict: V


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """One service with its resolved address and its faults."""

    name: str
    address: str
    port: int
    speaks: Service
    faults: tuple[PlannedFault, ...]
    seed: int
    tls: Tls | None = None
    upstream: tuple[str, int] | None = None
    """Whom it dials for each connection, if it is a proxy."""

    @property
    def six(self) -> bool:
        """Whether the service is on ::1."""
        return ":" in self.address

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port, as the kernel names them."""
        return self.address, self.port

    @property
    def addr(self) -> str:
        """`address:port`, with the brackets of RFC 3986 around ::1."""
        return str(Endpoint(self.address, self.port))

    @property
    def url(self) -> str:
        """The service as a URL, by the scheme of what it speaks, with or without TLS."""
        return f"{self.speaks.secure_scheme if self.tls else self.speaks.scheme}://{self.addr}"

    def door(self, attempt: int, elapsed: float) -> Chosen[DoorVerdict] | None:
        """What the `attempt`-th attempt meets at the door, if it comes `elapsed` seconds after the start."""
        return next(self._chosen(Condition.ATTEMPTS, attempt, elapsed, Fault.at_door.__name__), None)

    def accept(self, connection: int, elapsed: float) -> tuple[Chosen[AcceptVerdict], ...]:
        """What the `connection`-th connection meets while it is accepted."""
        return tuple(self._chosen(Condition.CONNECTIONS, connection, elapsed, Fault.at_accept.__name__))

    def handshake(self, connection: int, elapsed: float) -> Chosen[TlsVerdict] | None:
        """What the TLS handshake of the `connection`-th connection meets: of several faults the first that applies."""
        return next(self._chosen(Condition.CONNECTIONS, connection, elapsed, Fault.at_tls.__name__), None)

    def upload(self, connection: int, elapsed: float) -> tuple[Chosen[UploadVerdict], ...]:
        """How what the `connection`-th connection sends is read."""
        return tuple(self._chosen(Condition.CONNECTIONS, connection, elapsed, Fault.at_upload.__name__))

    def reply(
        self, connection: int, request: int | None, elapsed: float, towards: Direction = Direction.TO_CLIENT
    ) -> tuple[Chosen[ReplyVerdict], ...]:
        """What the reply meets: of one request, or, with `request` None, of the connection as a whole.

        `towards` the upstream: what a proxy meets that passes on what the client says.

        Where the protocol has requests, a fault belongs to each request (drawn, timed and counted in bytes afresh for
        its reply), unless its `when` names connections only or it changes the whole connection (`packet_loss`).
        """
        unit, number = (Condition.CONNECTIONS, connection) if request is None else (Condition.REQUESTS, request)
        return tuple(
            chosen
            for chosen in self._chosen(unit, number, elapsed, Fault.at_reply.__name__)
            if chosen.planned.fault.towards is towards
            and self._per_request(chosen.planned.fault) == (request is not None)
            and (chosen.planned.fault.when.connections is None or connection in chosen.planned.fault.when.connections)
        )

    def query(self, question: Question | None, request: int, elapsed: float) -> tuple[Chosen[QueryVerdict], ...]:
        """What the answer to a query meets, if it is the `request`-th that comes; None: to a query for anything."""
        met = self._chosen(Condition.REQUESTS, request, elapsed, Fault.at_query.__name__)
        return tuple(chosen for chosen in met if question is None or chosen.planned.fault.is_about(question))

    def datagram(self, request: int, elapsed: float) -> tuple[Chosen[DatagramVerdict], ...]:
        """What the `request`-th datagram meets."""
        return tuple(self._chosen(Condition.REQUESTS, request, elapsed, Fault.at_datagram.__name__))

    @property
    def takes_connections(self) -> bool:
        """Whether it listens; else its port is of UDP alone."""
        return Transport.TCP in self.speaks.transports

    def request(self, connection: int, request: int, elapsed: float) -> tuple[Chosen[RequestVerdict], ...]:
        """What the `request`-th request meets, of which the head has come on that connection."""
        return tuple(self._on_request(connection, request, elapsed, Fault.at_request.__name__))

    def rest(self, connection: int, request: int, elapsed: float) -> tuple[Chosen[RestVerdict], ...]:
        """What the connection meets at rest, after the reply to the `request`-th request."""
        return tuple(self._on_request(connection, request, elapsed, Fault.at_rest.__name__))

    def _on_request(self, connection: int, request: int, elapsed: float, moment: str) -> Iterator[Chosen]:  # type: ignore[type-arg]
        for chosen in self._chosen(Condition.REQUESTS, request, elapsed, moment):
            named = chosen.planned.fault.when.connections
            if named is None or connection in named:
                yield chosen

    def _per_request(self, fault: Fault) -> bool:
        if not self.speaks.tells_requests or Condition.REQUESTS not in fault.honours:
            return False
        return fault.when.connections is None or fault.when.requests is not None

    def door_is_plain(self) -> bool:
        """Whether no attempt ever meets a fault at the door."""
        return not any(type(p.fault).at_door is not Fault.at_door for p in self.faults)

    @property
    def squats(self) -> bool:
        """Whether the address is held against the program under test, at some time: then nobody else binds it."""
        return any(isinstance(p.fault.at_door(_NO_DRAW), Squat) for p in self.faults)

    @property
    def takes_all_alike(self) -> bool:
        """Whether no fault strikes before a connection is accepted, so that nobody need be known by name till then."""
        return self.door_is_plain() and not any(type(p.fault).at_accept is not Fault.at_accept for p in self.faults)

    def holds_syns_later(self, attempt: int, elapsed: float) -> bool:
        """Whether the `attempt`-th attempt or a later one may have its SYN held back, judged by the time it is now."""
        return any(p.fault.holds_syns and p.covers(elapsed) and self._reaches(p.fault, attempt) for p in self.faults)

    @staticmethod
    def _reaches(fault: Fault, attempt: int) -> bool:
        numbers = fault.when.attempts
        return numbers is None or numbers.last is None or attempt <= numbers.last

    @property
    def asks_about(self) -> frozenset[str]:
        """The system calls of a supervised program that a fault depends on."""
        verdicts = [(p, p.fault.at_door(_NO_DRAW)) for p in self.faults]
        calls = {verdict.call for _, verdict in verdicts if isinstance(verdict, Deny)}
        numbered = any(isinstance(verdict, Squat) and p.fault.when.attempts is not None for p, verdict in verdicts)
        return frozenset(calls | {"bind"} if numbered else calls)

    def promise(self, planned: PlannedFault) -> str:
        """How exactly the fault can be kept to the attempts, connections or requests that it is planned for."""
        fault = planned.fault
        at_door = type(fault).at_door is not Fault.at_door
        if Lever.NOTIFIER in fault.needs:
            return "exact, and only for programs under `simnet run`"
        if not at_door or not fault.when.asked - {Condition.DURING}:
            return "exact"
        if fault.holds_syns and not any(isinstance(p.fault.at_door(_NO_DRAW), Refuse) for p in self.faults):
            return "exact for every client: each SYN is held until it is numbered"
        return "exact for clients in this process and under `simnet run`; for others, to the moment at which an attempt is seen"

    def edges(self) -> tuple[float, ...]:
        """The moments, in seconds, at which some `during` begins or ends."""
        spans = [p.fault.when.during for p in self.faults if p.fault.when.during is not None]
        times = {span.start.seconds for span in spans} | {span.end_seconds for span in spans}
        return tuple(sorted(time for time in times if 0 < time < float("inf")))

    def with_faults(self, faults: tuple[Fault, ...], first_number: int) -> ServicePlan:
        """The same service with other faults, numbered from `first_number` on (switched live)."""
        planned = tuple(PlannedFault(number, fault) for number, fault in enumerate(faults, first_number))
        return dataclasses.replace(self, faults=planned)

    def _chosen(self, unit: Condition, number: int, elapsed: float, moment: str) -> Iterator[Chosen]:  # type: ignore[type-arg]
        nothing = getattr(Fault, moment)
        for planned in self.faults:
            if getattr(type(planned.fault), moment) is nothing:
                continue  # a kind that never strikes there need not be asked, nor a chance be drawn for it
            if planned.covers(elapsed) and self._meets(planned, unit, number):
                ask: Callable[[Random], object] = getattr(planned.fault, moment)
                verdict = ask(self._draw(planned, unit, number, "parameters"))
                if verdict is not None:
                    yield Chosen(planned, verdict)

    def _meets(self, planned: PlannedFault, unit: Condition, number: int) -> bool:
        when = planned.fault.when
        numbers = getattr(when, unit.value)
        if numbers is not None and number not in numbers:
            return False
        return when.chance is None or self._draw(planned, unit, number, "when").random() < when.chance.fraction

    def _draw(self, planned: PlannedFault, unit: Condition, number: int, purpose: str) -> Random:
        return Random(f"{self.seed}/{self.name}/{planned.number}/{unit.value}/{number}/{purpose}")  # noqa: S311 - seeded


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario, resolved: everything the world needs, and nothing that needs looking up."""

    title: str
    seed: int
    services: tuple[ServicePlan, ...]
    open_files: int | None = None
    ports: int | None = None
    """How many ephemeral ports the program under test may have."""
    checks: tuple[Check, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The addresses of each name, in the order of the file; none for one that only fails."""
    resolver: str | None = None
    """The service that answers for names."""
    trust: bool = False
    """Whether the program under test is told, in the variables that TLS libraries read, to trust the world's CA."""
    lookup_options: tuple[str, ...] = ()
    """How the program under test looks names up, in the words of resolv.conf(5), where it is not left to it."""


def make_plan(scenario: Scenario, lease: Lease, seed: int | None = None) -> Plan:
    """Resolve `scenario` on the addresses of `lease`; `seed` overrides the scenario's own (0 where neither is given)."""
    chosen = seed if seed is not None else scenario.seed or 0
    fresh = Addresses(scenario, lease)
    services = tuple(
        ServicePlan(name, *fresh.resolve(spec), spec.speaks, _number(spec.faults), chosen, spec.tls)
        for name, spec in scenario.services.items()
    )
    names: dict[str, tuple[str, ...]] = {}
    if scenario.names:
        addresses = {service.name: service.address for service in services}
        names = {name: tuple(addresses[one] for one in spec.to) for name, spec in scenario.names.items()}
        own = resolver(scenario.names, addresses)
        place, _ = fresh.resolve(own)
        services += (ServicePlan(RESOLVER, place, lease.name_port, own.speaks, _number(own.faults), chosen),)
    places = {service.name: service.endpoint for service in services}
    services = tuple(dataclasses.replace(service, upstream=upstream_of(service.speaks, places)) for service in services)
    client, answers = scenario.client, RESOLVER if scenario.names else None
    return Plan(
        scenario.title, chosen, services, client.open_files, client.ports, scenario.expect, names, answers, client.trust,
        client.lookup_options,
    )  # fmt: skip


def _number(faults: tuple[Fault, ...]) -> tuple[PlannedFault, ...]:
    return tuple(PlannedFault(number, fault) for number, fault in enumerate(faults, 1))

"""A plan, brought up on real sockets and taken down again.

Law: whatever way the block is left (its end, an exception, SIGINT, a crash of ours), every socket, child and lease is
given back and the trace is closed with what became of each fault. Nothing is served before everything is bound.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import trio

from simnet.errors import AddressInUseError, ExpectationError, NetworkDownError
from simnet.faults.contract import Fault
from simnet.plan.plan import Plan, PlannedFault, ServicePlan
from simnet.trace.events import Outside, Planned, ServiceUp, TakenDown, WorldDown
from simnet.trace.journal import Journal, Trace
from simnet.world.calls import Calls
from simnet.world.door import Door
from simnet.world.errand import send_on_errand
from simnet.world.gate import Gate
from simnet.world.handle import ServiceHandle, whereabouts
from simnet.world.names import Names
from simnet.world.network import Network
from simnet.world.plainly import plainly
from simnet.world.record import Record
from simnet.world.service import ServiceLife
from simnet.world.supervise import Supervision, observers_of, supervising
from simnet.world.tls.trust import Trust, trust_on_disk
from simnet.world.watcher import Watcher

__all__ = ["World"]

LAST_WORDS = 1.0
"""Seconds at the end for the kernel's word on sockets of attempts that were just refused (it comes by a work queue)."""


PASSES = 3
"""Passes of the world's loop until what the client has just done (its FIN, say) is in the trace."""


class Claim(Protocol):
    """What `World.check` judges by: any check."""

    def differences(self, trace: Trace, /) -> Sequence[object]:
        """What is not as claimed, each printing as a message."""


class World:
    """A running network: its services by name, its plan and its trace."""

    def __init__(self, plan: Plan, net: Network) -> None:
        self.plan = plan
        self._net = net
        self.journal = Journal(plan.title, plan.seed)
        self._start = self._net.now()
        self._calls = Calls(self.journal, self.elapsed)
        self._token = trio.lowlevel.current_trio_token()
        self._thread = threading.get_ident()
        self._nursery: trio.Nursery | None = None
        self._trust: Trust | None = None
        self._stack = contextlib.ExitStack()
        self._planned: list[tuple[Record, PlannedFault]] = []
        self._lives = [self._prepare(service) for service in plan.services]
        self._watcher = Watcher({life.door.endpoint: life.gate for life in self._lives}, net, self.elapsed)
        self.services: Mapping[str, ServiceHandle] = MappingProxyType(
            {life.gate.plan.name: ServiceHandle(life, self) for life in self._lives}
        )

        self.names = Names(plan, self.services)

    def __getitem__(self, service: str) -> ServiceHandle:
        return self.services[service]

    @property
    def trace(self) -> Trace:
        """What has happened up to now."""
        return self.journal.trace()

    def elapsed(self) -> float:
        """Seconds since the network came up."""
        return self._net.now() - self._start

    def environment(self) -> dict[str, str]:
        """For the program under test: SIMNET_<SERVICE>_HOST, _PORT, _ADDR and _URL of every service, SIMNET_CA for TLS."""
        trust = self._trust.environment(everywhere=self.plan.trust) if self._trust else {}
        return whereabouts(self.services) | trust

    @property
    def ca_file(self) -> Path | None:
        """The certificate (PEM) of the CA that signs for services with `tls`; None if there are none."""
        return None if self._trust is None else self._trust.ca

    def resolving(self, *, timeout: float = 5.0, attempts: int = 2) -> contextlib.AbstractContextManager[None]:
        """Within this block, the whole process looks the scenario's `names` up by really asking the resolver.

        `timeout` seconds are waited for an answer, `attempts` times (the defaults are those of resolv.conf(5)).
        Raises `ValueError` if the scenario has no `names`, `RuntimeError` if another network resolves names already.
        """
        return self.names.resolving(timeout, attempts)

    def own_files(self) -> Mapping[str, str]:
        """The files of a program that is to resolve the scenario's `names`: path -> text, for `supervising`; maybe none.

        Where the resolver has port 53 the program asks it for every name. Elsewhere its /etc/hosts has the names, and
        `MachineError` is raised if one of them meets a fault: nobody would ask for it.
        """
        return self.names.own_files()

    @contextlib.contextmanager
    def supervising(
        self, *services: str, files: Mapping[str, str] = MappingProxyType({}), isolated: bool = False
    ) -> Iterator[Supervision]:
        """Prepare to start a program so that its attempts (at these services; at all, if none is named) are announced.

        See `Supervision`. `files` are its own (see `own_files`); `isolated`: there is no way out of where we are, and
        who tries to leave is recorded. Raises `MachineError` where programs cannot be supervised or limited as the
        plan says.
        """
        gates = [life.gate for life in self._lives if not services or life.gate.plan.name in services]
        record = Record("", self.journal, self.elapsed)
        observers = observers_of(gates, self.plan.ports, partial(_dialled_outside, record) if isolated else None)
        with supervising(observers, record, files) as supervision:
            yield supervision

    def call(self, name: str) -> AbstractContextManager[str]:
        """Mark a block as one call of the client: `with net.call("get /x"):`. From any thread or task; calls may nest.

        The trace tells its beginning and end, with `ok` or the exception that left it; attempts made in it belong to it.
        The block is given the call's id, which a client may send as header field X-Call-Id.
        """
        return self._calls.call(name)

    def check(self, *claims: Claim) -> None:
        """Judge what has happened up to now: `net.check(simnet.expect.backoff(grows=True))`. From any thread.

        Raises `ExpectationError` with every difference, and the tries that it is about beneath it. A claim that the
        sample is too small to judge has not held either.
        """
        for _ in range(PASSES):
            self.catch_up()
        trace = self.trace
        found = [str(difference) for claim in claims for difference in claim.differences(trace)]
        if found:
            raise ExpectationError("\n".join(found))

    def within(self, function: Callable[[], None]) -> None:
        """Call `function` in the world's thread and wait for it; raises what it raises, `NetworkDownError` when down."""
        if threading.get_ident() == self._thread:
            function()
        else:
            send_on_errand(self._token, function)

    @property
    def expects_word(self) -> bool:
        """Whether it has yet to be told what became of somebody: let in at the door, or just refused. In its thread."""
        return any(life.expects_more or life.gate.expects_word for life in self._lives)

    def catch_up(self) -> bool:
        """Take in what the kernel has to say by now, so that the counts are those of this moment.

        Returns whether a word of somebody is expected soon (see `expects_word`).
        """
        expects: list[bool] = []

        def hear() -> None:
            self._watcher.hear()
            expects.append(self.expects_word)

        with contextlib.suppress(NetworkDownError):
            self.within(hear)
        return any(expects)

    # ------------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Bind every service, serve until the block is left, and conclude the trace."""
        try:
            self._bind()
            self._publish_ca()
            async with plainly(), trio.open_nursery() as nursery:
                self._nursery = nursery
                await nursery.start(self._watcher.run)
                self._start = self._net.now()
                self._announce()
                with self._listening_to_connects():
                    for life in self._lives:
                        nursery.start_soon(life.run)
                        nursery.start_soon(self._keep_time, life, life.gate.plan)
                    try:
                        yield
                    finally:
                        await self._hear_last_words()
                        self.journal.add(TakenDown(t=self.elapsed()))
                        nursery.cancel_scope.cancel()
        finally:
            self._watcher.hear()
            self._watcher.close()
            self._conclude()
            for life in self._lives:
                life.door.close()
                if life.datagrams is not None:
                    life.datagrams.close()
            self._stack.close()

    def _prepare(self, plan: ServicePlan) -> ServiceLife:
        record = Record(plan.name, self.journal, self.elapsed)
        life: ServiceLife
        door = Door(self._net, plan.address, plan.port)
        gate = Gate(plan, door, record, lambda: self._wake(life), self._net.pause)
        life = ServiceLife(gate, self._net)
        return life

    def _bind(self) -> None:
        for life in self._lives:
            life.gate.settle()
            if life.datagrams is not None:
                life.datagrams.bind()

    def _publish_ca(self) -> None:
        if any(service.tls is not None for service in self.plan.services):
            self._trust = self._stack.enter_context(trust_on_disk())

    def _announce(self) -> None:
        for life in self._lives:
            plan = life.gate.plan
            speaks = plan.speaks.speaks
            life.record.add(ServiceUp, address=plan.address, port=plan.port, speaks=speaks)
            self._plan_for(life, plan)
            life.gate.announce_door()

    def _plan_for(self, life: ServiceLife, plan: ServicePlan) -> None:
        for planned in plan.faults:
            fault = planned.fault
            self._planned.append((life.record, planned))
            life.record.add(
                Planned,
                fault=planned.number,
                kind=fault.kind,
                when=str(fault.when),
                required=fault.must_strike,
                promise=plan.promise(planned),
            )
        if not plan.takes_all_alike:
            self._watcher.attend()

    @contextlib.contextmanager
    def _listening_to_connects(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for life in self._lives:
                stack.enter_context(self._net.listen_to_connects(life.door.endpoint, life.gate.announced))
            neighbours = self._watcher.neighbours
            for address in neighbours.addresses:
                stack.enter_context(self._net.listen_to_neighbours(address, neighbours.dialled))
            yield

    def _wake(self, life: ServiceLife) -> None:
        """From any thread: the door of that service was switched, or an attempt announced."""

        def wake() -> None:
            life.wake()
            self._watcher.wake()

        def wake_and_hear() -> None:
            wake()
            self._watcher.hear()

        if threading.get_ident() == self._thread:
            wake()
            return
        self._watcher.gather()
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(wake_and_hear)

    def switch(self, life: ServiceLife, faults: tuple[Fault, ...]) -> None:
        """Give a service other faults; in the world's thread (see `ServiceHandle.set`)."""
        first = 1 + sum(record is life.record for record, _ in self._planned)
        plan = life.gate.plan.with_faults(faults, first)
        self._plan_for(life, plan)
        life.switch(plan)
        assert self._nursery is not None, "faults are switched while the world is up"
        self._nursery.start_soon(self._keep_time, life, plan)

    async def _keep_time(self, life: ServiceLife, plan: ServicePlan) -> None:
        """Switch the door at the edges of each `during`."""
        for edge in plan.edges():
            await trio.sleep(max(0.0, edge - self.elapsed()))
            if life.gate.plan is not plan:
                return  # switched live since then
            try:
                life.gate.settle()
            except AddressInUseError as error:
                life.gate.could_not_take(error)
            life.wake()

    async def _hear_last_words(self) -> None:
        """Let in who is at the door, and let the kernel tell what became of those who were just refused."""
        if trio.current_effective_deadline() == -math.inf:
            return  # cancelled: nobody is there any more to accept
        with trio.move_on_after(LAST_WORDS, shield=True):
            await self._watcher.hear_the_latest()
            while self.expects_word:  # noqa: ASYNC110 - see below
                await trio.sleep(0.002)  # many tasks and the kernel's work queue bring it, in no order

    def _conclude(self) -> None:
        for life in self._lives:
            life.gate.conclude()
        for record, planned in self._planned:
            record.not_reached(planned)
        self.journal.add(WorldDown(t=self.elapsed()))


def _dialled_outside(record: Record, address: str, port: int, transport: str) -> None:
    record.add(Outside, address=address, port=port, transport=transport)

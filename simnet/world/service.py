"""The life of one fake service: its accept loop, and what connections meet on the way in.

Law: an accept loop of our own, because trio's `serve_listeners` hides EMFILE and an accept that fails is an event here.
Connections are numbered in the order of accept, so what the n-th meets is known before it is accepted.
"""

from __future__ import annotations

import contextlib
import errno
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import assert_never

import trio

from simnet.faults.contract import Direction
from simnet.plan.plan import Chosen, ServicePlan
from simnet.services.contract import Query, Transport
from simnet.trace.events import Accepted, AcceptFailed
from simnet.values import Endpoint
from simnet.verdicts.accept import AcceptVerdict, Close, Reset, Starve, Wait
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.query import Question
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.world.datagrams import Datagrams
from simnet.world.dismissal import Dismissal
from simnet.world.gate import Gate
from simnet.world.inquiry import Asked, Inquiry
from simnet.world.kernel.options import set_min_ttl
from simnet.world.ledger import Ledger
from simnet.world.network import Network, Starved, StreamSocket
from simnet.world.relay import Ear, Relay
from simnet.world.talk import Talk
from simnet.world.tls.certificates import Identity
from simnet.world.tls.handshake import Secured

__all__ = ["ServiceLife"]

STARVED_POLL = 0.02
"""Seconds between two looks at the accept queue while nothing can be accepted."""

TROUBLE_PAUSE = 0.05
"""Seconds until accept is tried again after it failed in our own process (a machine in need)."""


class ServiceLife:
    """One service while the world is up."""

    def __init__(self, gate: Gate, net: Network) -> None:
        self.gate, self.door, self.record = gate, gate.door, gate.record
        self.connections = 0
        self.requests = 0
        self.ledger = Ledger()
        self._numbered = 0
        self._open = 0
        self._keeps = False
        self._net = net
        self._asleep, self._kept = trio.CancelScope(), trio.CancelScope()
        self._asked: Counter[Question] = Counter()
        plan = gate.plan
        self.datagrams = Datagrams(plan, self, net) if Transport.UDP in plan.speaks.transports else None
        self._identity = None if plan.tls is None else Identity(plan.tls, plan.address)
        self.ear: Ear | None = None
        """Who overhears what a proxy passes on."""

    def wake(self) -> None:
        """Look again: the door, the plan or the time has changed. In the Trio thread."""
        self._asleep.cancel()

    def switch(self, plan: ServicePlan) -> None:
        """From now on this is the plan, also for those who wait in the accept queue, though they came by the old one.

        In the Trio thread.
        """
        if self._somebody_waits():
            self._number_the_queue()
        self.gate.switch(plan)
        self._kept.cancel()
        self.wake()

    @property
    def expects_more(self) -> bool:
        """Whether a connection is about to be accepted (and is not kept waiting on purpose), or a proof to come."""
        return self.record.expects_proof or (not self._keeps and self._somebody_waits())

    async def run(self) -> None:
        """Accept and converse until cancelled."""
        async with trio.open_nursery() as nursery:
            if self.datagrams is not None:
                nursery.start_soon(self.datagrams.run)
            while True:
                await self._until_somebody_waits()
                number, plan = self.connections + 1, self.gate.plan
                met = plan.accept(number, self.record.elapsed())
                if met:
                    self._number_the_queue()
                if starved := self._starved(met):
                    await self._starve(starved)
                    continue
                await self._keep_waiting(number, met)
                if self.gate.plan is plan and (accepted := await self._accept()) is not None:
                    self._welcome(*accepted, met, nursery)

    async def _until_somebody_waits(self) -> None:
        while not self._somebody_waits():
            await self._sleep()

    def _somebody_waits(self) -> bool:
        return self.door.has_beside() or (self.door.state.accepts and self.door.waiting()[0] > 0)

    async def _sleep(self) -> None:
        """Until woken, or until the listener has somebody."""
        with trio.CancelScope() as self._asleep:
            if self.door.state.accepts and self.door.socket is not None:
                await self._net.wait_readable(self.door.socket)
            else:
                await trio.sleep_forever()

    async def _accept(self) -> tuple[StreamSocket, tuple[str, int]] | None:
        try:
            return self.door.accept()
        except OSError as error:  # of our own process: this is not a fault of the scenario
            self.record.add(AcceptFailed, errno=errno.errorcode.get(error.errno or 0, str(error)))
            await trio.sleep(TROUBLE_PAUSE)
            return None

    def _welcome(
        self, sock: StreamSocket, client: tuple[str, int], met: Sequence[Chosen[AcceptVerdict]], nursery: trio.Nursery
    ) -> None:
        self.connections += 1
        self._introduce(sock, self.connections, client)
        self._open += 1
        nursery.start_soon(self._attend, sock, self.connections, met)

    def _introduce(self, sock: StreamSocket, number: int, client: tuple[str, int]) -> None:
        cookie = 0
        if self.gate.tries or not self.gate.plan.takes_all_alike:  # an earlier plan may have counted who waited here
            set_min_ttl(sock, on=False)  # inherited, if the door was dropping
            row = self._net.diag.find(client, self.door.endpoint)
            cookie = row.cookie if row is not None else 0
        attempt = self.gate.accepted(cookie, client)
        how = "simultaneous open" if attempt.admitted else "accept"
        self.record.add(Accepted, connection=number, attempt=attempt.number, client=str(Endpoint(*client)), how=how)

    async def _attend(self, sock: StreamSocket, number: int, met: Sequence[Chosen[AcceptVerdict]]) -> None:
        try:
            with sock:
                ending = next((c for c in met if isinstance(c.verdict, Reset | Close)), None)
                if ending is None:
                    await self._converse(sock, number)
                else:
                    dismissal = Dismissal(sock, number, ending.planned, self.record, self._net)
                    await (dismissal.with_rst() if isinstance(ending.verdict, Reset) else dismissal.with_fin())
        finally:
            self._open -= 1
            self.wake()

    async def _converse(self, sock: StreamSocket, number: int) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        plan, now = self.gate.plan, self.record.elapsed()
        secure = None
        if self._identity is not None:
            secure = partial(Secured, identity=self._identity, chosen=plan.handshake(number, now))
        if plan.upstream is not None:
            await Relay(sock, number, self, self._net, self.ear).run(plan.upstream)
        else:
            talk = Talk(sock, number, self, self._net, uploads=plan.upload(number, now), secure=secure)
            await talk.converse(plan.speaks)

    def replies(
        self, connection: int, request: int | None, towards: Direction = Direction.TO_CLIENT
    ) -> tuple[Chosen[ReplyVerdict], ...]:
        """What a reply meets now, by the plan; or what is passed on to the upstream."""
        return self.gate.plan.reply(connection, request, self.record.elapsed(), towards)

    def requests_meet(self, connection: int, request: int) -> tuple[Chosen[RequestVerdict], ...]:
        """What a request meets now, by the plan."""
        return self.gate.plan.request(connection, request, self.record.elapsed())

    def rests(self, connection: int, request: int) -> tuple[Chosen[RestVerdict], ...]:
        """What a connection meets that is at rest from now on, by the plan."""
        return self.gate.plan.rest(connection, request, self.record.elapsed())

    def next_request(self) -> int:
        """Give a number to a request whose head has come; it keeps it though it may never be there whole."""
        self._numbered += 1
        return self._numbered

    def request_is_there(self) -> None:
        """Count a request."""
        self.requests += 1

    def inquiry(self, query: Query, request: int, client: str) -> Inquiry:
        """A query that has just arrived: what it meets now, and how often the same was asked before."""
        met = self.gate.plan.query(query.question, request, self.record.elapsed())
        turn = self._asked[query.question]
        self._asked[query.question] += 1
        return Inquiry(Asked(query, request, client, turn), met, self.record)

    def meets(self, request: int) -> tuple[Chosen[DatagramVerdict], ...]:
        """What a datagram meets now, by the plan."""
        return self.gate.plan.datagram(request, self.record.elapsed())

    async def _keep_waiting(self, number: int, met: Sequence[Chosen[AcceptVerdict]]) -> None:
        """Leave the connection in the accept queue for as long as the plan wants it, or until that is switched live."""
        for chosen in met:
            match chosen.verdict:
                case Wait(seconds):
                    began, (waiting, _) = self.record.elapsed(), self.door.waiting()
                    with self._keeping(), trio.CancelScope() as self._kept:
                        await trio.sleep(seconds)
                    waited = round(self.record.elapsed() - began, 4)
                    target = f"connection {number}"
                    self.record.applied(chosen.planned, target, accept_queue=waiting, seconds=waited)
                    if self._kept.cancelled_caught:
                        return
                case Reset() | Close() | Starve():
                    pass
                case never:
                    assert_never(never)

    def _starved(self, met: Sequence[Chosen[AcceptVerdict]]) -> Chosen[AcceptVerdict] | None:
        for chosen in met:
            if isinstance(chosen.verdict, Starve) and self._open >= chosen.verdict.free:
                return chosen
        return None

    async def _starve(self, starved: Chosen[AcceptVerdict]) -> None:
        """Accept in vain, in the child, until the plan or a closed connection makes room."""
        if self.door.socket is None:
            return
        async with self._net.starving(self.door.socket) as acceptor:
            with self._keeping():
                told = 0
                while self._still(starved):
                    told = await self._tell_those_who_came(acceptor, starved, told)
                    await self._until_another_look()

    async def _until_another_look(self) -> None:
        with trio.CancelScope() as self._asleep:
            await self._net.look_again(STARVED_POLL)

    async def _tell_those_who_came(self, acceptor: Starved, starved: Chosen[AcceptVerdict], told: int) -> int:
        waiting = self.door.waiting()[0]
        if waiting > told:
            self._number_the_queue()
        for queued in range(told, waiting):
            await self._accept_in_vain(acceptor, starved, self.connections + 1 + queued)
        return waiting

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        self._keeps = True
        try:
            yield
        finally:
            self._keeps = False

    def _number_the_queue(self) -> None:
        """Count those who are connected and wait: they have made their attempt, accepted or not."""
        for row in self._net.diag.queued_at(self.door.endpoint):
            self.gate.queued(row.cookie, row.local)

    def _still(self, starved: Chosen[AcceptVerdict]) -> bool:
        met = self.gate.plan.accept(self.connections + 1, self.record.elapsed())
        now = self._starved(met)
        return now is not None and now.planned == starved.planned and self.door.state.accepts

    async def _accept_in_vain(self, acceptor: Starved, starved: Chosen[AcceptVerdict], number: int) -> None:
        name, target = await acceptor.try_accept(), f"connection {number}"
        if name == "EMFILE":
            self.record.add(AcceptFailed, errno=name)
            self.record.applied(starved.planned, target, errno=name, accept_queue=self.door.waiting()[0])
        else:
            self.record.failed(starved.planned, target, "accept did not fail with EMFILE", errno=name or "none")

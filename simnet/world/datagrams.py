"""The datagrams of one service: each is numbered as it arrives, and meets what the plan has for that number.

Law: nothing waits for anything else, for UDP keeps no order: what a fault holds back lets the others pass. A datagram
is in the trace when the kernel has delivered it, an answer when the kernel has taken it. What the kernel itself drops
(a burst larger than the receive buffer) is no fault of the scenario's, and is told at the end.
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import trio

from simnet.errors import AddressInUseError, MachineError
from simnet.plan.plan import Chosen, ServicePlan
from simnet.services.contract import Query
from simnet.trace.events import DatagramIn, DatagramOut, ServiceTrouble
from simnet.values import Endpoint
from simnet.verdicts.datagram import DatagramVerdict, Direction
from simnet.world.inquiry import Inquiry
from simnet.world.network import DatagramSocket, Network
from simnet.world.passage import Passage
from simnet.world.peers import Peers
from simnet.world.record import Record

__all__ = ["Datagrams"]

LARGEST = 65_535
"""Bytes; no datagram of IPv4 is larger (RFC 768, RFC 791 section 3.1)."""


class Host(Protocol):
    """The service whose datagrams they are."""

    record: Record

    def meets(self, request: int) -> tuple[Chosen[DatagramVerdict], ...]:
        """What the datagram of that number meets now."""

    def next_request(self) -> int:
        """The number of a datagram that has just arrived."""

    def request_is_there(self) -> None:
        """A datagram has arrived."""

    def inquiry(self, query: Query, request: int, client: str) -> Inquiry:
        """A query that has just arrived, with what it meets."""


@dataclass(slots=True)
class _Arrived:
    """A datagram that was delivered."""

    number: int
    data: bytes
    client: tuple[str, int]
    met: tuple[Chosen[DatagramVerdict], ...] = field(default=())

    @property
    def name(self) -> str:
        return str(Endpoint(*self.client))


class Datagrams:
    """The UDP half of a service while the world is up."""

    def __init__(self, plan: ServicePlan, host: Host, net: Network) -> None:
        self._speaks, self._endpoint = plan.speaks, plan.endpoint
        self._host, self._net = host, net
        self._socket: DatagramSocket | None = None
        self._peers = Peers(plan.speaks, host.record)
        self._passages = {way: Passage(way, host.record) for way in Direction}

    def bind(self) -> None:
        """Take the port. Raises `AddressInUseError`, or `MachineError` where it cannot be had."""
        address, port = self._endpoint
        try:
            self._socket = self._net.datagrams(address, port)
        except OSError as error:
            where = Endpoint(address, port)
            if error.errno == errno.EADDRINUSE:
                raise AddressInUseError(
                    f"UDP {where} is held by another program (EADDRINUSE); end it, or give the service another port"
                ) from None
            if error.errno == errno.EACCES:
                raise MachineError(
                    f"UDP port {port} may not be bound by you (EACCES); leave the port out, and simnet leases one"
                ) from None
            raise MachineError(f"UDP {where} cannot be bound: {error.strerror}") from error

    async def run(self) -> None:
        """Receive and answer until cancelled."""
        assert self._socket is not None, "bind() comes before run()"
        async with trio.open_nursery() as nursery:
            while True:
                data, client = await self._socket.recvfrom(LARGEST)
                arrived = _Arrived(self._host.next_request(), data, client)
                self._host.request_is_there()
                self._host.record.add(DatagramIn, request=arrived.number, client=arrived.name, count=len(data))
                arrived.met = self._host.meets(arrived.number)
                await self._let_pass(Direction.TO_SERVICE, arrived, partial(self._take, arrived, nursery), nursery)

    def close(self) -> None:
        """Give the port back, and tell what the kernel had no room for."""
        if self._socket is None:
            return
        if lost := self._socket.dropped():
            message = f"the kernel dropped {lost} datagrams: the receive buffer was full"
            self._host.record.add(ServiceTrouble, connection=0, message=message)
        self._socket.close()
        self._socket = None

    async def _let_pass(
        self, way: Direction, arrived: _Arrived, go: Callable[[], Awaitable[None]], nursery: trio.Nursery
    ) -> None:
        verdicts = tuple(one for one in arrived.met if one.verdict.direction is way)
        await self._passages[way].let_pass(arrived.number, verdicts, go, nursery)

    async def _take(self, arrived: _Arrived, nursery: trio.Nursery) -> None:
        """The service hears of it."""
        if self._speaks.converses_by_datagrams:
            self._peers.hear(arrived.client, arrived.data, partial(self._reply, arrived, nursery), nursery)
            return
        heard = self._speaks.datagram(arrived.data)
        send = partial(self._reply, arrived, nursery)
        if isinstance(heard, Sequence):
            for answer in heard:
                await send(answer)
        else:
            nursery.start_soon(self._host.inquiry(heard, arrived.number, arrived.name).answer, send)

    async def _reply(self, arrived: _Arrived, nursery: trio.Nursery, answer: bytes) -> None:
        await self._let_pass(Direction.TO_CLIENT, arrived, partial(self._send, arrived, answer), nursery)

    async def _send(self, arrived: _Arrived, answer: bytes) -> None:
        assert self._socket is not None, "it is bound while the service runs"
        try:
            count = await self._socket.sendto(answer, arrived.client)
        except OSError as error:  # a client's port 0, or more bytes than a datagram holds
            message = f"the answer to datagram {arrived.number} was not sent: {error.strerror}"
            self._host.record.add(ServiceTrouble, connection=0, message=message)
        else:
            self._host.record.add(DatagramOut, request=arrived.number, client=arrived.name, count=count)

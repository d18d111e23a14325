"""The clients of a service whose datagrams make a conversation: each is spoken with on its own.

Law: a client is an address and a port. What it sends waits for its turn; nobody waits for somebody else. There is a bound
to how many are remembered and to how much waits, as with any server of UDP, and what is beyond it is lost, and told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from simnet.services.contract import ClientNonsense, Service
from simnet.trace.events import ServiceTrouble
from simnet.world.record import Record

__all__ = ["Peers"]

MOST_CLIENTS = 1024
MOST_WAITING = 256
"""Datagrams of one client."""

Client = tuple[str, int]
Reply = Callable[[bytes], Awaitable[None]]


class _Peer:
    """One client; implements `services.scripting.peer.Peer`. Answers belong to the datagram that was heard last."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.inbox, self._taken = trio.open_memory_channel[tuple[bytes, Reply]](MOST_WAITING)
        self.scope = trio.CancelScope()
        self._reply: Reply | None = None

    @property
    def has_more(self) -> bool:
        """Whether a datagram of it waits."""
        return self._taken.statistics().current_buffer_used > 0

    async def receive(self) -> bytes:
        """See `Peer`."""
        data, self._reply = await self._taken.receive()
        return data

    async def send(self, data: bytes) -> None:
        """See `Peer`."""
        assert self._reply is not None, "a service of UDP hears before it speaks"
        await self._reply(data)

    async def wait(self, seconds: float) -> None:
        """See `Peer`."""
        await trio.sleep(seconds)

    def misheard(self, message: str) -> None:
        """See `Peer`."""
        self._record.add(ServiceTrouble, connection=0, message=message)


class Peers:
    """Who speaks with a service of UDP now."""

    def __init__(self, speaks: Service, record: Record) -> None:
        self._speaks, self._record = speaks, record
        self._known: dict[Client, _Peer] = {}

    def hear(self, client: Client, data: bytes, reply: Reply, nursery: trio.Nursery) -> None:
        """A datagram of that client; `reply` sends one back."""
        peer = self._known.pop(client, None)
        if peer is None:
            self._make_room()
            peer = _Peer(self._record)
            nursery.start_soon(self._attend, client, peer)
        self._known[client] = peer  # the last one now: who was silent longest stands first
        try:
            peer.inbox.send_nowait((data, reply))
        except trio.WouldBlock:
            peer.misheard(f"a datagram was lost: {MOST_WAITING} of that client are waiting already")

    def _make_room(self) -> None:
        if len(self._known) >= MOST_CLIENTS:
            self._known.pop(next(iter(self._known))).scope.cancel()

    async def _attend(self, client: Client, peer: _Peer) -> None:
        with peer.scope:
            while peer.has_more:
                try:
                    await self._speaks.attend(peer)
                except ClientNonsense as nonsense:
                    peer.misheard(str(nonsense))
        if self._known.get(client) is peer:
            del self._known[client]

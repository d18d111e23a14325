"""The tables that hold the virtual kernel together: who is connected to whom, and what goes from one to the other.

Law: sockets never know each other, only addresses; a segment finds its socket as in Linux, by its two ends, and gets a
RST if there is none. Time is asked of whoever has a clock.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.listeners import Listeners
from simnet.world.neighbours import Dialled
from simnet.world.network import Announce, Endpoint
from simnet.world.virtual.flow import Segment
from simnet.world.virtual.parameters import Parameters
from simnet.world.virtual.patience import longest_silence
from simnet.world.virtual.ports import ANY_FOUR, ANY_SIX, Ports, is_six
from simnet.world.virtual.remains import Remains
from simnet.world.virtual.tcb import Tcb
from simnet.world.virtual.timers import Timers

__all__ = ["Ends", "Kernel"]

Ends = tuple[Endpoint, Endpoint]


class Kernel:
    """One virtual machine with nothing but its loopback interface."""

    ttl = 64
    """With which segments arrive."""

    def __init__(self, now: Callable[[], float], parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()
        self.now = now
        self.timers = Timers()
        self.ports = Ports(self.parameters.ports)
        self.datagram_ports = Ports(self.parameters.ports)
        self.ends: dict[Ends, Tcb | Remains] = {}
        """(own end, other end) -> who is there."""
        self.listeners: dict[int, dict[int, Tcb]] = {}
        """By port, then by cookie."""
        self.counters: dict[str, int] = {}
        self.announcing = Listeners[Endpoint, Announce]()
        self.of_neighbours = Listeners[str, Dialled]()
        """Who is told of all connects to an address."""
        self.connects_are_own = False
        self.dialling: dict[int, Tcb] = {}
        """Who is in SYN_SENT, by cookie."""
        self.lookers: list[Callable[[], None]] = []
        """Who is told, once, that something has changed."""
        self.mourners: list[Callable[[Death], None]] = []
        """Who is told of destroyed sockets."""
        self._cookies = itertools.count(1)
        self._lingering: deque[Remains] = deque()

    def next_cookie(self) -> int:
        """A name for a socket, never given twice (SO_COOKIE)."""
        return next(self._cookies)

    @staticmethod
    def nowhere(six: bool) -> Endpoint:  # noqa: FBT001 - a family
        """The address of a socket that has none yet."""
        return (ANY_SIX if six else ANY_FOUR), 0

    def count(self, name: str) -> None:
        """Count up, by the name that nstat(8) writes."""
        self.counters[name] = self.counters.get(name, 0) + 1

    def touched(self) -> None:
        """Something has changed that a table shows."""
        if self.lookers:
            lookers, self.lookers = self.lookers, []
            for told in lookers:
                told()

    # From one end to the other ----------------------------------------------------------------------------

    def carry(self, sender: Tcb, segment: Segment) -> None:
        """Bring a segment to the other end."""
        target = self.at(sender.remote, sender.local)
        if sender.severed:
            self._reject(target)
        elif target is None:
            self.send_rst(sender.remote, sender.local)
        elif isinstance(target, Tcb):
            target.arrives(segment)
        elif target.wants_rst(segment):
            self.forget(target)
            self.send_rst(target.local, target.remote)
        else:
            sender.arrives(target.answer(segment, self.now() + self.parameters.time_wait))

    def _reject(self, target: Tcb | Remains | None) -> None:
        """The segment is signed, which nobody asked for."""
        self.count("TcpExtTCPMD5Unexpected")
        if isinstance(target, Tcb):
            target.drops += 1

    def send_rst(self, source: Endpoint, target: Endpoint, sender: Tcb | None = None) -> None:
        """Bring a RST to the other end; `sender`: the socket that sends it, if one does."""
        self.count("TcpOutRsts")
        found = self.at(target, source)
        if sender is not None and sender.severed:
            self._reject(found)
        elif isinstance(found, Remains):
            self.forget(found)  # tcp_rfc1337 = 0
        elif found is not None and not found.is_deaf():
            found.segments_in += 1
            found.reset()

    def at(self, local: Endpoint, remote: Endpoint) -> Tcb | Remains | None:
        """Who has these two ends."""
        self.bury()
        return self.ends.get((local, remote))

    def longest_silence(self) -> float:
        """Seconds after which keep-alive has ended every connection of which nothing is heard; 0 if none asks."""
        return max((longest_silence(one) for one in self.ends.values() if isinstance(one, Tcb)), default=0.0)

    # In and out of the tables -----------------------------------------------------------------------------

    def hash(self, tcb: Tcb) -> None:
        """Enter a connection, or somebody on the way to one."""
        self.ends[tcb.local, tcb.remote] = tcb
        self.ports.take(tcb)
        self.touched()

    def unhash(self, tcb: Tcb) -> None:
        """Strike it out."""
        self.listeners.get(tcb.local[1], {}).pop(tcb.cookie, None)
        if self.ends.get((tcb.local, tcb.remote)) is tcb:
            del self.ends[tcb.local, tcb.remote]
        self.dialling.pop(tcb.cookie, None)
        self.touched()

    def linger(self, tcb: Tcb, state: TcpState) -> None:
        """Leave what is to answer late segments in the place of `tcb`."""
        remains = Remains(tcb, state, self.now() + self.parameters.time_wait)
        self.ends[tcb.local, tcb.remote] = remains
        self.ports.take(remains)
        self._lingering.append(remains)

    def bury(self) -> None:
        """Take out who has waited long enough, or was replaced."""
        while self._lingering and self._lingering[0].until <= self.now():
            remains = self._lingering.popleft()
            if remains.until > self.now():
                self._lingering.append(remains)
                continue
            self.forget(remains)

    def forget(self, remains: Remains) -> None:
        """Nothing answers there any more: its time is over, a RST came, or a new connection takes its place."""
        self.ports.leave(remains, remains.local[1])
        if self.ends.get((remains.local, remains.remote)) is remains:
            del self.ends[remains.local, remains.remote]

    def listener(self, address: str, port: int) -> Tcb | None:
        """Who listens there: on that address first, then on every address of the family, then on every address."""
        listening = tuple(self.listeners.get(port, {}).values())
        for wanted in (address, ANY_SIX if is_six(address) else ANY_FOUR):
            for tcb in listening:
                if tcb.local[0] == wanted:
                    return tcb
        dual = (tcb for tcb in listening if tcb.local[0] == ANY_SIX and not tcb.six_only)
        return None if is_six(address) else next(dual, None)

    def destroyed(self, tcb: Tcb) -> None:
        """Nobody has it any more: tell those who asked to be told."""
        tcb.is_destroyed = True
        self.touched()
        self.ports.leave(tcb, tcb.local[1])
        death = Death(tcb.cookie, tcb.local, tcb.remote, tcb.segments_in, tcb.acknowledged)
        for told in tuple(self.mourners):
            told(death)

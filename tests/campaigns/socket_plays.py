"""Random calls on sockets, and how they are played: on Linux, and on the model of it.

Real sockets are never blocking, and have TCP_NODELAY (Nagle makes results depend on time). What depends on time or on the
size of buffers is left out of the results: see `FIN_SENT` and `_flood`.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from hypothesis import strategies as st

from simnet.world.kernel.options import set_min_ttl
from simnet.world.kernel.tcp_info import tcp_info
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.parameters import Parameters
from simnet.world.virtual.process import Process
from simnet.world.virtual.sockets import VirtualSocket
from tests.campaigns.socket_options import SETTINGS, set_and_ask, told

__all__ = ["PLAYS", "Call", "Linux", "Model", "NotModelledError", "Perform"]

RST_ON_CLOSE = struct.pack("ii", 1, 0)
LOOKED_AT = select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLERR | select.POLLHUP | select.POLLRDHUP

FIN_SENT = {"FIN_WAIT1": "FIN_WAIT", "FIN_WAIT2": "FIN_WAIT"}
"""Linux may delay its acknowledgement of a FIN by 40 ms, the model does not; no call tells them apart."""

Call = tuple[str, str, int]
"""Who, what, and a number: how many bytes, or which address."""


class Machine(Protocol):
    """Linux, or the model of it."""

    patience: float
    """Seconds in which what is on its way arrives."""

    def socket(self, family: int) -> Any:
        """A new TCP socket, not blocking."""

    def poll(self, sock: Any) -> int:
        """The mask of poll(2)."""


class Linux:
    """The real one."""

    patience = 0.5

    def socket(self, family: int) -> Any:
        """See `Machine`."""
        sock = socket.socket(family)
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def poll(self, sock: Any) -> int:
        """See `Machine`."""
        poll = select.poll()
        poll.register(sock.fileno(), LOOKED_AT)
        found = poll.poll(0)
        return found[0][1] if found else 0


class Model:
    """The virtual one, at a time that stands still."""

    patience = 0.0

    def __init__(self) -> None:
        largest = int(Path("/proc/sys/net/core/wmem_max").read_text("ascii"))
        self._kernel = Kernel(lambda: 0.0, Parameters(largest_buffer=largest))
        self._process = Process("campaign")

    def socket(self, family: int) -> VirtualSocket:
        """See `Machine`."""
        sock = VirtualSocket(self._kernel, self._process, family)
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def poll(self, sock: VirtualSocket) -> int:
        """See `Machine`."""
        return sock.poll()


# What is played ---------------------------------------------------------------------------------------------

TALK = (
    "send", "send", "send 0", "recv", "recv", "peek", "shut wr", "shut rd", "shut rdwr", "close", "abort", "poll", "poll",
    "error", "peer", "name", "state", "connect", "listen", "accept", "deafen", "flood",
)  # fmt: skip
DOOR = ("accept", "accept", "close", "listen", "shut rd", "shut wr", "shut rdwr", "poll", "deafen", "connect", "state")

OPENINGS = ("accepted", "accepted", "queued", "crossed", "none")
FAMILIES = ("four", "four", "six", "mapped")


@dataclass(frozen=True)
class Conversation:
    """A listener `l`, a client `c`, the accepted socket `s`; how they met; and what they do then."""

    family: str
    opening: str
    calls: tuple[Call, ...]

    def __str__(self) -> str:
        rows = [f"# {self.family}, {self.opening}"]
        return "\n".join([*rows, *(_written_call(call) for call in self.calls)])


def _written_call(call: Call) -> str:
    who, what, number = call
    return f"{who}.{told(number)}" if what == "option" else f"{who}.{what.replace(' ', '_')}({number})"


def conversations() -> st.SearchStrategy[Conversation]:
    """Up to fourteen calls after the opening."""
    talk = st.tuples(st.sampled_from("cs"), st.sampled_from(TALK), st.integers(1, 9))
    door = st.tuples(st.just("l"), st.sampled_from(DOOR), st.integers(0, 3))
    option = st.tuples(st.sampled_from("ccsl"), st.just("option"), st.integers(0, len(SETTINGS) - 1))
    calls = st.lists(st.one_of(talk, talk, talk, door, option), max_size=14).map(tuple)
    return st.builds(Conversation, st.sampled_from(FAMILIES), st.sampled_from(OPENINGS), calls)


@dataclass(frozen=True)
class Binding:
    """Four sockets that want the same few addresses."""

    calls: tuple[Call, ...]

    def __str__(self) -> str:
        return "\n".join(f"{who}.{what.replace(' ', '_')}({number})" for who, what, number in self.calls)


BINDS = (
    "bind", "bind", "bind", "listen", "listen", "reuse addr", "reuse addr", "reuse port", "v6only", "close", "connect",
    "connect", "abort", "accept", "shut rdwr", "name", "send", "recv",
)  # fmt: skip


def bindings() -> st.SearchStrategy[Binding]:
    """Sockets a and b are of IPv4, x and y of IPv6."""
    call = st.tuples(st.sampled_from("aabbcxy"), st.sampled_from(BINDS), st.integers(0, 5))
    return st.builds(Binding, st.lists(call, max_size=14).map(tuple))


# Playing it -------------------------------------------------------------------------------------------------


class NotModelledError(Exception):
    """The model says itself that it does not know this: no disagreement."""


def outcome(call: Callable[[], Any]) -> Any:
    """What it returned, or its errno by name."""
    try:
        return call()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, repr(error))
    except NotImplementedError as error:
        raise NotModelledError(str(error)) from None


class Stage:
    """Sockets by letter, on one machine, at one place."""

    def __init__(self, machine: Machine, place: tuple[str, int]) -> None:
        self.machine, self.place = machine, place
        self.sockets: dict[str, Any] = {}
        self.over = False

    def close(self) -> None:
        """Leave nothing behind, no TIME_WAIT either."""
        for sock in self.sockets.values():
            if sock.fileno() >= 0:
                outcome(partial(sock.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE))
            outcome(sock.close)

    def talk(self, who: str, what: str, number: int) -> Any:
        """One call and its result."""
        sock = self.sockets.get(who)
        if sock is None or self.over:
            return "nobody"
        return outcome(lambda: self._do(who, sock, what, number))

    def _do(self, who: str, sock: Any, what: str, number: int) -> Any:  # noqa: C901, PLR0911, PLR0912 - a table
        match what:
            case "send":
                return sock.send(bytes(range(65, 65 + number)))
            case "send 0":
                return sock.send(b"")
            case "recv":
                return sock.recv(number)
            case "peek":
                return sock.recv(number, socket.MSG_PEEK)
            case "shut wr":
                return sock.shutdown(socket.SHUT_WR)
            case "shut rd":
                return sock.shutdown(socket.SHUT_RD)
            case "shut rdwr":
                return sock.shutdown(socket.SHUT_RDWR)
            case "close":
                return sock.close()
            case "abort":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
                return sock.close()
            case "poll":
                return -1 if sock.fileno() < 0 else self.machine.poll(sock) & LOOKED_AT
            case "error":
                return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            case "peer":
                return bool(sock.getpeername())
            case "name":
                return self._named(sock.getsockname())
            case "state":
                return FIN_SENT.get(tcp_info(sock).state.name, tcp_info(sock).state.name)
            case "listen":
                return sock.listen(number)
            case "accept":
                return self._accept(who, sock)
            case "connect":
                return sock.connect(self._address(sock, number))
            case "deafen":
                return set_min_ttl(sock, on=True)
            case "flood":
                return self._flood(who, sock)
            case "bind":
                return sock.bind(self._address(sock, number))
            case "reuse addr":
                return sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, number % 3 > 0)
            case "reuse port":
                return sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, number % 3 > 0)
            case "option":
                return set_and_ask(sock, number, outcome)
            case "v6only":
                return sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, number % 2)
        raise AssertionError(what)

    def _named(self, name: Any) -> Any:
        """An address to compare: a port that was not asked for by number is only said to be there."""
        return name[0], name[1] if name[1] in {0, self.place[1]} else "ephemeral"

    def _address(self, sock: Any, number: int) -> Any:
        """The place of the play, or its like: the wildcard, another address."""
        address, port = self.place
        if sock.family == socket.AF_INET6:
            four = "127.0.0.1" if ":" in address else address
            return (("::1", "::", f"::ffff:{four}", "::1", "::ffff:127.0.0.1", "::1")[number % 6], port)
        return ((address, "0.0.0.0", address, "127.0.0.1", address, address)[number % 6], port)

    def _accept(self, who: str, sock: Any) -> Any:
        accepted, address = sock.accept()
        accepted.setblocking(False)  # noqa: FBT003
        letter = "s" if who == "l" else who.upper()
        if letter in self.sockets:
            self.sockets[letter + "'"] = self.sockets[letter]
        self.sockets[letter] = accepted
        return address[0]

    def _flood(self, who: str, sock: Any) -> tuple[Any, ...]:
        """Write until nothing more is taken, then let the other side read it all: did it arrive, is there room again?

        How much was taken depends on buffers, which are not compared.
        """
        other = self.sockets.get({"c": "s", "s": "c"}[who])
        if other is None or other.fileno() < 0:
            return ("nobody reads",)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        size, written, arrived = 1 << 15, 0, 0
        while (taken := outcome(lambda: sock.send(bytes(size)))) != "EAGAIN":
            if not isinstance(taken, int):
                return (taken,)
            written += taken
        full = self.machine.poll(sock) & select.POLLOUT
        until = time.monotonic() + self.machine.patience
        while arrived < written:
            got = outcome(lambda: other.recv(1 << 20))
            if isinstance(got, str) and (got != "EAGAIN" or time.monotonic() >= until):
                self.over = True  # what was not read stays in the way, and when it moves is a matter of time
                return full, got
            if not got:
                self.over = True
                return full, "end of file"
            arrived += 0 if isinstance(got, str) else len(got)
        while not self.machine.poll(sock) & select.POLLOUT and time.monotonic() < until:
            time.sleep(0.001)  # Linux may delay the last acknowledgement by 40 ms
        return full, arrived >= written, self.machine.poll(sock) & select.POLLOUT


def converse(machine: Machine, play: Conversation, place: tuple[str, int]) -> Iterator[tuple[Call, Any]]:
    """Every call with its result."""
    six = play.family != "four"
    if play.family == "six":
        place = "::1", place[1]
    stage = Stage(machine, place)
    family = socket.AF_INET6 if six else socket.AF_INET
    listener, client = machine.socket(family), machine.socket(family)
    stage.sockets |= {"l": listener, "c": client}
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(_written(place, play.family))
        listener.listen(3)
        yield from _open(stage, play)
        for call in play.calls:
            yield call, stage.talk(*call)
    finally:
        stage.close()


def _written(place: tuple[str, int], family: str) -> tuple[str, int]:
    return (f"::ffff:{place[0]}", place[1]) if family == "mapped" else place


def _open(stage: Stage, play: Conversation) -> Iterator[tuple[Call, Any]]:
    where = {"four": 0, "six": 0, "mapped": 2}[play.family]
    if play.opening == "none":
        return
    if play.opening == "crossed":
        yield ("l", "deafen", 0), stage.talk("l", "deafen", 0)
    yield ("c", "connect", where), stage.talk("c", "connect", where)
    if play.opening == "accepted":
        yield ("l", "accept", 0), stage.talk("l", "accept", 0)
    elif play.opening == "crossed":
        yield ("s", "cross", 0), outcome(lambda: _cross(stage, play))


def _cross(stage: Stage, play: Conversation) -> Any:
    """Simultaneous open: a second socket beside the listener dials the client that waits."""
    beside = stage.machine.socket(stage.sockets["c"].family)
    stage.sockets["s"] = beside
    for sock in (beside, stage.sockets["l"]):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    beside.bind(_written(stage.place, play.family))
    return beside.connect_ex(stage.sockets["c"].getsockname())


def compete(machine: Machine, play: Binding, place: tuple[str, int]) -> Iterator[tuple[Call, Any]]:
    """Every call with its result."""
    stage = Stage(machine, place)
    for letter in "abc":
        stage.sockets[letter] = machine.socket(socket.AF_INET)
    for letter in "xy":
        stage.sockets[letter] = machine.socket(socket.AF_INET6)
    try:
        for call in play.calls:
            yield call, stage.talk(*call)
    finally:
        stage.close()


Perform = Callable[..., Iterator[tuple[Call, Any]]]

PLAYS: tuple[tuple[st.SearchStrategy[Any], Perform], ...] = (
    (conversations(), converse),
    (bindings(), compete),
)

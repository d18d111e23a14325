"""The virtual kernel against Linux: the same random calls on both, every result and every errno compared.

Run as a command it is a campaign: `python tests/campaigns/conformance.py --examples 100000 --processes 2`. It prints how
many sequences agreed, and writes the smallest disagreement as a script of calls. A few hundred examples are part of the
suite (`tests/world/test_virtual_conformance.py`).

Real sockets are on addresses that are leased for the run, never blocking, with TCP_NODELAY (Nagle makes results depend on
time). A disagreement must show three times: under load a segment may arrive a moment later than the call that looks for it.
"""

from __future__ import annotations

import argparse
import errno
import itertools
import multiprocessing
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from simnet.world.kernel.options import set_min_ttl
from simnet.world.kernel.tcp_info import tcp_info
from simnet.world.lease import hold_lease
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.process import Process
from simnet.world.virtual.sockets import VirtualSocket

RST_ON_CLOSE = struct.pack("ii", 1, 0)
LOOKED_AT = select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLERR | select.POLLHUP | select.POLLRDHUP

FIN_SENT = {"FIN_WAIT1": "FIN_WAIT", "FIN_WAIT2": "FIN_WAIT"}
"""Linux may delay its acknowledgement of a FIN by 40 ms, the model does not; no call tells them apart."""

FIRST_PORT = 18_000
"""Below the ephemeral range, and above what other tests use."""

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

    def socket(self, family: int) -> socket.socket:
        """See `Machine`."""
        sock = socket.socket(family)
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def poll(self, sock: socket.socket) -> int:
        """See `Machine`."""
        poll = select.poll()
        poll.register(sock.fileno(), LOOKED_AT)
        found = poll.poll(0)
        return found[0][1] if found else 0


class Model:
    """The virtual one, at a time that stands still."""

    patience = 0.0

    def __init__(self) -> None:
        self._kernel = Kernel(lambda: 0.0)
        self._process = Process("campaign")

    def socket(self, family: int) -> VirtualSocket:
        """See `Machine`."""
        sock = VirtualSocket(self._kernel, self._process, family)
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
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
        return "\n".join([*rows, *(f"{who}.{what.replace(' ', '_')}({number})" for who, what, number in self.calls)])


def conversations() -> st.SearchStrategy[Conversation]:
    """Up to fourteen calls after the opening."""
    talk = st.tuples(st.sampled_from("cs"), st.sampled_from(TALK), st.integers(1, 9))
    door = st.tuples(st.just("l"), st.sampled_from(DOOR), st.integers(0, 3))
    calls = st.lists(st.one_of(talk, talk, talk, door), max_size=14).map(tuple)
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
        self.sent: dict[str, int] = {}

    def close(self) -> None:
        """Leave nothing behind, no TIME_WAIT either."""
        for sock in self.sockets.values():
            if sock.fileno() >= 0:
                outcome(lambda sock=sock: sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE))
            outcome(sock.close)

    def talk(self, who: str, what: str, number: int) -> Any:
        """One call and its result."""
        sock = self.sockets.get(who)
        if sock is None:
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
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        size, written, arrived = 1 << 15, 0, 0
        while (taken := outcome(lambda: sock.send(bytes(size)))) != "EAGAIN":
            if not isinstance(taken, int):
                return (taken,)
            written += taken
        full = self.machine.poll(sock) & select.POLLOUT
        if other is None:
            return (full,)
        until = time.monotonic() + self.machine.patience
        while arrived < written:
            got = outcome(lambda: other.recv(1 << 20))
            if isinstance(got, str) and (got != "EAGAIN" or time.monotonic() >= until):
                return full, got
            if not got:
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


# Comparing --------------------------------------------------------------------------------------------------


Perform = Callable[..., Iterator[tuple[Call, Any]]]


class Campaign:
    """Plays both and compares; counts what it has done."""

    def __init__(self, places: Iterator[tuple[str, int]]) -> None:
        self._places = places
        self.agreed = self.cut_short = self.retried = 0

    def difference(self, play: Any, perform: Perform) -> str:
        """The first call that differs, in three tries; "" if they agree."""
        for _ in range(3):
            found = self._once(play, perform)
            if not found:
                self.agreed += 1
                return ""
            self.retried += 1
        return f"{play}\n{found}"

    def _once(self, play: Any, perform: Perform) -> str:
        place = next(self._places)
        real, model = perform(Linux(), play, place), perform(Model(), play, place)
        try:
            while True:
                try:
                    expected = next(model)
                except NotModelledError:
                    self.cut_short += 1
                    return ""
                except StopIteration:
                    return ""
                seen = next(real)
                if seen != expected:
                    return f"# {seen[0]}: Linux says {seen[1]!r}, the model {expected[1]!r}"
        finally:
            real.close()  # type: ignore[attr-defined]
            model.close()  # type: ignore[attr-defined]


def places(blocks: Iterator[str], first_port: int) -> Iterator[tuple[str, int]]:
    """A fresh address and port for each play, so that nothing of an earlier one is in the way, at the wildcard neither."""
    addresses = tuple(blocks)
    for number in itertools.count():
        yield addresses[number % len(addresses)], first_port + number * 7919 % 4000


PLAYS: tuple[tuple[st.SearchStrategy[Any], Perform], ...] = (
    (conversations(), converse),
    (bindings(), compete),
)


def run(examples: int, start: int) -> tuple[Campaign, str]:
    """Half conversations, half bindings, drawn from seed `start` on; the campaign, and its smallest disagreement or ""."""
    with hold_lease(200) as lease:
        campaign = Campaign(places(lease.addresses(), FIRST_PORT + start % 3 * 4000))
        for strategy, perform in PLAYS:
            found = _first_difference(campaign, strategy, perform, examples // len(PLAYS), start)
            if found:
                return campaign, found
        return campaign, ""


def _first_difference(
    campaign: Campaign, strategy: st.SearchStrategy[Any], perform: Perform, examples: int, start: int
) -> str:
    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def agree(play: Any) -> None:
        found = campaign.difference(play, perform)
        assert not found, found

    try:
        agree()
    except AssertionError as difference:
        return str(difference)
    return ""


def main() -> int:
    """Run the campaign; 1 if there is a disagreement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=2000, help="how many sequences of calls, in all")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--script", type=Path, default=Path("disagreement.txt"), help="where the smallest one is written")
    asked = parser.parse_args()
    began, share = time.monotonic(), asked.examples // asked.processes
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        done = pool.starmap(_report, [(share, asked.seed + number) for number in range(asked.processes)])
    agreed, cut_short, retried = (sum(one[at] for one in done) for at in range(3))
    seconds = time.monotonic() - began
    print(f"{agreed} sequences agreed in {seconds:.0f} s; {cut_short} of them up to a call that the model refuses;")
    print(f"{retried} were played again because Linux was late")
    found = next((one[3] for one in done if one[3]), "")
    if found:
        asked.script.write_text(found + "\n", encoding="utf-8")
        print(f"and one disagrees, see {asked.script}:\n{found}")
    return int(bool(found))


def _report(examples: int, start: int) -> tuple[int, int, int, str]:
    campaign, found = run(examples, start)
    return campaign.agreed, campaign.cut_short, campaign.retried, found


if __name__ == "__main__":
    sys.exit(main())

"""A plain client: blocking sockets, one timeout, no cleverness; it says what its kernel told it.

Law: what is `Seen` comes from this client's own system calls and its own socket (TCP_INFO), never from the scenario:
the client does not know which fault it meets. It asks the same small question a few times on one connection, so that
a fault shows in the rhythm of the answers too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import socket
import ssl
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from simnet.trace.wording import plural, seconds, size
from simnet.world.kernel.tcp_info import tcp_info

__all__ = [
    "ANSWERED", "BROKEN", "END_OF_FILE", "PATIENCE", "TIMED_OUT", "PlainClient", "Seen", "Step", "name_of",
]  # fmt: skip

PATIENCE = 2.5
"""Seconds that it waits for any one thing: more than a handshake with one lost SYN (1 s, RFC 6298 section 2)."""

ENOUGH = 2.0
"""Seconds after which it asks no further question: it has seen how it goes."""

PAUSE = 0.01
"""Seconds between two questions, so that they do not share one moment of a bad line."""

KNOCK = 0.25
"""Seconds for an acknowledgement; loopback's delayed one takes 40 ms at most (TCP_DELACK_MIN)."""

SLOW = 0.05
"""Seconds from which on a thing was not quick: loopback takes a thousandth of that."""

TIMED_OUT, END_OF_FILE, ANSWERED = "timed out", "end of file", "answered"
BROKEN = "broken HTTP"


class Step:
    """Where it was when it ended: the system call."""

    SOCKET, BIND, CONNECT, HANDSHAKE = "socket", "bind", "connect", "do_handshake"
    SEND, RECV, DONE = "send", "recv", ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plain client met. Times are in seconds.

    `what`: an errno by name, what TLS finds wrong, `timed out` (its own patience), `end of file`, or `answered`; `step`: in which call.
    """

    what: str
    step: str
    seconds: float
    connect_seconds: float | None = None
    answers: tuple[float, ...] = ()
    """How long each whole answer took."""
    received: int = 0
    reads: int = 0
    unacknowledged: int = 0
    """Segments of its own that the peer's kernel has not acknowledged at the end (tcpi_unacked)."""
    retransmitted: int = 0
    """Segments that its kernel sent again (tcpi_total_retrans)."""
    words: str = ""
    """What a client without a connection has to say, in words."""
    replies: tuple[str, ...] = ()
    """What was answered, in words; of a client that speaks HTTP."""

    def __str__(self) -> str:
        if self.words:
            return self.words
        parts = (self._connecting(), self._before(), self._ending(), self._beneath())
        return ", ".join(part for part in parts if part)

    def _connecting(self) -> str:
        slow = self.connect_seconds is not None and self.connect_seconds >= SLOW
        return f"connected after {seconds(self.connect_seconds or 0)}" if slow else ""

    def _before(self) -> str:
        """What it got until it ended, if it ended otherwise than well."""
        if self.replies:
            return self._said()
        if self.what == ANSWERED:
            return ""
        return f"{size(self.received)}" if self.received else ""

    def _said(self) -> str:
        """The replies; equal ones once."""
        told = {reply: self.replies.count(reply) for reply in self.replies}
        return ", ".join(f"{reply} ×{count}" if count > 1 else reply for reply, count in told.items())

    def _ending(self) -> str:
        match self.what:
            case "answered" if self.replies:
                return self._rhythm()
            case "answered":
                return " ".join(filter(None, (plural(len(self.answers), "answer"), self._pieces(), self._rhythm())))
            case "end of file":
                return f"then {self.what}" if self.received else f"{self.what}, no answer"
            case broken if broken.startswith(BROKEN):
                return f"then {broken}" if self.received else broken
            case name:
                ending = f"{self.step}() {name}" if name == TIMED_OUT else f"{name} from {self.step}()"
                return f"then {ending}" if self.received else ending

    def _pieces(self) -> str:
        pieces = round(self.reads / len(self.answers))
        return f"in {pieces} pieces each," if pieces > 1 else ""

    def _rhythm(self) -> str:
        quickest, slowest = min(self.answers), max(self.answers)
        if slowest < SLOW:
            return "at once"
        if quickest < SLOW:
            return (
                f"at once but one: {seconds(slowest)}"
                if self._slow == 1
                else f"({self._slow} late: {seconds(slowest)} at most)"
            )
        return f"after {_span(quickest, slowest)}"

    @property
    def _slow(self) -> int:
        return sum(answer >= SLOW for answer in self.answers)

    def _beneath(self) -> str:
        if self.what == TIMED_OUT and self.step == Step.RECV:
            return "nothing acknowledged" if self.unacknowledged else "still acknowledged"
        if self.retransmitted and not self.replies and self.connect_seconds is not None:
            return f"{plural(self.retransmitted, 'segment')} sent again"
        return ""


@dataclass(slots=True)
class PlainClient:
    """One client and one connection: `PlainClient(address, port).ask()`. With `ca` it speaks TLS and trusts that CA."""

    address: str
    port: int
    greeting: bytes = b"twenty bytes of hi!\n"
    rounds: int = 12
    patience: float = PATIENCE
    ca: Path | None = None
    _began: float = field(default=0.0, init=False)
    _connected: float | None = field(default=None, init=False)
    _answers: list[float] = field(default_factory=list, init=False)
    _received: int = field(default=0, init=False)
    _reads: int = field(default=0, init=False)
    _step: str = field(default=Step.CONNECT, init=False)

    def ask(self) -> Seen:
        """Connect, send `greeting` and wait for as many bytes, `rounds` times at most; never raises an OSError."""
        self._began = time.monotonic()
        try:
            made = socket.socket(self._family, socket.SOCK_STREAM)
        except OSError as error:
            return Seen(name_of(error), Step.SOCKET, self._elapsed())
        with self._spoken(made) as sock:
            sock.settimeout(self.patience)
            try:
                self._connect(sock)
                what = self._converse(sock)
            except TimeoutError as error:
                what = TIMED_OUT if error.errno is None else name_of(error)  # ETIMEDOUT is a TimeoutError too
                self._knock(sock)
            except OSError as error:
                what = name_of(error)
            return self._seen(what, sock)

    def take(self) -> Seen:
        """Be a server instead: bind the address and listen."""
        self._began, self._step = time.monotonic(), Step.BIND
        with socket.socket(self._family, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((self.address, self.port))
            except OSError as error:
                return Seen(name_of(error), Step.BIND, self._elapsed())
            return Seen("bound", Step.BIND, self._elapsed())

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def _spoken(self, sock: socket.socket) -> socket.socket:
        """The socket, with TLS on it if that is spoken."""
        if self.ca is None:
            return sock
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python's own default, which Debian's has not
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # set by some versions of Python; a cut shall be seen as one
        return context.wrap_socket(
            sock, server_hostname=self.address, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )

    def _connect(self, sock: socket.socket) -> None:
        sock.connect((self.address, self.port))
        self._connected = self._elapsed()
        if isinstance(sock, ssl.SSLSocket):
            self._step = Step.HANDSHAKE
            sock.do_handshake()

    def _converse(self, sock: socket.socket) -> str:
        for number in range(self.rounds):
            time.sleep(PAUSE if number else 0)
            asked = time.monotonic()
            self._step = Step.SEND
            sock.sendall(self.greeting)
            self._step = Step.RECV
            if not self._hear(sock):
                return END_OF_FILE
            self._answers.append(time.monotonic() - asked)
            if self._elapsed() > ENOUGH:
                break
        self._step = Step.DONE
        return ANSWERED

    def _knock(self, sock: socket.socket) -> None:
        """After waiting in vain, send once more: does the peer's kernel still acknowledge?"""
        if self._step != Step.RECV:
            return
        with contextlib.suppress(OSError):
            sock.send(self.greeting)
            until = time.monotonic() + KNOCK
            while tcp_info(sock).unacked and time.monotonic() < until:
                time.sleep(0.001)

    def _hear(self, sock: socket.socket) -> bool:
        """Read a whole answer; False at the end of file."""
        missing = len(self.greeting)
        while missing:
            data = sock.recv(missing)
            if not data:
                return False
            self._reads += 1
            self._received += len(data)
            missing -= len(data)
        return True

    def _seen(self, what: str, sock: socket.socket) -> Seen:
        try:
            info = tcp_info(sock)
            beneath = info.unacked, info.total_retransmits
        except OSError:
            beneath = 0, 0
        answers = tuple(self._answers)
        return Seen(what, self._step, self._elapsed(), self._connected, answers, self._received, self._reads, *beneath)

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _span(least: float, most: float) -> str:
    """`100 to 112 ms`, or one figure where the two do not differ by much."""
    if most < 1:
        low, high = round(least * 1000), round(most * 1000)
        return f"{high} ms" if high - low < 2 else f"{low} to {high} ms"
    return f"{least:.2f} to {most:.2f} s"


def name_of(error: OSError) -> str:
    """The errno by name; of TLS, what the library says."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.partition(",")[0].lower()
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def main(address: str, port: str) -> None:
    """Ask once and print what was seen as JSON: for a client that has to be a program of its own."""
    print(json.dumps(dataclasses.asdict(PlainClient(address, int(port)).ask())))


if __name__ == "__main__":
    main(*sys.argv[1:])

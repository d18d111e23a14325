"""Names of the scenario, looked up in this process: `socket.getaddrinfo` really asks simnet's resolver.

Law: every look-up of such a name is a query on the wire, counted and struck like any other, and fails as the C library's
would (getaddrinfo(3); resolv.conf(5) for patience): nothing is answered from the plan. Every other name goes to the true
functions, untouched. asyncio, Trio, anyio, httpx, requests, aiohttp and urllib look names up by these functions, in a
thread or not; a name that is given to connect(2) itself (`sock.connect(("api.test", 80))`) is looked up in C and is not.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

__all__ = ["Stub", "resolving"]

Endpoint = tuple[str, int]

_KINDS: dict[int, tuple[str, ...]] = {socket.AF_UNSPEC: ("A", "AAAA"), socket.AF_INET: ("A",), socket.AF_INET6: ("AAAA",)}
_TRANSIENT = {dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED}
"""glibc asks the next server, or once more, after these (resolv/res_send.c)."""

_NODATA = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)
_active = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub resolver with one server. `timeout`: seconds for an answer; `attempts`: how often it asks (resolv.conf(5))."""

    server: Endpoint
    timeout: float
    attempts: int

    def addresses(self, name: str, family: int) -> tuple[str, ...]:
        """The addresses of `name`, ::1 before 127.0.0.1 (RFC 6724 section 2.1). Raises `socket.gaierror`."""
        if family not in _KINDS:
            raise socket.gaierror(socket.EAI_FAMILY, "ai_family not supported")
        heard = self._ask([dns.message.make_query(name, kind) for kind in _KINDS[family]])
        found = [str(rdata) for answer in heard if answer is not None for rdata in _addresses_in(answer)]
        if found:
            return tuple(sorted(dict.fromkeys(found), key=lambda address: ":" not in address))
        codes = {None if answer is None else answer.rcode() for answer in heard}
        if codes & {None, *_TRANSIENT}:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if dns.rcode.NXDOMAIN in codes:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise socket.gaierror(_NODATA, "No address associated with hostname")

    def _ask(self, queries: Sequence[dns.message.Message]) -> list[dns.message.Message | None]:
        """The answer to each; None where none came."""
        answers: dict[int, dns.message.Message] = {}
        for _ in range(self.attempts):
            open_ = [q for q in queries if q.id not in answers or answers[q.id].rcode() in _TRANSIENT]
            if not open_:
                break
            answers |= self._ask_once(open_)
        return [answers.get(query.id) for query in queries]

    def _ask_once(self, queries: Sequence[dns.message.Message]) -> dict[int, dns.message.Message]:
        """Send all, as glibc does with A and AAAA, and wait; what is no answer to one of them is not listened to."""
        answers: dict[int, dns.message.Message] = {}
        family = socket.AF_INET6 if ":" in self.server[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock, contextlib.suppress(TimeoutError, ConnectionRefusedError):
            sock.connect(self.server)
            for query in queries:
                sock.send(query.to_wire())
            until = time.monotonic() + self.timeout
            while len(answers) < len(queries):
                sock.settimeout(max(0.001, until - time.monotonic()))
                for query, answer in _match(queries, sock.recv(65535)):
                    answers[query.id] = self._whole(query, answer)
        return answers

    def _whole(self, query: dns.message.Message, answer: dns.message.Message) -> dns.message.Message:
        """The answer, asked for again over TCP if it was truncated (RFC 7766 section 5)."""
        if not answer.flags & dns.flags.TC:
            return answer
        try:
            return dns.query.tcp(query, self.server[0], self.timeout, self.server[1])
        except (OSError, EOFError, dns.exception.DNSException):
            return dns.message.make_response(query)  # as if there were nothing in it


def _match(
    queries: Sequence[dns.message.Message], data: bytes
) -> Iterator[tuple[dns.message.Message, dns.message.Message]]:
    """The query that a datagram answers, with the answer; nothing, if it is junk."""
    with contextlib.suppress(dns.exception.DNSException):
        answer = dns.message.from_wire(data, ignore_trailing=True)
        yield from ((query, answer) for query in queries if query.is_response(answer))


def _addresses_in(answer: dns.message.Message) -> Iterator[Any]:
    kinds = (dns.rdatatype.A, dns.rdatatype.AAAA)
    return (rdata.address for rrset in answer.answer if rrset.rdtype in kinds for rdata in rrset)


@contextlib.contextmanager
def resolving(names: frozenset[str], stub: Stub, check_thread: Callable[[], None]) -> Iterator[None]:
    """Answer for `names` in this process, all threads included, until the block is left.

    Raises `RuntimeError` if another network answers for names already: whose would a name be? `check_thread` is called
    before each query, to refuse one by the thread that would have to answer it.
    """
    if not _active.acquire(blocking=False):
        raise RuntimeError("another network resolves names in this process; leave its `resolving()` block first")
    before = socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex
    try:
        asking = _Asking(names, stub, check_thread, *before)
        socket.getaddrinfo = asking.getaddrinfo
        socket.gethostbyname = asking.gethostbyname
        socket.gethostbyname_ex = asking.gethostbyname_ex
        yield
    finally:
        socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex = before
        _active.release()


@dataclass(frozen=True, slots=True)
class _Asking:
    """The three functions of the socket module, for the names that are ours; anybody else's go to the true ones."""

    names: frozenset[str]
    stub: Stub
    check_thread: Callable[[], None]
    true_getaddrinfo: Callable[..., Any]
    true_gethostbyname: Callable[[str], str]
    true_gethostbyname_ex: Callable[[str], tuple[str, list[str], list[str]]]

    def getaddrinfo(self, host: Any, port: Any, *hints: int, **named: int) -> Any:
        """See `socket.getaddrinfo`: the hints are family, type, proto and flags."""
        family, kind, proto, flags = _hints(*hints, **named)
        name = self._ours(host)
        if name is None or flags & socket.AI_NUMERICHOST:
            return self.true_getaddrinfo(host, port, family, kind, proto, flags)
        self.check_thread()
        numeric = flags & ~socket.AI_CANONNAME | socket.AI_NUMERICHOST
        found = []
        for address in self.stub.addresses(name, family):
            found += self.true_getaddrinfo(address, port, family, kind, proto, numeric)
        if flags & socket.AI_CANONNAME:
            found[0] = (*found[0][:3], name, found[0][4])
        return found

    def gethostbyname(self, host: str) -> str:
        """See `socket.gethostbyname`."""
        return self.gethostbyname_ex(host)[2][0] if self._ours(host) else self.true_gethostbyname(host)

    def gethostbyname_ex(self, host: str) -> tuple[str, list[str], list[str]]:
        """See `socket.gethostbyname_ex`."""
        name = self._ours(host)
        if name is None:
            return self.true_gethostbyname_ex(host)
        self.check_thread()
        return name, [], list(self.stub.addresses(name, socket.AF_INET))

    def _ours(self, host: object) -> str | None:
        """The name as the scenario has it, if it is one of its."""
        text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
        name = text.lower().removesuffix(".") if isinstance(text, str) else ""
        return name if name in self.names else None


def _hints(family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> tuple[int, int, int, int]:  # noqa: A002
    """The hints in their order, by position or by the names that `socket.getaddrinfo` gives them."""
    return family, type, proto, flags

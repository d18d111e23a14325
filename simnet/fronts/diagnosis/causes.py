"""From what is known to why one cannot connect, most certain first.

Law: pure. A cause that was seen comes before one that is likely, that before one that is only possible; each says what it
follows from and what to type next. What cannot be known without privileges is said to be so, never guessed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simnet.fronts.diagnosis.facts import Dial, Facts, Held
from simnet.fronts.diagnosis.nearby import meant
from simnet.trace.wording import plural

__all__ = ["Cause", "Certainty", "causes", "headline"]


TLS_ALERT = b"\x15\x03"
"""A record of type alert (21) of TLS 1.x (RFC 8446 section 5.1)."""


class Certainty(enum.Enum):
    """How sure it is, in that order."""

    SEEN = "seen"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: a name that tests and graders can rely on, a sentence, what it follows from, and the next command."""

    name: str
    certainty: Certainty
    says: str
    because: str
    try_next: str = ""


def headline(facts: Facts) -> str:
    """What happened, in one line."""
    if facts.unresolved:
        return f"{facts.asked}: the name has no address ({facts.unresolved})"
    return "; ".join(f"{dial.place}: {_met(dial)}" for dial in facts.dials)


def causes(facts: Facts) -> tuple[Cause, ...]:
    """Every cause that the facts allow, most certain first; empty only if all is well and there is nothing to say."""
    if facts.unresolved:
        return (_no_name(facts),)
    found = list(_of_several_addresses(facts))
    for dial in facts.dials:
        found += CAUSES.get(_kind(dial), _unusual)(facts, dial)
    order = list(Certainty)
    unique = {(cause.name, cause.says): cause for cause in found}
    return tuple(sorted(unique.values(), key=lambda cause: order.index(cause.certainty)))


def _kind(dial: Dial) -> str:
    return f"connected, {dial.heard}" if dial.outcome == "connected" else dial.outcome


def _met(dial: Dial) -> str:
    words = {
        "ECONNREFUSED": "connection refused (RST)",
        "timed out": f"no answer to the SYN for {dial.seconds:.1f} s",
        "connected, data": "connected, and it answers",
        "connected, FIN": "connected, then closed without a word (FIN)",
        "connected, RST": "connected, then reset (RST)",
        "connected, silence": "connected, then silence",
    }
    return words.get(_kind(dial), dial.outcome)


def _no_name(facts: Facts) -> Cause:
    host = facts.asked.rpartition(":")[0]
    because = f"the resolver said: {facts.unresolved}"
    return Cause("no_such_name", Certainty.SEEN, f"{host} has no address here", because, f"getent hosts {host}")


def _of_several_addresses(facts: Facts) -> Iterator[Cause]:
    """A name with several addresses of which only some are served: the localhost trap."""
    if len(facts.dials) < 2:
        return
    good = [dial for dial in facts.dials if dial.outcome == "connected"]
    bad = [dial for dial in facts.dials if dial.outcome != "connected"]
    if good and bad:
        first = "; clients that try only the first address fail" if bad[0] is facts.dials[0] else ""
        says = f"the name stands for {len(facts.dials)} addresses, and {bad[0].address} is not served{first}"
        because = f"{bad[0].place} {_met(bad[0])}, {good[0].place} {_met(good[0])}"
        yield Cause("localhost_trap", Certainty.SEEN, says, because, f"simnet diagnose {good[0].place}")


def _refused(facts: Facts, dial: Dial) -> Iterator[Cause]:
    same = [held for held in facts.listeners if held.port == dial.port]
    bound = [held for held in facts.leftovers if held.serves(dial.address) and held.state.name == "BOUND_INACTIVE"]
    for held in bound:
        because = f"{held.program} holds {held.place}, and the kernel has it in no listening state"
        says = "a program has bound the port and does not listen: it has not called listen(), or has shut its listener"
        yield Cause("bound_not_listening", Certainty.SEEN, says, because, _look_at(held))
    for held in same:
        yield _listens_elsewhere(dial, held)
    if not same and not bound:
        yield from _nobody(facts, dial)


def _listens_elsewhere(dial: Dial, held: Held) -> Cause:
    if held.serves(dial.address):
        because = f"{held.program} listens at {held.place}, and the kernel refused all the same"
        says = "something between you and the listener refuses: a firewall's REJECT, or a filter on the socket"
        return Cause("refused_by_filter", Certainty.LIKELY, says, because, "sudo nft list ruleset")
    six = ":" in held.address and ":" not in dial.address
    name = "ipv6_only" if six else "ipv4_only" if ":" in dial.address else "other_address"
    kind = {"ipv6_only": "on IPv6 only", "ipv4_only": "on IPv4 only", "other_address": "at another address only"}[name]
    says = f"{held.program} listens on that port {kind}: {held.place}"
    because = "each address has ports of its own, and its listener was bound to one address"
    return Cause(name, Certainty.SEEN, says, because, f"simnet diagnose {held.dialled}")


def _nobody(facts: Facts, dial: Dial) -> Iterator[Cause]:
    over = [held for held in facts.leftovers if held.serves(dial.address) and held.state.name != "BOUND_INACTIVE"]
    if over:
        count = plural(len(over), "connection")
        because = (
            f"{count} to that port {'is' if len(over) == 1 else 'are'} over and not yet forgotten ({over[0].state.name})"
        )
        yield Cause("just_ended", Certainty.SEEN, "a server was here until a moment ago and has ended", because, "ps aux")
    because = f"no socket of this machine listens on port {dial.port}, on any address"
    says = "nobody listens: the server is not running, has ended, or has not started yet"
    yield Cause("nobody_listens", Certainty.SEEN, says, because, "simnet ports")
    if near := meant(dial.port, facts.listeners):
        says = f"another port was meant: {near.program} listens at {near.place}"
        because = f"{near.port} is {dial.port} but for one slip of the fingers"
        yield Cause("another_port", Certainty.LIKELY, says, because, f"simnet diagnose {near.dialled}")
    if facts.ranges.of(dial.port).endswith("here") or dial.port >= 49152:
        says = "the port was one that the kernel chose: such a server has another one after each start"
        because = (
            f"{dial.port} is a {facts.ranges.of(dial.port)} (ports for clients; RFC 6335 section 6): a strange choice"
        )
        yield Cause("ephemeral_port", Certainty.POSSIBLE, says, because, "simnet ports")


def _unanswered(facts: Facts, dial: Dial) -> Iterator[Cause]:
    serving = [held for held in facts.listeners if held.port == dial.port and held.serves(dial.address)]
    full = [held for held in serving if held.is_full]
    for held in full:
        because = f"{plural(held.queued, 'connection')} in the queue of {held.place}, whose backlog is {held.backlog}"
        if dial.overflows:
            because += f"; ListenOverflows grew by {dial.overflows}"
        yield from _why_not_accepted(held, because, full=True)
    if full:
        return
    for held in serving:
        if dial.ttl_drops:
            because = (
                f"TCPMinTTLDrop grew by {dial.ttl_drops} and {held.place} is not full ({held.queued} of {held.backlog})"
            )
            says = f"{held.program} listens, and the kernel drops the SYN: the listener has IP_MINTTL set"
            yield Cause("dropped_by_ttl", Certainty.SEEN, says, because, _look_at(held))
        else:
            because = f"{held.place} listens and is not full ({held.queued} of {held.backlog}), and the SYN had no answer"
            says = "a filter drops the SYN: a firewall's DROP, or a BPF filter on the socket"
            yield Cause("dropped_by_filter", Certainty.LIKELY, says, because, "sudo nft list ruleset")
    if not serving:
        because = "nothing listens, and loopback would refuse at once: only a filter makes it silent"
        says = "a firewall drops the SYN (which ones there are cannot be seen without privileges)"
        yield Cause("dropped_by_filter", Certainty.LIKELY, says, because, "sudo nft list ruleset")


def _why_not_accepted(held: Held, because: str, *, full: bool) -> Iterator[Cause]:
    """Why a program does not take its connections from the queue."""
    what = "its accept queue is full" if full else "it has not accepted you"
    owner = held.owner
    if owner is not None and owner.is_stopped:
        says = f"{held.program} is stopped, so {what}"
        yield Cause("stopped", Certainty.SEEN, says, f"{because}; its state is {owner.state}", f"kill -CONT {owner.pid}")
    elif owner is not None and owner.is_starved:
        says = f"{held.program} has no file descriptor left (EMFILE from accept), so {what}"
        spent = f"{because}; it has {owner.descriptors} of {owner.limit} descriptors open"
        yield Cause("out_of_descriptors", Certainty.SEEN, says, spent, f"ls -l /proc/{owner.pid}/fd")
    else:
        name = "queue_full" if full else "not_accepted"
        says = f"{held.program} does not accept (fast enough), so {what}: it is busy, or it hangs"
        yield Cause(name, Certainty.SEEN, says, because, _look_at(held))


def _silent(facts: Facts, dial: Dial) -> Iterator[Cause]:
    serving = [held for held in facts.listeners if held.port == dial.port and held.serves(dial.address)]
    if dial.accepted is False and serving:
        because = "the kernel has completed the handshake, and no program has taken the connection from the queue"
        yield from _why_not_accepted(serving[0], because, full=False)
        return
    whose = serving[0] if serving else None
    if whose is not None and whose.owner is not None and whose.owner.is_stopped:
        yield from _why_not_accepted(whose, "the connection was accepted, and nothing came", full=False)
        return
    who = whose.program if whose else "the server"
    says = f"{who} has accepted you and says nothing: it hangs, or it waits for another protocol than HTTP"
    because = "it said nothing by itself and did not answer `GET / HTTP/1.0`"
    yield Cause("accepted_silent", Certainty.SEEN, says, because, _look_at(whose) if whose else "")


def _closed(facts: Facts, dial: Dial) -> Iterator[Cause]:
    if dial.speaks_tls:
        yield _wants_tls(dial, "it closed on plain text and answered a ClientHello")
        return
    how = "closes the connection (FIN)" if dial.heard == "FIN" else "resets the connection (RST)"
    name = "closes_at_once" if dial.heard == "FIN" else "resets"
    serving = [held for held in facts.listeners if held.port == dial.port and held.serves(dial.address)]
    who = serving[0].program if serving else "the server"
    says = f"{who} accepts and {how}: it does not like the client or the question, or its own upstream is gone"
    because = "the handshake succeeded, so port, address and firewall are right; what follows is the program's own doing"
    yield Cause(name, Certainty.SEEN, says, because, _look_at(serving[0]) if serving else "")


def _answers(_facts: Facts, dial: Dial) -> Iterator[Cause]:
    because = f"it answered with {dial.said[:24]!r}"
    if dial.said[:2] == TLS_ALERT:
        yield _wants_tls(dial, because)
        return
    speaks = "HTTP" if dial.said.startswith(b"HTTP/") else "first" if dial.unasked else "something"
    says = f"one can connect, and the server speaks {speaks}: if your client fails, it is not for want of a listener"
    yield Cause("works", Certainty.SEEN, says, because)


def _wants_tls(dial: Dial, because: str) -> Cause:
    says = "it works, and it wants TLS: a client that speaks plain text fails (use https://)"
    return Cause("wants_tls", Certainty.SEEN, says, because, f"openssl s_client -connect {dial.place}")


def _no_ports(facts: Facts, dial: Dial) -> Iterator[Cause]:
    count = facts.ranges.last - facts.ranges.first + 1
    says = "this machine has no ephemeral port left for another connection to that address"
    because = f"EADDRNOTAVAIL from connect(2); {facts.outgoing} connections to port {dial.port}, {count} ports to give"
    yield Cause("ports_exhausted", Certainty.SEEN, says, because, "ss -tan state established | wc -l")


def _no_way(_facts: Facts, dial: Dial) -> Iterator[Cause]:
    says = "the kernel has no way to that address: 127.255.255.255 is a broadcast address, or lo is down"
    yield Cause(
        "unreachable", Certainty.SEEN, says, f"{dial.outcome} from connect(2), no packet was sent", "ip addr show lo"
    )


def _no_descriptors(_facts: Facts, dial: Dial) -> Iterator[Cause]:
    says = "this very process has no file descriptor left, so it cannot even open a socket"
    yield Cause("client_out_of_descriptors", Certainty.SEEN, says, f"{dial.outcome} from socket(2)", "ulimit -n")


def _unusual(_facts: Facts, dial: Dial) -> Iterator[Cause]:
    says = "the kernel gave an error that this diagnosis has no story for"
    yield Cause("unusual", Certainty.SEEN, says, f"{dial.outcome} from connect(2)", "man 2 connect")


def _look_at(held: Held) -> str:
    return f"cat /proc/{held.owner.pid}/status" if held.owner else f"sudo ss -tlnp sport = :{held.port}"


CAUSES: Mapping[str, Callable[[Facts, Dial], Iterator[Cause]]] = {
    "ECONNREFUSED": _refused,
    "timed out": _unanswered,
    "ETIMEDOUT": _unanswered,
    "connected, silence": _silent,
    "connected, FIN": _closed,
    "connected, RST": _closed,
    "ECONNRESET": _closed,  # the RST came before connect(2) had returned
    "connected, data": _answers,
    "EADDRNOTAVAIL": _no_ports,
    "ENETUNREACH": _no_way,
    "EHOSTUNREACH": _no_way,
    "EMFILE": _no_descriptors,
    "ENFILE": _no_descriptors,
}

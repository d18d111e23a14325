"""`handshake_bound`: a peer that accepts and then says nothing is left in time.

Judged are connections on which neither a request came nor a byte of the service left (TCP is up, and TLS, a greeting or
SETTINGS is withheld), and those whose TLS handshake began and came to no end. How soon the client tries again is for
`backoff` to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import ms
from simnet.checks.per_link import Finding, TimedRunCheck
from simnet.trace.events import ClientHelloSeen, HandshakeDone, HandshakeFailed
from simnet.trace.journal import Trace
from simnet.trace.tries import UNSEEN, Asked, Link, asked_on, links_of
from simnet.values import Duration

Key = tuple[str, int]
"""Service and connection."""


@final
class HandshakeBound(TimedRunCheck):
    """A connection on which the service never says a word is closed in time."""

    name: ClassVar[str] = "handshake_bound"
    summary: ClassVar[str] = (
        "a connection on which the service never says a word, or never ends the TLS handshake, is closed in time"
    )
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P36"
    one: ClassVar[str] = "silent connection"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "10s"}

    within: Duration = Field(description="after how long the connection must be closed")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        asked = asked_on(trace)
        shaking = _shaking(trace)
        links = [link for link in links_of(trace, self.service) if _is_concerned(link, asked, shaking)]
        return len(links), self._late(trace, links, shaking)

    def _late(self, trace: Trace, links: list[Link], shaking: frozenset[Key]) -> Iterator[Finding]:
        most = self.within.seconds
        for link in links:
            what = "with its TLS handshake unfinished" if (link.service, link.number) in shaking else "without a byte"
            began = link.began
            ended = trace.events[-1].t if link.ended is None else link.ended - UNSEEN
            if ended - began > most + self.slack(most):
                verb = "was still open" if link.ended is None else "was closed"
                yield (
                    f"connection {link.number} {verb} {ms(ended - began)} after accept, {what}, expected at most {ms(most)}",
                    (),
                )


def _shaking(trace: Trace) -> frozenset[Key]:
    """The connections whose TLS handshake came to no end, good or bad."""
    began = {(e.service, e.connection) for e in trace.of(ClientHelloSeen)}
    done = {(e.service, e.connection) for e in trace.of(HandshakeDone)}
    failed = {(e.service, e.connection) for e in trace.of(HandshakeFailed)}
    return frozenset(began - done - failed)


def _is_concerned(link: Link, asked: Asked, shaking: frozenset[Key]) -> bool:
    key = link.service, link.number
    return (link.last_out is None or key in shaking) and key not in asked and link.by in {"", "client"}


CHECK = HandshakeBound

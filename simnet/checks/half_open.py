"""`half_open`: a peer that has vanished in the middle of a reply is noticed in time.

Judged are connections on which the service had begun to speak, owed more, and did not end them: by a ping, a timeout
or keep-alive the client must find out and close.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import ms
from simnet.checks.per_link import Finding, TimedRunCheck
from simnet.trace.journal import Trace
from simnet.trace.tries import UNSEEN, Asked, Link, asked_on, links_of
from simnet.values import Duration


@final
class HalfOpen(TimedRunCheck):
    """A peer that falls silent in mid-stream is noticed and the connection closed in time."""

    name: ClassVar[str] = "half_open"
    summary: ClassVar[str] = "a peer that falls silent in mid-stream is noticed and the connection closed in time"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P34"
    one: ClassVar[str] = "silenced connection"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "30s"}

    within: Duration = Field(description="after how long the connection must be closed")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        asked = asked_on(trace)
        services = {service for service, _ in asked}
        links = [link for link in links_of(trace, self.service) if _is_concerned(link, asked, services)]
        return len(links), self._late(trace, links)

    def _late(self, trace: Trace, links: list[Link]) -> Iterator[Finding]:
        most = self.within.seconds
        for link in links:
            began = link.last_out or link.began
            ended = trace.events[-1].t if link.ended is None else link.ended - UNSEEN
            if ended - began > most + self.slack(most):
                verb = "was still open" if link.ended is None else "was closed"
                yield (
                    f"connection {link.number} {verb} {ms(ended - began)} after the last byte of the service, expected at most {ms(most)}",
                    (),
                )


def _is_concerned(link: Link, asked: Asked, services: set[str]) -> bool:
    if link.last_out is None or link.by not in {"", "client"}:
        return False
    own = asked.get((link.service, link.number), ())
    return any(reply is None for _, reply in own) or link.service not in services


CHECK = HalfOpen

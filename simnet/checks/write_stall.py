"""`write_stall`: a peer that stops reading does not hold the client for ever.

Judged are connections whose last sign of life was what the client sent, short of a whole request. Small requests fit
into the kernels' buffers (1.6 MB and more on loopback), and nobody notices: let the client send more than that.
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
class WriteStall(TimedRunCheck):
    """A write that the service does not read is given up in time."""

    name: ClassVar[str] = "write_stall"
    summary: ClassVar[str] = "a write that the service does not read is given up in time"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P38"
    one: ClassVar[str] = "stalled write"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "30s"}

    within: Duration = Field(description="after how long the connection must be closed")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        asked = asked_on(trace)
        links = [link for link in links_of(trace, self.service) if _is_concerned(link, asked)]
        return len(links), self._late(trace, links)

    def _late(self, trace: Trace, links: list[Link]) -> Iterator[Finding]:
        most = self.within.seconds
        for link in links:
            began = link.last_in or link.began
            ended = trace.events[-1].t if link.ended is None else link.ended - UNSEEN
            if ended - began > most + self.slack(most):
                verb = "was still open" if link.ended is None else "was closed"
                yield (
                    f"connection {link.number} {verb} {ms(ended - began)} after the last byte of the client that was read, expected at most {ms(most)}",
                    (),
                )


def _is_concerned(link: Link, asked: Asked) -> bool:
    if link.last_in is None or link.by not in {"", "client"} or (link.last_out or 0.0) > link.last_in:
        return False
    return not any(request.t >= link.last_in for request, _ in asked.get((link.service, link.number), ()))


CHECK = WriteStall

"""`no_leaks`: the client closes what it opened.

`open` is how many connections may be open when the run ends, that is, when the network begins to be taken down. `pool`
is how many may be open whenever a marked call has ended and `grace` is over: failing calls must not pile up connections.
A program under `simnet run` closes everything by ending, so there only `pool` can find anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.events import CallEnded, TakenDown
from simnet.trace.journal import Trace
from simnet.trace.tries import Link, links_of
from simnet.trace.wording import plural
from simnet.values import Duration

Few = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


@final
class NoLeaks(RunCheck):
    """Nothing may be left open."""

    name: ClassVar[str] = "no_leaks"
    summary: ClassVar[str] = "the client leaves no connection open"
    family: ClassVar[Family] = Family.CONNECTIONS
    decides: ClassVar[str] = "P22"
    example: ClassVar[Mapping[str, str | int | bool]] = {"pool": 10}

    open: Few = Field(0, description="how many connections may be open in the end")
    pool: Few | None = Field(None, description="how many may be open after each call")
    grace: Duration = Field(Duration(250_000), description="how long after a call it takes to close")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        links = links_of(trace, self.service)
        return len(links), self._left(trace, links)

    def _left(self, trace: Trace, links: tuple[Link, ...]) -> Iterator[Finding]:
        down = trace.of(TakenDown)
        end = down[0].t if down else trace.events[-1].t if trace.events else 0.0
        left = [link for link in links if link.ended is None]
        if len(left) > self.open:
            numbers = ", ".join(str(link.number) for link in left[:10])
            yield f"{plural(len(left), 'connection')} open in the end ({numbers}), expected at most {self.open}", ()
        for event in trace.of(CallEnded):
            at = event.t + self.grace.seconds
            still = [link for link in links if link.began <= event.t and (link.ended is None or link.ended > at)]
            if self.pool is not None and at <= end and len(still) > self.pool:
                yield (
                    f"{plural(len(still), 'connection')} open {self.grace} after {event.call}, expected at most {self.pool}",
                    (),
                )
                return


CHECK = NoLeaks

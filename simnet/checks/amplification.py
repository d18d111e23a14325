"""`amplification`: one call of the user becomes no more than so many requests, on average, also at the last service.

Retries within retries multiply: three layers that try three times make 27 of one. Name the service of the layer that is
asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.events import CallBegan
from simnet.trace.journal import Trace
from simnet.trace.tries import tries_of
from simnet.trace.wording import plural


@final
class Amplification(RunCheck):
    """Calls must not multiply."""

    name: ClassVar[str] = "amplification"
    summary: ClassVar[str] = "a call becomes no more than so many tries, on average"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P26"
    one: ClassVar[str] = "call"
    needed: ClassVar[int] = 1
    example: ClassVar[Mapping[str, str | int | bool]] = {"at_most": 3}

    at_most: float = Field(ge=0, le=1e6, description="tries for each call")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        # Without marks the run is one call, whatever it asked for: so it is with nested layers, too.
        calls = len(trace.of(CallBegan)) or 1
        return calls, self._too_many(trace, calls)

    def _too_many(self, trace: Trace, calls: int) -> Iterator[Finding]:
        tries = tries_of(trace, self.service)
        if len(tries) > self.at_most * calls:
            yield (
                f"{len(tries)} tries for {plural(calls, 'call')} are {len(tries) / calls:.2f} each, expected at most {self.at_most:g}",
                tries,
            )


CHECK = Amplification

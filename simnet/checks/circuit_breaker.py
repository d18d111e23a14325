"""`circuit_breaker`: after so many failures in a row the client leaves the service alone for a while, then probes.

While the circuit is open (`open_for` from the last of the failures) no try begins; those that were under way may end.
After that, `probes` tries may be under way together until one of them has succeeded; if one fails, it is open again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import ms
from simnet.checks.per_link import Finding, TimedRunCheck, moments
from simnet.trace.journal import Trace
from simnet.trace.tries import Try, tries_of
from simnet.values import Duration


@final
class CircuitBreaker(TimedRunCheck):
    """The circuit must open, and half-open."""

    name: ClassVar[str] = "circuit_breaker"
    summary: ClassVar[str] = "after so many failures in a row the service is left alone, then probed"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P27"
    one: ClassVar[str] = "try"
    example: ClassVar[Mapping[str, str | int | bool]] = {"after": 5, "open_for": "10s"}

    after: int = Field(ge=1, le=100_000, strict=True, description="how many failures in a row open it")
    open_for: Duration = Field(description="for how long it stays open")
    probes: int = Field(1, ge=1, le=1000, strict=True, description="how many tries may probe together")

    @override
    def enough(self) -> int:
        return self.after

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        tries = tries_of(trace, self.service)
        return len(tries), self._replay(tries)

    def _replay(self, tries: tuple[Try, ...]) -> Iterator[Finding]:
        least = self.open_for.seconds - self.slack(self.open_for.seconds)
        circuit = _Circuit(self.after)
        for at, begins, one in moments(tries):
            if not begins:
                circuit.ended(at, one)
            elif circuit.opened is not None and at - circuit.opened < least:
                said = f"{one.name} began {ms(at - circuit.opened)} after failure {circuit.failures} in a row"
                yield f"{said}; the circuit is promised to be open for {self.open_for}", tries
                return
            elif circuit.probed() > self.probes:
                said = f"{one.name} is probe {circuit.probing} at a time of a half-open circuit"
                yield f"{said}, expected at most {self.probes}", tries
                return


@dataclass(slots=True)
class _Circuit:
    """The circuit that the client promises to have, as the service sees it."""

    after: int
    failures: int = 0
    opened: float | None = None
    probing: int = 0

    def ended(self, at: float, one: Try) -> None:
        """A try has ended: one that was under way when the circuit opened does not open it again."""
        self.failures = self.failures + 1 if one.succeeded is False else 0
        self.probing = max(0, self.probing - 1)
        if not self.failures:
            self.opened, self.probing = None, 0
        elif self.failures >= self.after and (self.opened is None or one.began > self.opened):
            self.opened, self.probing = at, 0

    def probed(self) -> int:
        """A try begins though the circuit was open: how many do so together; 0 if it is closed."""
        self.probing += self.opened is not None
        return self.probing


CHECK = CircuitBreaker

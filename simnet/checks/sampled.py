"""What every check that judges a sample shares: how large it must be, and the words for what an answer stands on.

Law: no answer without its sample and its tolerance; what is too small a sample is undecided, and does not hold.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Answer, Check, Difference
from simnet.trace.journal import Trace
from simnet.trace.wording import plural
from simnet.values import Chance, Duration

__all__ = ["SampledCheck", "ToleratingCheck"]


class SampledCheck(Check):
    """A claim that is judged by so many things of one sort."""

    one: ClassVar[str]
    """What the sample is of, in the singular."""
    needed: ClassVar[int] = 0
    """How large a sample it takes to judge, unless a parameter says so."""

    service: str | None = Field(None, description="at which service; at all of them, if left out")

    def enough(self) -> int:
        """How large a sample it takes to judge."""
        return self.needed

    @property
    def leeway(self) -> str:
        """The tolerance or what else the answer stands on, in words; "" if there is none."""
        return ""

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        return self.answer(trace).differences

    def judged(self, count: int) -> str:
        """What the answer stands on, in words."""
        return ", ".join(filter(None, [plural(count, self.one), self.leeway]))

    def too_few(self, count: int) -> Answer:
        """The answer where the sample does not suffice."""
        message = f"too few to judge: {count} of the {plural(self.enough(), self.one)} that it takes"
        return Answer((Difference(self.name, self.service or "", message, undecided=True),), self.judged(count))


class ToleratingCheck(SampledCheck):
    """A claim about times, with a tolerance: clocks and schedulers are not exact, and the service sees late."""

    needed: ClassVar[int] = 1

    tolerance: Duration = Field(Duration(20_000), description="how much too early or late is let pass")
    tolerance_share: Chance = Field(Chance(50_000), description="and what share of the promised time")

    def slack(self, seconds: float) -> float:
        """The tolerance of a promise of so many seconds."""
        return self.tolerance.seconds + seconds * self.tolerance_share.fraction

    @property
    @override
    def leeway(self) -> str:
        return f"tolerance {self.tolerance} + {self.tolerance_share}"

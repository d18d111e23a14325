"""What was seen at an exhibit: both versions, and whether each did as told; as values that print to JSON and come back.

Law: pure, and never more than was seen. A version that fails has failed *as told* only if an expectation about the client
did not hold: what simnet or this machine did not do, a claim that could not be judged, and a client that broke before it
came to the bug are no proof of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from simnet.checks.contract import Difference
from simnet.checks.finishes import Finishes
from simnet.checks.judge import ISOLATION, PROOF
from simnet.grading.marks import came
from simnet.scenario import Scenario
from simnet.scenario.words import shown
from simnet.trace.events import ClientEnded
from simnet.trace.journal import Trace

__all__ = ["Record", "Seen", "Side", "departure"]

Side = Literal["bad", "good"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Seen(_Value):
    """One version."""

    name: str = Field(description="what it is: redis==4.5.1")
    command: str = Field("", description="what was run")
    ended: str = Field("", description="how the client ended, in words")
    seconds: float = Field(0.0, description="how long it ran")
    output: str = Field("", description="what it wrote, as far as it was kept")
    differences: tuple[str, ...] = Field((), description="what was not as expected")
    departure: str = Field("", description='what it did otherwise than told; "" if it did as told')
    unavailable: str = Field("", description='why it could not be run here; "" if it was')

    @property
    def as_told(self) -> bool:
        """Whether the bad version failed, or the good one held, in the way that the exhibit tells."""
        return not self.departure and not self.unavailable


class Record(_Value):
    """One exhibit."""

    name: str
    title: str
    of: str
    issues: tuple[str, ...] = ()
    found: str = ""
    look_at: str
    about: str = ""
    bad: Seen
    good: Seen

    @property
    def as_told(self) -> bool:
        """Whether both versions did as told."""
        return self.bad.as_told and self.good.as_told

    @property
    def unavailable(self) -> str:
        """Why one of them could not be run here; "" if both were."""
        return self.bad.unavailable or self.good.unavailable


def departure(side: Side, scenario: Scenario, trace: Trace, differences: Sequence[Difference], output: str) -> str:
    """What the version did otherwise than told, in words; "" if it did as told."""
    assert scenario.bug is not None, "it is an exhibit's"
    wanted = (scenario.bug.bad if side == "bad" else scenario.bug.good).shows
    (ended,) = trace.of(ClientEnded)
    return (
        _foul(differences)
        or _untimely(ended, [check for check in scenario.expect if isinstance(check, Finishes)])
        or ("" if came(trace) else "the client never came to a service")
        or ("" if wanted in output else f"the client did not print {shown(wanted)}")
        or _verdict(side, differences)
    )


def _foul(differences: Sequence[Difference]) -> str:
    """What says nothing about the client."""
    foul = [one for one in differences if one.check in {PROOF, ISOLATION} or one.undecided]
    return _in_one_line(foul[0]) if foul else ""


def _untimely(ended: ClientEnded, finishes: Sequence[Finishes]) -> str:
    """An end of which nothing was expected: a client that breaks for a reason of its own has shown no bug."""
    if ended.stopped:
        return (
            "" if finishes else f"the client did not end within {ended.seconds:.0f} s, and nothing is expected of its end"
        )
    judged = any(check.exit is not None for check in finishes)
    return "" if judged or not ended.status else f"the client ended with status {ended.status}, and none is expected"


def _verdict(side: Side, differences: Sequence[Difference]) -> str:
    if side == "bad":
        return "" if differences else "every expectation held"
    return _in_one_line(differences[0]) if differences else ""


def _in_one_line(difference: Difference) -> str:
    return str(difference).splitlines()[0]

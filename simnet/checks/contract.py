"""A check is a claim about a trace.

Law: a comparison returns its differences, so that verdict and report come from one piece of code and cannot disagree.
Pure: a check sees a trace and nothing else, so it judges a stored one as it judges a fresh one.

Adding a check adds `checks/<name>.py`, ending with `CHECK = <class>`, and its test; nothing else is edited.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from simnet.trace.journal import Trace

__all__ = ["Answer", "Bound", "Check", "CountCheck", "Difference", "Family"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: which check, of which service, in a sentence with the figures."""

    check: str
    service: str
    message: str
    timeline: str = ""
    """The tries that it is about, a line each, drawn to scale; "" where there are none."""
    undecided: bool = False
    """Whether the sample was too small to judge: the claim is not refuted, but it has not been shown to hold either."""

    def __str__(self) -> str:
        said = f"{self.check}{f' of {self.service}' if self.service else ''}: {self.message}"
        return "\n".join([said, *(f"    {line}" for line in self.timeline.splitlines())])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found, and on what it stands: `judged` is the sample and the tolerance, "" for plain counts."""

    differences: tuple[Difference, ...]
    judged: str = ""


class Family(enum.Enum):
    """What checks are about, in the order in which they are listed."""

    COUNTS = "how many there were"
    RETRIES = "when to try again, and when not"
    GAPS = "the pauses between tries"
    LIMITS = "how long anything may take"
    IDEMPOTENCY = "what a retry repeats"
    CONNECTIONS = "connections"
    LOAD = "what a crowd of clients does to a service"
    PLACES = "several addresses"
    OUTCOME = "what the client makes of it"


class Check(BaseModel):
    """Base of every check: frozen parameters; each leaf has `name`, its key under `expect:` and its file's stem."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    summary: ClassVar[str]
    needs_ledger: ClassVar[bool] = False
    """Whether it judges by the ledger of a service, so that one without has nothing to show."""
    family: ClassVar[Family] = Family.COUNTS
    decides: ClassVar[str] = ""
    """Which of the properties P1 to P40 of the docs it decides."""
    example: ClassVar[Mapping[str, str | int | bool]] = {}
    """Parameters for a demonstration."""
    names_services: ClassVar[tuple[str, ...]] = ("service",)
    """The parameters that name a service of the scenario."""

    def services_named(self) -> tuple[tuple[str, str], ...]:
        """The services that it names, by parameter."""
        named = ((key, getattr(self, key, None)) for key in self.names_services)
        return tuple((key, service) for key, service in named if service is not None)

    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        """What is not as claimed; empty if the claim holds."""
        raise NotImplementedError

    def answer(self, trace: Trace) -> Answer:
        """The same, with the sample and the tolerance that it stands on."""
        return Answer(self.differences(trace))


Bound = Annotated[int, Field(ge=0, strict=True)]


class CountCheck(Check):
    """A claim about how many there were of something: bounds, and of which service. A leaf says what is counted."""

    one: ClassVar[str]
    """What is counted, in the singular; the plural adds an s."""

    service: str | None = Field(None, description="of which service; all of them together, if left out")
    exactly: Bound | None = Field(None, description="this many, no more and no fewer")
    at_least: Bound | None = Field(None, description="this many or more")
    at_most: Bound | None = Field(None, description="this many or fewer")

    @model_validator(mode="after")
    def _bounds_can_be_met(self) -> Self:
        if self.exactly is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("`exactly` leaves nothing to bound: write it alone, or `at_least` and `at_most`")
        if self.exactly is None and self.at_least is None and self.at_most is None:
            raise ValueError("it claims nothing: write `exactly`, `at_least` or `at_most`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"no number is at least {self.at_least} and at most {self.at_most}")
        if self.exactly is None and self.at_least == 0 and self.at_most is None:
            raise ValueError("at least 0 is always so: write `at_least: 1`, or another bound")
        return self

    @property
    def bounds(self) -> str:
        """What is claimed, in words."""
        if self.exactly is not None:
            return f"exactly {self.exactly}"
        said = [("at least", self.at_least), ("at most", self.at_most)]
        return " and ".join(f"{word} {bound}" for word, bound in said if bound is not None)

    def holds(self, count: int) -> bool:
        """Whether `count` is within the bounds."""
        low = self.at_least if self.exactly is None else self.exactly
        high = self.at_most if self.exactly is None else self.exactly
        return (low is None or low <= count) and (high is None or count <= high)

    def count(self, trace: Trace) -> int:
        """How many there were, of `service` or of all."""
        raise NotImplementedError

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        count = self.count(trace)
        if self.holds(count):
            return ()
        there_were = f"there {'was' if count == 1 else 'were'} {count} {self.one}{'' if count == 1 else 's'}"
        return (Difference(self.name, self.service or "", f"{there_were}, expected {self.bounds}"),)

"""A check is a claim about a trace.

Law: a comparison returns its differences, so that verdict and report come from one piece of code and cannot disagree.
Pure: a check sees a trace and nothing else, so it judges a stored one as it judges a fresh one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from simnet.trace.journal import Trace

__all__ = ["Check", "Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: which check, of which service, in a sentence with the figures."""

    check: str
    service: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}{f' of {self.service}' if self.service else ''}: {self.message}"


class Check(BaseModel):
    """Base of every check: frozen parameters; each leaf has `name`, its key under `expect:` and its file's stem."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    summary: ClassVar[str]

    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        """What is not as claimed; empty if the claim holds."""
        raise NotImplementedError

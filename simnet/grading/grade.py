"""A grade: what each expectation earned, what was seen, and how each run ended; as values that print to JSON and come back.

Law: a grade never says less than is known: who was not graded has no points, and the reason stands there. The seeds
and what the client wrote are for the teacher; `formats.py` and the table for the student leave the seeds out.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Grade", "Mark", "Sitting"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sitting(_Value):
    """One run of the client, under one seed."""

    seed: int
    ended: str = Field(description="how the client ended, in words")
    seconds: float = Field(description="how long it ran")
    came: bool = Field(description="whether anything of it ever reached a service")
    attempts: int = Field(description="how often it tried to connect")
    stopped: str = Field("", description='the limit that ended it, in words; "" if it ended by itself')
    notes: tuple[str, ...] = Field((), description="what else is to be said of this run, at no cost in points")
    output: str = Field("", description="what it wrote, as far as it was kept")
    dropped: int = Field(0, description="how many bytes of its output were thrown away")


class Mark(_Value):
    """One expectation, over all runs."""

    name: str = Field(description="the check under `expect:`, or `proof`")
    claim: str = Field(description="the check with its parameters, as in the file")
    about: str = Field(description="what is expected, in words")
    points: float = Field(description="what was earned")
    out_of: float = Field(description="what there was to earn")
    held: int = Field(description="in how many runs it held")
    runs: int
    seen: str = Field(description="what was seen, in words")
    timeline: str = Field("", description="the tries that it is about, a line each, drawn to scale")

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        return self.held == self.runs


class Grade(_Value):
    """What one submission is worth."""

    title: str
    points: float | None = Field(description="None: not graded")
    out_of: float
    not_graded: str = Field("", description="why not: a fault of this machine's or of simnet's, never of the client's")
    isolated: bool = Field(description="whether the client was shut in, so that it could dial nothing outside")
    marks: tuple[Mark, ...] = ()
    sittings: tuple[Sitting, ...] = ()

    @property
    def share(self) -> float:
        """The part of the points that was earned, from 0 to 1. Raises `ValueError` if it was not graded."""
        if self.points is None:
            raise ValueError(f"not graded: {self.not_graded}")
        return self.points / self.out_of if self.out_of else 1.0

    def worth(self, points: float) -> float:
        """What it comes to where the whole is worth `points`: the last line of an autograded cell. Raises `ValueError`."""
        return round(self.share * points, 2)

    def __str__(self) -> str:
        """The marks, a line each: what a cell prints."""
        head = f"not graded: {self.not_graded}" if self.points is None else f"{self.points:g} of {self.out_of:g} points"
        rows = [f"{mark.points:g}/{mark.out_of:g} {mark.claim}: {mark.seen}" for mark in self.marks]
        return "\n".join([f"{self.title}: {head}" if self.title else head, *rows])

    def mark(self, name: str) -> Mark:
        """The first mark of that name. Raises `KeyError`, with the names that there are."""
        for mark in self.marks:
            if mark.name == name:
                return mark
        raise KeyError(f"nothing was expected under the name {name!r}; there are {', '.join(m.name for m in self.marks)}")

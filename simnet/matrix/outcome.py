"""What came of one cell: what the client reported, after how long, with how many tries, and whether it was the truth.

Law: an outcome is made of what repeats. Texts of messages, ports and exact times are told beside it and never compared; a
length of time is compared by its class, and by itself only where a class ends.
"""

from __future__ import annotations

import enum
from typing import Final

from pydantic import BaseModel, ConfigDict

__all__ = ["AT_ONCE", "Called", "Cause", "Cell", "Data", "Outcome", "Verdict", "agree", "time_class"]

AT_ONCE: Final = 0.6
"""Seconds; a client that waits for nothing is done by then, on a busy machine too. The classes above are a second wide."""

SLACK: Final = 0.5
"""Seconds, and the part of the shorter one, by which two times may differ and still be the same: a busy machine adds to all
that is computed, and pauses between tries have their jitter."""

EXACT: Final = 5
"""Counts up to this repeat; of more tries, or where a client is ended in the midst of them, a third more or less does not
matter."""


class Verdict(enum.StrEnum):
    """What to think of a cell, the worst first."""

    TWICE = "twice"
    """What was submitted once took effect more than once."""
    WRONG = "wrong"
    """It reported success, and what it handed over is not what was promised."""
    SILENT = "silent"
    """It ended as if all were well, without data and without a word."""
    HANGS = "hangs"
    """It was still waiting when its time was up."""
    CRASHED = "crashed"
    """A signal ended it."""
    ERROR = "error"
    """It reported an error."""
    RIGHT = "right"
    """It handed over what was promised."""
    NOT_MET = "not_met"
    """It never came to where the failure strikes."""
    NOT_APPLICABLE = "not_applicable"
    """It cannot be asked what the failure needs."""
    NOT_MEASURED = "not_measured"
    """It could not be started, or this machine cannot make the failure."""

    @property
    def measured(self) -> bool:
        """Whether it says something about the client."""
        return self not in {Verdict.NOT_MET, Verdict.NOT_APPLICABLE, Verdict.NOT_MEASURED}


class Data(enum.StrEnum):
    """What one call handed over, beside what was promised."""

    RIGHT = "right"
    NONE = "none"
    """An error, or no end."""
    EMPTY = "empty"
    SHORT = "short"
    """The beginning of it."""
    PAGE = "page"
    """The page that goes with a status which is no success."""
    OTHER = "other"


class Frozen(BaseModel):
    """A value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cause(Frozen):
    """One exception of a chain."""

    type: str
    errno: str = ""
    message: str = ""

    @property
    def short(self) -> str:
        """The name of its type without the module."""
        return self.type.rpartition(".")[2]


class Called(Frozen):
    """One call: what was handed over, or the chain of exceptions from the outermost on (a command has none)."""

    call: str
    data: Data
    error: tuple[Cause, ...] = ()

    @property
    def errno(self) -> str:
        """The innermost name of an error that the chain has."""
        return next((cause.errno for cause in reversed(self.error) if cause.errno), "")


class Outcome(Frozen):
    """What is compared of a cell."""

    verdict: Verdict
    calls: tuple[Called, ...] = ()
    exit: int | None = None
    """The status; negative: a signal; None: it was ended, or never started."""
    attempts: int = 0
    connections: int = 0
    requests: int = 0
    effects: int = 0
    seconds: float = 0.0
    """From its first call, or from the moment when it first came, to its report."""

    @property
    def asked(self) -> int:
        """How many calls were to be made; those of one command are told as one."""
        return sum(call.call.count("+") + 1 for call in self.calls)

    @property
    def tries(self) -> int:
        """How many attempts or requests were made, whichever were more."""
        return max(self.attempts, self.requests)

    @property
    def when(self) -> str:
        """The class of the time."""
        return "" if self.verdict in {Verdict.HANGS, Verdict.NOT_APPLICABLE} else time_class(self.seconds)

    @property
    def key(self) -> tuple[object, ...]:
        """All that repeats exactly. The status of a process that has reported its calls adds nothing to them."""
        chains = tuple((c.call, c.data, tuple((each.type, each.errno) for each in c.error)) for c in self.calls)
        reported = bool(self.calls) and all(call.error or call.data is not Data.NONE for call in self.calls)
        return (self.verdict, chains, None if reported else self.exit, self.effects)

    @property
    def counts(self) -> tuple[int, ...]:
        """Attempts, connections, requests."""
        return (self.attempts, self.connections, self.requests)


class Cell(Frozen):
    """One failure met by one client in one setting, as it was measured."""

    client: str
    version: str
    protocol: str
    setting: str
    failure: str
    outcome: Outcome
    others: tuple[Outcome, ...] = ()
    """What else was seen in repetitions: the cell is a race."""
    said: str = ""
    """Its last words on standard error; why it was not measured."""
    run: str = ""
    """The command line of `simnet run`."""
    diagram: str = ""
    trace: tuple[str, ...] = ()
    """The events, a line each."""
    cpu: float = 0.0
    """Seconds of processors that the client used."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Which cell it is, in matrices of other days too."""
        return (self.client, self.setting, self.failure)

    @property
    def race(self) -> bool:
        """Whether a repetition came out otherwise."""
        return bool(self.others)


def time_class(seconds: float) -> str:
    """`at once`, `1 s`, `2 s` and so on: the whole seconds nearest to it, a tenth later for what a busy machine adds."""
    return "at once" if seconds < AT_ONCE else f"{max(1, int(seconds + 0.4))} s"


def agree(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same, as far as outcomes repeat."""
    if one.key != other.key:
        return False
    cut_off = one.verdict is Verdict.HANGS
    if not all(_alike(a, b, cut_off=cut_off) for a, b in zip(one.counts, other.counts, strict=True)):
        return False
    return one.when == other.when or abs(one.seconds - other.seconds) <= SLACK * (1 + min(one.seconds, other.seconds))


def _alike(one: int, other: int, *, cut_off: bool) -> bool:
    """Whether two counts are the same; `cut_off`: the client was ended while it counted."""
    least, most = sorted((one, other))
    if least > EXACT:
        return most <= least * 4 / 3
    return one == other or (cut_off and least > 0 and most - least <= 1)

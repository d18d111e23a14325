"""`finishes`: the program under test ends by itself, in time, with the exit status it should have.

A program that simnet had to end (its time was up, or the user stopped the run) has not finished, whatever its status.
"""

from __future__ import annotations

import signal
from typing import Annotated, ClassVar, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.checks.contract import Check, Difference, Family
from simnet.trace.events import ClientEnded, ClientStarted
from simnet.trace.journal import Trace
from simnet.values import Duration


@final
class Finishes(Check):
    """The program under test must end by itself."""

    name: ClassVar[str] = "finishes"
    summary: ClassVar[str] = "the program under test ends by itself, in time, with this exit status"
    family: ClassVar[Family] = Family.OUTCOME

    within: Duration | None = Field(None, description="how long it may take, from its start")
    exit: Annotated[int, Field(ge=0, le=255, strict=True)] | None = Field(
        None, description="its exit status, 0 to 255; any, if left out"
    )

    @model_validator(mode="after")
    def _within_some_time(self) -> Self:
        if self.within is not None and not self.within.microseconds:
            raise ValueError("no program ends within no time; write a longer `within`")
        return self

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        ended = trace.of(ClientEnded)
        if not ended:
            started = trace.of(ClientStarted)
            why = (
                "the program under test never ended"
                if started
                else "no program under test was run: simnet run FILE -- CMD"
            )
            return (self._difference(why),)
        return tuple(self._difference(why) for end in ended for why in self._judge(end))

    def _judge(self, end: ClientEnded) -> tuple[str, ...]:
        if end.stopped:
            return (f"it did not end by itself: simnet stopped it after {_seconds(end.seconds)}",)
        late = self.within is not None and end.seconds > self.within.seconds
        wrong = self.exit is not None and end.status != self.exit
        return (
            *([f"it took {_seconds(end.seconds)}, expected at most {self.within}"] if late else []),
            *([f"it {_ending(end.status)}, expected exit status {self.exit}"] if wrong else []),
        )

    def _difference(self, message: str) -> Difference:
        return Difference(self.name, "", message)


def _seconds(seconds: float) -> str:
    return str(Duration.of(seconds)) if seconds < 1 else f"{seconds:.6g}s"


def _ending(status: int) -> str:
    """How it ended, in words; a negative status is the signal that ended it (subprocess.Popen.returncode)."""
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


CHECK = Finishes

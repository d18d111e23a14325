"""`status`: the request is not processed, and a status says so.

503 and 429 may say when to come back: Retry-After in seconds, or as an HTTP-date (RFC 9110 section 10.2.3), which many
clients read wrongly or not at all. A date counts from the wall clock of this machine, rounded up to the whole second.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.request import RequestVerdict, Substitute


@final
class Status(Fault):
    """Answer a status instead."""

    summary: ClassVar[str] = "`status` is answered, and the request is not processed"
    client_sees: ClassVar[str] = "the status, with Retry-After if it is said"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 21
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"status": 503, "retry_after": "3s"}

    fault: Literal["status"] = "status"
    status: int = Field(503, ge=200, le=599, strict=True, description="the status that is answered")
    retry_after: Duration | None = Field(
        None, description="after what time to try again: the header Retry-After, in whole seconds"
    )
    retry_after_as: Literal["seconds", "date"] = Field("seconds", description="how Retry-After says it: seconds or date")
    body: str | None = Field(None, description="the body as text; the status in words, if left out")

    @model_validator(mode="after")
    def _can_be_said(self) -> Self:
        if self.retry_after is not None and self.retry_after.microseconds % 1_000_000:
            raise ValueError(f"Retry-After counts in whole seconds, {self.retry_after} is not; write 1s or 2s")
        if self.retry_after is None and self.retry_after_as == "date":
            raise ValueError("there is no `retry_after` to be said as a date; write `retry_after: 3s`")
        if self.body and self.status in {204, 304}:
            raise ValueError(f"a {self.status} reply has no body (RFC 9110 section 15); leave `body` out")
        return self

    @property
    def _seconds(self) -> float | None:
        return None if self.retry_after is None else self.retry_after.seconds

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Substitute(self.status, self.body, self._seconds, self.retry_after_as == "date")


FAULT = Status

"""`fail_over`: when one address fails, the client goes to the next in time, and does not run back by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, ms
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.values import Duration


@final
class FailOver(TimedCallCheck):
    """After a failure at the first service, the second must be tried."""

    name: ClassVar[str] = "fail_over"
    summary: ClassVar[str] = "after a failure at one address the next is tried, in time"
    family: ClassVar[Family] = Family.PLACES
    decides: ClassVar[str] = "P29"
    one: ClassVar[str] = "failed call"
    names_services: ClassVar[tuple[str, ...]] = ("service", "first", "second")
    example: ClassVar[Mapping[str, str | int | bool]] = {"first": "a", "second": "b", "within": "1s"}

    first: str = Field(description="the service that fails")
    second: str = Field(description="the service to go to")
    within: Duration = Field(description="how soon after the first failure")
    tries: int = Field(1, ge=1, le=1000, strict=True, description="how often the first may be tried before")
    sticks: bool = Field(default=False, strict=True, description="whether it stays with the second after a success there")

    @override
    def size(self, call: Call) -> int:
        return int(self._failed(call) is not None)

    def _failed(self, call: Call) -> Try | None:
        """The failure after which the second is due."""
        failures = [
            one for one in call.tries if one.service == self.first and one.succeeded is False and one.ended is not None
        ]
        return failures[self.tries - 1] if len(failures) >= self.tries else None

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        failed, most = self._failed(call), self.within.seconds
        second = [one for one in call.tries if one.service == self.second]
        if failed is not None and failed.ended is not None:
            after = next((one for one in second if one.began >= failed.began), None)
            if after is None:
                yield f"{self.first} failed at {failed.ended:.3f} ({failed.how}), and {self.second} was never tried"
            elif after.began - failed.ended > most + self.slack(most):
                yield f"{self.second} was tried {ms(after.began - failed.ended)} after {self.first} had failed, expected {ms(most)}"
        good = next((one for one in second if one.succeeded is not False and one.ended is not None), None)
        back = [one for one in call.tries if good and good.ended and one.service == self.first and one.began > good.ended]
        if self.sticks and back:
            yield f"{self.second} had served, and {self.first} was tried again at {back[0].began:.3f}"


CHECK = FailOver

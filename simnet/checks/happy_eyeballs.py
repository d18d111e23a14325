"""`happy_eyeballs`: while the first address is silent the second is tried, and the loser of the race is closed.

RFC 8305 section 5 recommends 250 ms between two attempts, no less than 100 ms and no more than 2 s. The services stand
for the addresses, `first` for the one that is preferred (IPv6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, ms
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.values import Span


@final
class HappyEyeballs(TimedCallCheck):
    """The second address must be tried while the first is silent."""

    name: ClassVar[str] = "happy_eyeballs"
    summary: ClassVar[str] = "while the first address is silent the second is tried, and the loser is closed"
    family: ClassVar[Family] = Family.PLACES
    decides: ClassVar[str] = "P30"
    one: ClassVar[str] = "race"
    names_services: ClassVar[tuple[str, ...]] = ("service", "first", "second")
    example: ClassVar[Mapping[str, str | int | bool]] = {"first": "six", "second": "four"}

    first: str = Field(description="the service at the preferred address, which is silent")
    second: str = Field(description="the service at the other address")
    after: Span = Field(Span.parse("100ms..2s"), description="how long after the first attempt the second begins")

    @override
    def size(self, call: Call) -> int:
        return int(any(one.service == self.first for one in call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        slow = next((one for one in call.tries if one.service == self.first), None)
        if slow is None:
            return
        fast = next((one for one in call.tries if one.service == self.second and one.began >= slow.began), None)
        if fast is None:
            yield f"{self.first} was tried at {slow.began:.3f}, and {self.second} never"
            return
        yield from self._too_soon_or_late(slow, fast)
        yield from self._left_open(slow, fast)

    def _too_soon_or_late(self, slow: Try, fast: Try) -> Iterator[str]:
        came, least, most = fast.began - slow.began, self.after.start.seconds, self.after.end_seconds
        failed_before = slow.ended is not None and slow.ended <= fast.began
        if came > most + self.slack(most) or (came < least - self.slack(least) and not failed_before):
            yield f"{self.second} was tried {ms(came)} after {self.first}, expected {self.after}"

    def _left_open(self, slow: Try, fast: Try) -> Iterator[str]:
        if fast.connection and slow.connection and slow.request is None and slow.ended is None:
            yield f"{self.second} won, and {slow.name} at {self.first} (connection {slow.connection}) was never closed"
        if fast.request is not None and slow.request is not None:
            yield f"both {self.first} and {self.second} were sent a request: {slow.name} and {fast.name}"


CHECK = HappyEyeballs

"""`requests`: how many requests arrived whole, of services that have requests."""

from __future__ import annotations

from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import CountCheck
from simnet.trace.journal import Trace


@final
class Requests(CountCheck):
    """Count the requests."""

    name: ClassVar[str] = "requests"
    summary: ClassVar[str] = "how many requests arrived whole"
    one: ClassVar[str] = "request"

    @override
    def count(self, trace: Trace) -> int:
        return trace.requests(self.service)


CHECK = Requests

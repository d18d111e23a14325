"""`attempts`: how often the client tried to connect, whether or not a connection came of it."""

from __future__ import annotations

from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import CountCheck
from simnet.trace.journal import Trace


@final
class Attempts(CountCheck):
    """Count the attempts to connect."""

    name: ClassVar[str] = "attempts"
    summary: ClassVar[str] = "how often the client tried to connect, served or not"
    one: ClassVar[str] = "attempt"

    @override
    def count(self, trace: Trace) -> int:
        return trace.attempts(self.service)


CHECK = Attempts

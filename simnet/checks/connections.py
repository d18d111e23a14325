"""`connections`: how many attempts became connections, that is, were accepted."""

from __future__ import annotations

from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import CountCheck
from simnet.trace.journal import Trace


@final
class Connections(CountCheck):
    """Count the connections."""

    name: ClassVar[str] = "connections"
    summary: ClassVar[str] = "how many attempts became connections"
    one: ClassVar[str] = "connection"

    @override
    def count(self, trace: Trace) -> int:
        return trace.connections(self.service)


CHECK = Connections

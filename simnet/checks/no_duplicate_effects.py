"""`no_duplicate_effects`: nothing was done twice, by the ledger of the services that keep one (`http` does).

A request that is sent again is no harm if it is safe or idempotent, or carries the Idempotency-Key of the first, so that
the server knows it (draft-ietf-httpapi-idempotency-key-header); what is done again is a duplicate.
"""

from __future__ import annotations

from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Check, Difference, Family
from simnet.trace.events import Effect
from simnet.trace.journal import Trace


@final
class NoDuplicateEffects(Check):
    """No effect repeats another."""

    name: ClassVar[str] = "no_duplicate_effects"
    summary: ClassVar[str] = "no request did again what an earlier one had done, by the service's ledger"
    family: ClassVar[Family] = Family.IDEMPOTENCY
    decides: ClassVar[str] = "P17"
    needs_ledger: ClassVar[bool] = True

    service: str | None = Field(None, description="of which service; all of them, if left out")

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        again = [e for e in trace.of(Effect) if e.done and e.repeats is not None and self.service in {None, e.service}]
        return tuple(Difference(self.name, event.service, _sentence(event)) for event in again)


def _sentence(event: Effect) -> str:
    where = f"request {event.request} on connection {event.connection}"
    key = (
        f"the key {event.idempotency_key!r} was not honoured"
        if event.idempotency_key
        else "it carried no Idempotency-Key"
    )
    return f"{event.method} {event.target} ({where}) did again what effect {event.repeats} had done; {key}"


CHECK = NoDuplicateEffects

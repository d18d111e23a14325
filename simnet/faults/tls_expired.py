"""`tls_expired`: the certificate is of the right host and the right CA, and its time is over.

Everything else is in order. Clients send the alert certificate_expired (RFC 8446 section 6.2).
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.tls import Flaw, Present, TlsVerdict


@final
class TlsExpired(Fault):
    """Present a certificate that has expired."""

    summary: ClassVar[str] = "presents a certificate that expired `since` ago"
    client_sees: ClassVar[str] = "certificate verify failed: certificate has expired"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_expired"] = "tls_expired"
    since: Duration = Field(Duration(3_600_000_000), description="how long ago it expired")

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Present(Flaw.EXPIRED, self.since.seconds)


FAULT = TlsExpired

"""`tls_self_signed`: the service has signed its certificate itself.

Right host, right time, and no CA at all: what a machine has that was set up in a hurry. Clients send the alert
unknown_ca (RFC 8446 section 6.2).
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.tls import Flaw, Present, TlsVerdict


@final
class TlsSelfSigned(Fault):
    """Present a certificate that it has signed itself."""

    summary: ClassVar[str] = "presents a certificate that it has signed itself"
    client_sees: ClassVar[str] = "certificate verify failed: self-signed certificate"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 6
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_self_signed"] = "tls_self_signed"

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Present(Flaw.SELF_SIGNED)


FAULT = TlsSelfSigned

"""`tls_unknown_ca`: the certificate is of a CA that nobody trusts.

Right host and right time; its issuer is another than the CA of SIMNET_CA. An inspecting proxy, or a private CA whose
certificate was not installed, looks like this. Clients send the alert unknown_ca.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.tls import Flaw, Present, TlsVerdict


@final
class TlsUnknownCa(Fault):
    """Present a certificate of an unknown CA."""

    summary: ClassVar[str] = "presents a certificate of a CA that the client does not know"
    client_sees: ClassVar[str] = "certificate verify failed: unable to get local issuer certificate"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 7
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_unknown_ca"] = "tls_unknown_ca"

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Present(Flaw.UNKNOWN_CA)


FAULT = TlsUnknownCa

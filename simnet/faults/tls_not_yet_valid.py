"""`tls_not_yet_valid`: the certificate is of the right host and the right CA, and its time has not come.

What a client meets whose own clock is slow, or a server whose new certificate was rolled out too soon. OpenSSL sends
the alert bad_certificate.
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
class TlsNotYetValid(Fault):
    """Present a certificate that is not valid yet."""

    summary: ClassVar[str] = "presents a certificate that becomes valid in `for`"
    client_sees: ClassVar[str] = "certificate verify failed: certificate is not yet valid"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 5
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_not_yet_valid"] = "tls_not_yet_valid"
    for_: Duration = Field(Duration(3_600_000_000), alias="for", description="how long it is still not valid")

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Present(Flaw.NOT_YET_VALID, self.for_.seconds)


FAULT = TlsNotYetValid

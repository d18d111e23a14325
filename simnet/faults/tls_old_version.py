"""`tls_old_version`: the service knows TLS 1.0 or 1.1 only.

It answers with the ServerHello of such a server, as appliances do that nobody has updated. Clients refuse these
versions (RFC 8996) with the alert protocol_version. simnet does not speak them: to a client that would go on it says
nothing more and closes.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.tls import OldVersion, TlsVerdict


@final
class TlsOldVersion(Fault):
    """Answer in a version that is too old."""

    summary: ClassVar[str] = "the service offers TLS `version` and nothing later"
    client_sees: ClassVar[str] = "unsupported protocol; it sends the alert protocol_version"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_old_version"] = "tls_old_version"
    version: Literal["1.0", "1.1"] = Field("1.0", description="the latest version that the service knows")

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return OldVersion(self.version)


FAULT = TlsOldVersion

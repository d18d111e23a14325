"""`tls_wrong_host`: the certificate is valid, and of another host.

A name that was moved, or a load balancer that presents its default certificate. Some clients check the name within the
handshake (Python: alert bad_certificate), some after it (curl: the handshake is finished, then the connection closed).
"""

from __future__ import annotations

import re
from random import Random
from typing import Annotated, ClassVar, Literal, final

from pydantic import AfterValidator, Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.tls import Flaw, Present, TlsVerdict


def _host_name(name: str) -> str:
    label = r"(?![a-z0-9-]{64})[a-z0-9]+(-[a-z0-9]+)*"
    if not re.fullmatch(rf"({label}\.)*{label}", name) or len(name) > 253:
        raise ValueError(f'"{name}" is not a host name in lower case; write one such as old-api.test')
    return name


@final
class TlsWrongHost(Fault):
    """Present a certificate of another host."""

    summary: ClassVar[str] = "presents a valid certificate of the host `host`"
    client_sees: ClassVar[str] = "certificate verify failed: host name mismatch"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 8
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_wrong_host"] = "tls_wrong_host"
    host: Annotated[str, Field(strict=True), AfterValidator(_host_name)] = Field(
        "another-host.invalid", description="whom it names"
    )

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Present(Flaw.WRONG_HOST, host=self.host)


FAULT = TlsWrongHost

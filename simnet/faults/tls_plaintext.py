"""`tls_plaintext`: the ClientHello is answered in HTTP: 400, and FIN.

The usual cause is a client that speaks https to a port for http. What arrives is no TLS record, so that clients
complain of a wrong version number or a record overflow, and most say so by an alert.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.tls import PlainAnswer, TlsVerdict


@final
class TlsPlaintext(Fault):
    """Answer in HTTP."""

    summary: ClassVar[str] = "answers the ClientHello with an HTTP response that is not encrypted"
    client_sees: ClassVar[str] = "an error of its TLS library: wrong version number"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_plaintext"] = "tls_plaintext"

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return PlainAnswer()


FAULT = TlsPlaintext

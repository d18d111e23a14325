"""`tls_stall`: the connection is up, the ClientHello is read, and no ServerHello comes.

A server that is overloaded, or that waits for a key in a hardware module, looks like this. TCP is well: the ClientHello
is acknowledged and keep-alive probes are answered, so that only a timeout of the client's own for the handshake ends it
(a connect timeout that ends with TCP's handshake does not).
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount, Duration
from simnet.verdicts.tls import StallHandshake, TlsVerdict


@final
class TlsStall(Fault):
    """Do not go on with the handshake."""

    summary: ClassVar[str] = "after `after` bytes of the handshake the service falls silent; the connection stays up"
    client_sees: ClassVar[str] = "nothing: its own timeout, if it has one for the handshake"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 0
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["tls_stall"] = "tls_stall"
    after: ByteCount = Field(ByteCount(0), description="bytes of the service's handshake messages before the silence")
    for_: Duration | None = Field(None, alias="for", description="how long; for ever, if left out")

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return StallHandshake(self.after.count, None if self.for_ is None else self.for_.seconds)


FAULT = TlsStall

"""`tls_reset`: RST in the midst of the TLS handshake.

Right behind the ClientHello, or after so many bytes of ServerHello, certificate and Finished; the client's kernel has
acknowledged them before. Middleboxes that forbid a server name reset connections at the ClientHello.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.values import ByteCount
from simnet.verdicts.tls import ResetHandshake, TlsVerdict


@final
class TlsReset(Fault):
    """Reset the connection during the handshake."""

    summary: ClassVar[str] = "RST after `after` bytes of the handshake"
    client_sees: ClassVar[str] = "ECONNRESET while it waits for the handshake"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.LINGER,)

    fault: Literal["tls_reset"] = "tls_reset"
    after: ByteCount = Field(ByteCount(0), description="bytes of the service's handshake messages before the RST")

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return ResetHandshake(self.after.count)


FAULT = TlsReset

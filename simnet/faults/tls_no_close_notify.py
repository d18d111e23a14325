"""`tls_no_close_notify`: the connection ends in a FIN that no close_notify announces: a truncation.

Anyone on the way can make a FIN, nobody but the peer a close_notify (RFC 8446 section 6.1). So a client that takes such
an end for the end of a reply can be made to believe in half of it. Without `after` the service closes where it would
anyhow; with it in the midst of a reply. `truncate` is the other thing: an early end that is announced.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.tls import Abandon, TlsVerdict


@final
class TlsNoCloseNotify(Fault):
    """End without a close_notify."""

    summary: ClassVar[str] = "ends with FIN and without the close_notify of TLS, after `after` bytes of the reply"
    client_sees: ClassVar[str] = "the bytes, then unexpected EOF; a careless client: the end of the reply"
    stage: ClassVar[Stage] = Stage.TLS
    rank: ClassVar[int] = 9
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["tls_no_close_notify"] = "tls_no_close_notify"
    after: ByteCount | None = Field(
        None, description="bytes of the reply before the FIN; if left out, where the service closes by itself"
    )

    @override
    def at_tls(self, draw: Random) -> TlsVerdict:
        return Abandon(None if self.after is None else self.after.count)


FAULT = TlsNoCloseNotify

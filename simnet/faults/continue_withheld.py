"""`continue_withheld`: a client that asks for leave to send its body is not given it.

`Expect: 100-continue` (RFC 9110 section 10.1.1) makes a client wait for 100 before it sends the body; it "SHOULD NOT
wait for an indefinite period". curl waits one second and then sends (it asks for bodies over 1 MB), some clients wait
for ever. The body is read if it comes, and answered as if nothing were amiss.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.request import RequestVerdict, WithholdContinue


@final
class ContinueWithheld(Fault):
    """Withhold 100 (Continue)."""

    summary: ClassVar[str] = "no 100 (Continue) for a client that expects it"
    client_sees: ClassVar[str] = "silence until its own patience ends: it sends the body unasked, or never"
    stage: ClassVar[Stage] = Stage.REQUEST
    rank: ClassVar[int] = 20
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {}

    fault: Literal["continue_withheld"] = "continue_withheld"

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return WithholdContinue()


FAULT = ContinueWithheld

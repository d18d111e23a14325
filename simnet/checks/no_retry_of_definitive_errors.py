"""`no_retry_of_definitive_errors`: a status that will be the same the next time is not tried again.

Which statuses these are is for the caller to say; the default leaves out 408, 425, 429 and the 5xx but 501, which ask
for another try (RFC 9110 section 15, RFC 6585, RFC 8470).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call
from simnet.values import Numbers


@final
class NoRetryOfDefinitiveErrors(CallCheck):
    """No try of a call may follow a definitive error."""

    name: ClassVar[str] = "no_retry_of_definitive_errors"
    summary: ClassVar[str] = "a definitive status such as 404 is not tried again"
    family: ClassVar[Family] = Family.RETRIES
    decides: ClassVar[str] = "P4"

    statuses: Numbers = Field(
        Numbers.parse("400,401,403-405,409-410,413,422,501"), description="the statuses that are definitive"
    )

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        for before, after in call.retries:
            if before.status in self.statuses:
                yield f"{before.name} was answered with {before.status}, which is definitive; {after.name} followed"


CHECK = NoRetryOfDefinitiveErrors

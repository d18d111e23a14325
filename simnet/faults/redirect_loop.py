"""`redirect_loop`: each request is redirected, in a circle of `urls` targets.

RFC 9110 section 15.4: "A client SHOULD detect and intervene in cyclical redirections". curl gives up after 50 (exit
status 47), requests after 30; a client that remembers where it has been stops after `urls`.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.request import Redirect, RequestVerdict


@final
class RedirectLoop(Fault):
    """Redirect in a circle."""

    summary: ClassVar[str] = "a redirect to the same URL, or round a circle of `urls`"
    client_sees: ClassVar[str] = "redirects without end"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 22
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {}

    fault: Literal["redirect_loop"] = "redirect_loop"
    status: Literal[301, 302, 303, 307, 308] = Field(
        302, description="the status that redirects: 301, 302, 303, 307 or 308"
    )
    urls: int = Field(
        1, ge=1, le=1000, strict=True, description="how many URLs the circle has; 1: it leads back to itself"
    )

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Redirect(self.status, self.urls)


FAULT = RedirectLoop

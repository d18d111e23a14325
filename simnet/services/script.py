"""`script`: a conversation written down, for any protocol: what is expected, what is said, how it ends.

Enough of a database, queue or mail server to bring out a client's bug without that server. A client that says something
else than the script expects is told of in the trace, with the byte at which it went astray, and the connection ends.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.services.contract import Conversation, Service
from simnet.services.scripting.playing import Player
from simnet.services.scripting.program import assemble
from simnet.services.scripting.steps import Part, Steps, has_requests

__all__ = ["Script"]


@final
class Script(Service):
    """Play a conversation."""

    summary: ClassVar[str] = "plays a conversation that is written down: expect, send, wait, reset, close ..."
    default_port: ClassVar[int] = 7070
    gets_requests_by: ClassVar[str] = "mark a step with `expect` as one: `request: NAME`"

    speaks: Literal["script"] = "script"
    steps: Steps | None = Field(None, description="what is said and heard, in order, on every connection")
    conversations: tuple[Part, ...] | None = Field(
        None, description="instead: what is said on which connections; a connection has the first that is its own"
    )

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if (self.steps is None) == (self.conversations is None):
            both = "`steps` and `conversations`" if self.steps is not None else "neither `steps` nor `conversations`"
            raise ValueError(f"a script has {both}; write one of them")
        return self

    @property
    def _parts(self) -> tuple[Part, ...]:
        return self.conversations or (Part.model_construct(connections=None, steps=self.steps or ()),)

    @property
    @override
    def tells_requests(self) -> bool:
        """Whether a step is marked as a request."""
        return any(has_requests(part.steps) for part in self._parts)

    @override
    async def converse(self, talk: Conversation) -> None:
        for part in self._parts:
            if part.connections is None or talk.connection in part.connections:
                await Player(assemble(part.steps), talk).play()
                return


SERVICE = Script

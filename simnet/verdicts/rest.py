"""At rest: what becomes of a connection on which a request has been answered and the next is yet to come."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.verdicts.reply import Ending

__all__ = ["EndAtReuse", "EndIdle", "RestVerdict"]


@dataclass(frozen=True, slots=True)
class EndIdle:
    """After `seconds` without a byte from the client the connection ends."""

    seconds: float
    ending: Ending


@dataclass(frozen=True, slots=True)
class EndAtReuse:
    """The connection ends when the first byte of the next request has come, unread; or, `whole`, when all of it was read."""

    ending: Ending
    whole: bool


RestVerdict = EndIdle | EndAtReuse

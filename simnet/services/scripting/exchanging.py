"""A program played with one client by datagrams.

Law: each `expect` is one datagram, and each `send` makes one. UDP repeats and reorders, so what is not due is told of and
passed over, and the program waits on where it is: whoever waits for an answer to it waits in vain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from typing_extensions import override

from simnet.services.contract import ClientNonsense
from simnet.services.scripting.matching import Match, Mismatch, look_at_datagram
from simnet.services.scripting.peer import Peer
from simnet.services.scripting.playing import Playing
from simnet.services.scripting.program import Hear, Operation
from simnet.services.scripting.steps import Act

__all__ = ["Exchanging"]


@final
class Exchanging(Playing):
    """Plays `program` with `peer`."""

    def __init__(self, program: Sequence[Operation], peer: Peer) -> None:
        super().__init__(program, peer)
        self._peer = peer

    @override
    async def _hear(self, hear: Hear) -> int | None:
        self._idle = 0
        while True:
            data, wrong = await self._peer.receive(), []
            for choice in hear.choices:
                found = look_at_datagram(choice.expected, data)
                if isinstance(found, Match):
                    self._captured |= found.captured
                    return choice.target
                wrong.append(found)
            self._peer.misheard(_sentence(hear, wrong))

    @override
    async def _act(self, act: Act) -> bool:
        raise ClientNonsense(f"`{act.value}` is of connections")  # a script with it does not come to be


def _sentence(hear: Hear, wrong: Sequence[Mismatch]) -> str:
    furthest = max(wrong, key=lambda mismatch: mismatch.at)
    due = " or ".join(choice.expected.due for choice in hear.choices)
    return f"{hear.where}: at byte {furthest.at} of the datagram, {due} is due and {furthest.came} came"

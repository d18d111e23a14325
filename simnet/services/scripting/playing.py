"""A program played with one client.

Law: what is heard is compared byte for byte, and a client that says something else is told of exactly: where in its
stream, what was due and what came. Nothing is guessed and nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, assert_never, final

from typing_extensions import override

from simnet.services.contract import Answer, ClientNonsense, Conversation, Request
from simnet.services.scripting.matching import Match, Mismatch, look
from simnet.services.scripting.program import Begin, Choice, Hear, Jump, Operation, Pause, Round, Say
from simnet.services.scripting.steps import Act

__all__ = ["Player", "Playing", "Voice"]

BREATH = 64
"""Jumps after which the others get a turn, even if nothing is said or heard in between."""

MOST_JUMPS = 10_000
"""Jumps with nothing said, heard or waited for in between, after which a script is taken to go round for ever."""


class Voice(Protocol):
    """What is spoken with: a connection, or a client that sends datagrams."""

    async def receive(self) -> bytes:
        """What the client says next."""
        ...

    async def send(self, data: bytes) -> None:
        """Say it."""
        ...

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Playing:
    """Goes through `program`; how a client is heard is for the leaves to say."""

    def __init__(self, program: Sequence[Operation], voice: Voice) -> None:
        self._program, self._voice = program, voice
        self._captured: dict[str, bytes] = {}
        self._rounds: dict[int, int] = {}
        self._idle = 0
        self._begins_anew = False

    async def play(self) -> None:
        """To the end of the program, or of the client. Raises `ClientNonsense` if that makes no sense of the program."""
        at: int | None = 0
        while at is not None and at < len(self._program):
            at = await self._do(at, self._program[at])

    async def _hear(self, hear: Hear) -> int | None:
        """Where it goes on; None at the end."""
        raise NotImplementedError

    async def _act(self, act: Act) -> bool:
        """Whether it was the last."""
        raise NotImplementedError

    async def _do(self, at: int, operation: Operation) -> int | None:
        """Where it goes on; None at the end."""
        match operation:
            case Hear():
                return await self._hear(operation)
            case Say():
                await self._say(operation)
            case Pause(seconds):
                await self._voice.wait(seconds)
                self._idle = self._idle if not seconds else 0
            case Begin():
                self._rounds[at + 1] = 0
            case Round():
                return self._round(at, operation)
            case Jump(target):
                return await self._jump(target)
            case Act():
                return None if await self._act(operation) else at + 1
            case never:
                assert_never(never)
        return at + 1

    def _round(self, at: int, again: Round) -> int:
        self._rounds[at] = self._rounds.get(at, 0) + 1
        if again.times is not None and self._rounds[at] > again.times:
            return again.exit
        self._begins_anew = again.times is None
        return at + 1

    async def _jump(self, target: int | str) -> int:
        assert isinstance(target, int), "labels are places by now"
        self._idle += 1
        if self._idle % BREATH == 0:
            await self._voice.wait(0)
        if self._idle > MOST_JUMPS:
            raise ClientNonsense("the script goes round and round and neither says nor hears anything")
        return target

    async def _say(self, say: Say) -> None:
        self._begins_anew = False
        try:
            data = b"".join(piece.data(self._captured) for piece in say.pieces)
        except KeyError as error:
            raise ClientNonsense(f"{say.where} sends what was captured as {error}, and nothing was") from None
        if data:
            self._idle = 0
            await self._voice.send(data)


@final
class Player(Playing):
    """Plays `program` on a connection. Raises `ClientNonsense` if the client says something else."""

    def __init__(self, program: Sequence[Operation], talk: Conversation) -> None:
        super().__init__(program, talk)
        self._talk = talk
        self._heard, self._consumed, self._ended = bytearray(), 0, False
        self._in_request = False

    @override
    async def play(self) -> None:
        await super().play()
        self._end_request()

    @override
    async def _act(self, act: Act) -> bool:
        """Whether it was the last."""
        match act:
            case Act.CLOSE:
                return True
            case Act.RESET:
                await self._talk.reset()
                return True
            case Act.HALF_CLOSE:
                await self._talk.half_close()
            case Act.DRAIN:
                while not self._ended:
                    await self._receive()
                    self._consumed += len(self._heard)
                    self._heard.clear()
            case never:
                assert_never(never)
        self._begins_anew = False
        return False

    @override
    async def _hear(self, hear: Hear) -> int | None:
        self._end_request()
        while (found := self._choose(hear)) is None:
            if self._leaves_between_rounds(hear):
                return None
            await self._receive()
        choice, match = found
        self._consumed += match.size
        del self._heard[: match.size]
        self._captured |= match.captured
        self._idle, self._begins_anew = 0 if match.size else self._idle, False
        if choice.request is not None:
            self._in_request = True
            self._talk.request_begins(Request(choice.request, "", match.size))
        return choice.target

    def _leaves_between_rounds(self, hear: Hear) -> bool:
        """Whether the client has ended where an endless loop begins anew: whoever is served for ever may leave there."""
        return self._ended and not self._heard and self._begins_anew and not any(c.expected.end for c in hear.choices)

    def _choose(self, hear: Hear) -> tuple[Choice, Match] | None:
        """The first that it is; None if that only shows when more comes. Raises `ClientNonsense` if it is none."""
        if self._leaves_between_rounds(hear):
            return None
        wrong: list[Mismatch] = []
        for choice in hear.choices:
            found = look(choice.expected, bytes(self._heard), ended=self._ended)
            if found is None:
                return None
            if isinstance(found, Match):
                return choice, found
            wrong.append(found)
        furthest = max(wrong, key=lambda mismatch: mismatch.at)
        due = " or ".join(choice.expected.due for choice in hear.choices)
        at = self._consumed + furthest.at
        raise ClientNonsense(f"{hear.where}: at byte {at} of what the client says, {due} is due and {furthest.came} came")

    async def _receive(self) -> None:
        data = await self._talk.receive()
        self._heard += data
        self._ended = self._ended or not data

    def _end_request(self) -> None:
        if self._in_request:
            self._in_request = False
            self._talk.request_ends(Answer(0))

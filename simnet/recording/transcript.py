"""The tape as a scenario: turns become steps.

Law: sensible turns, whatever the protocol. What the client said until the server spoke is one turn, and so is what the
server said until the client spoke; within a turn the server's pauses are kept. What the client says is expected byte for
byte, but for secrets and for what was different on another connection where the rest was alike (a nonce, a time): of
those only the length counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simnet.recording.mask import Masker
from simnet.recording.tape import Ended, Said, Tape
from simnet.scenario import Scenario
from simnet.services.scripting.pieces import readable

__all__ = ["transcript"]

PAUSE = 0.005
"""Seconds of silence of the server that are worth a step."""

LONGEST = 1 << 20
"""Bytes of one `expect`; what is longer is expected by several."""

Step = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one of the two said before the other spoke, and when it began; `how` if it ended there."""

    by: str
    pieces: tuple[tuple[float, bytes], ...]
    after: float
    """Seconds since the last word of the turn before."""
    how: str = ""

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


def transcript(tape: Tape, title: str, mask: Iterable[str] = ()) -> Scenario:
    """The scenario, with one service `server` that says what the upstream said. `mask`: further names of secrets.

    Raises `ValueError` if nothing was said.
    """
    masker = Masker(mask)
    heard = [list(_turns(events)) for _, events in sorted(tape.connections.items())]
    if not heard:
        raise ValueError("nothing was recorded: no client came")
    steps = [_steps(turns, [other for other in heard if other is not turns], masker) for turns in heard]
    return Scenario.model_validate(
        {"title": title, "services": {"server": {"speaks": {"speaks": "script", **_conversations(steps)}}}}
    )


def _conversations(steps: Sequence[tuple[Step, ...]]) -> dict[str, Any]:
    """One conversation for all connections where they were alike, or one for each; the last for all that follow."""
    if all(each == steps[0] for each in steps):
        return {"steps": steps[0]}
    parts = [{"connections": str(number), "steps": each} for number, each in enumerate(steps[:-1], 1)]
    return {"conversations": (*parts, {"steps": steps[-1]})}


def _turns(events: Sequence[Said | Ended]) -> Iterator[_Turn]:
    turn: _Turn | None = None
    last = events[0].at
    for event in events:
        said = ((event.at, event.data),) if isinstance(event, Said) else ()
        how = event.how if isinstance(event, Ended) else ""
        if turn is not None and turn.by == event.by and not turn.how:
            turn = replace(turn, pieces=turn.pieces + said, how=how)
        else:
            if turn is not None:
                yield turn
            turn = _Turn(event.by, said, event.at - last, how)
        last = event.at
    if turn is not None:
        yield turn


def _steps(turns: Sequence[_Turn], others: Sequence[Sequence[_Turn]], masker: Masker) -> tuple[Step, ...]:
    found: list[Step] = []
    for number, turn in enumerate(turns):
        if turn.by == "client":
            found += _heard(turn.data, _alike(turns, number, others), masker)
            if turn.how == "FIN":
                found.append({"expect": {"end": True}})
        else:
            found += _said(turn, masker)
            if turn.how:
                found.append("reset" if turn.how == "RST" else "half_close")
        if turn.how == "RST":
            break
    if found[-1:] != ["reset"] and found[-1:] != ["half_close"] and found[-1:] != [{"expect": {"end": True}}]:
        found.append("drain")  # it is the client who ends it: until then the connection stays up
    return tuple(found)


def _alike(turns: Sequence[_Turn], number: int, others: Sequence[Sequence[_Turn]]) -> list[bytes]:
    """What other clients said at this turn, where it was as long and they had come as far."""
    here = turns[number]
    return [
        other[number].data
        for other in others
        if len(other) > number and other[number].by == here.by and len(other[number].data) == len(here.data)
    ]


def _said(turn: _Turn, masker: Masker) -> Iterator[Step]:
    """The pieces as they were sent, with the pauses between them; secrets are looked for in all of the turn."""
    hidden, at = masker.masked(turn.data), 0
    gap = turn.after
    last = turn.pieces[0][0] if turn.pieces else 0.0
    for when, data in turn.pieces:
        gap = max(gap, when - last)
        if gap > PAUSE:
            yield {"wait": f"{round(gap * 1000)}ms"}
        yield {"send": _piece(hidden[at : at + len(data)])}
        at, last, gap = at + len(data), when, 0.0
    if turn.how and not turn.pieces and gap > PAUSE:
        yield {"wait": f"{round(gap * 1000)}ms"}


def _heard(data: bytes, others: Sequence[bytes], masker: Masker) -> Iterator[Step]:
    """What is due: exact bytes, and of secrets and of what varies so many of any kind."""
    wild = bytearray(len(data))
    for start, end in masker.secrets(data):
        wild[start:end] = b"\1" * (end - start)
    for other in others:
        if _mostly_alike(data, other):
            for at, (ours, theirs) in enumerate(zip(data, other, strict=True)):
                wild[at] |= ours != theirs
    at = 0
    while at < len(data):
        end = at + 1
        while end < len(data) and wild[end] == wild[at] and end - at < LONGEST:
            end += 1
        yield {"expect": {"bytes": f"{end - at} B"} if wild[at] else _piece(data[at:end])}
        at = end


def _mostly_alike(data: bytes, other: bytes) -> bool:
    """Whether two messages are the same but for something within: half of their bytes at least."""
    return 2 * sum(a == b for a, b in zip(data, other, strict=True)) >= len(data)


def _piece(data: bytes) -> dict[str, str]:
    if readable(data):
        return {"text": data.decode("ascii")}
    return {"hex": data.hex(" ")}

"""Whether what the client has said up to now is what was expected.

Law: pure, and the same however TCP has cut the stream: what is a match or a mismatch stays one, whatever comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.services.scripting.expected import Expected, compiled, slice_of
from simnet.services.scripting.pieces import shown

__all__ = ["Match", "Mismatch", "look", "look_at_datagram"]


@dataclass(frozen=True, slots=True)
class Match:
    """The first `size` bytes are it, and this is kept of them."""

    size: int
    captured: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """It is something else, which shows at byte `at`, counted from 0; `came` says what there is instead."""

    at: int
    came: str


def look(expected: Expected, heard: bytes, *, ended: bool) -> Match | Mismatch | None:
    """What `heard` is; None if that only shows when more comes. `ended`: nothing comes any more."""
    if expected.end:
        return Mismatch(0, shown(heard)) if heard else Match(0, {}) if ended else None
    exact = expected.exact
    if exact is not None:
        found = _exactly(exact, heard)
        size = len(exact) if found is True else None
        if isinstance(found, Mismatch):
            return found
    else:
        size = _unit(expected, heard)
    if size is None and ended:
        return Mismatch(len(heard), f"{shown(heard)} and its FIN" if heard else "its FIN")
    most = len(exact) if exact is not None else expected.at_most.count if expected.bytes is None else expected.bytes.count
    if (size or 0) > most or (size is None and len(heard) >= most):
        return Mismatch(most, f"more than {most} bytes: {shown(heard)}")
    if size is None or size > len(heard):
        return Mismatch(len(heard), f"{shown(heard)} and its FIN") if ended else None
    return _within(expected, heard[:size])


def look_at_datagram(expected: Expected, data: bytes) -> Match | Mismatch:
    """What a datagram is: the unit must be all of it; without a unit all of it must match the regular expression."""
    if not expected.has_unit:
        return _within(expected, data)
    found = look(expected, data, ended=False)
    if found is None:
        return Mismatch(len(data), "the end of the datagram")
    if isinstance(found, Match) and found.size < len(data):
        return Mismatch(found.size, f"{shown(data[found.size :])} besides")
    return found


def _exactly(exact: bytes, heard: bytes) -> Mismatch | bool:
    """Whether it is there whole."""
    if heard[: len(exact)] == exact:
        return True
    if exact.startswith(heard):
        return False
    at = next(n for n, (due, came) in enumerate(zip(exact, heard, strict=False)) if due != came)
    return Mismatch(at, shown(heard))


def _unit(expected: Expected, heard: bytes) -> int | None:
    """How long the unit is, as soon as that is known."""
    if expected.bytes is not None:
        return expected.bytes.count if len(heard) >= expected.bytes.count else None
    if expected.length is not None:
        return expected.length.whole(heard)
    end = 0
    for _ in range(expected.times):
        found = heard.find(expected.delimiter, end)
        if found < 0:
            return None
        end = found + len(expected.delimiter)
    return end


def _within(expected: Expected, unit: bytes) -> Match | Mismatch:
    groups: dict[str, bytes] = {}
    if expected.regex is not None:
        match = compiled(expected.regex).fullmatch(unit)
        if match is None:
            return Mismatch(0, shown(unit))
        groups = {name.decode(): value or b"" for name, value in match.groupdict().items()}
    return Match(len(unit), {**{name: unit[slice_of(text)] for name, text in expected.capture.items()}, **groups})

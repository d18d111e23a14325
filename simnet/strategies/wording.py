"""A schedule in words: `connection 2: truncate after 0 B`.

Law: the words are those of the file, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from simnet.faults import Fault
from simnet.faults.contract import Direction
from simnet.values import ByteCount

__all__ = ["in_words"]


def in_words(faults: Iterable[Fault]) -> str:
    """The faults of one service, as a title."""
    return "; ".join(f"{_whom(fault)}: {_what(fault)}" for fault in faults) or "nothing fails"


def _whom(fault: Fault) -> str:
    when = fault.when
    if when.attempts is not None:
        return f"attempt {when.attempts}"
    if when.connections is not None:
        return f"connection {when.connections}"
    return str(when)


def _what(fault: Fault) -> str:
    """The kind, and the parameters that are not as they come; bytes always, for 0 of them is the point."""
    said = [fault.kind.replace("_", " ")]
    for name, field in type(fault).model_fields.items():
        value = getattr(fault, name)
        if name in Fault.model_fields or value is None or isinstance(value, Direction):
            continue
        if value != field.default or isinstance(value, ByteCount):
            said.append(f"{field.alias or name} {value}".replace("_", " "))
    return " ".join(said)

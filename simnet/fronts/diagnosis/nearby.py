"""Which port was probably meant: one that is listened on and differs by one slip of the fingers.

Law: pure; a suggestion is made only where it is likely: one digit too many, too few, another one, or two in the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterable

from simnet.fronts.diagnosis.facts import Held

__all__ = ["meant", "one_slip"]


def meant(port: int, listeners: Iterable[Held]) -> Held | None:
    """The first listener on a port that is one slip away; None if there is none."""
    return next((held for held in listeners if held.port != port and one_slip(str(port), str(held.port))), None)


def one_slip(typed: str, wanted: str) -> bool:
    """Whether a person who wants the one types the other by one mistake."""
    if len(typed) == len(wanted):
        wrong = [at for at, (one, other) in enumerate(zip(typed, wanted, strict=True)) if one != other]
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and typed[wrong[0]] == wanted[wrong[1]]
        return len(wrong) == 1 or (swapped and typed[wrong[1]] == wanted[wrong[0]])
    longer, shorter = sorted((typed, wanted), key=len, reverse=True)
    return len(longer) - len(shorter) == 1 and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))

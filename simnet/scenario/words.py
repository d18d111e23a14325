"""The words of the messages: near names, lists, and which characters may be shown.

Law: text only; nothing here knows the format. A suggestion is made only where it is likely to be right: a wrong cure
costs more than none.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = ["UNPRINTABLE", "did_you_mean", "listed", "nearest", "one_of", "shown", "unprintable"]

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
"""What no scenario may hold: control characters but tab and line feed, and the line breaks that only some programs see.

A terminal obeys control characters, so a title could otherwise repaint the screen of whoever runs the file.
"""

_LONGEST_SUGGESTION = 48
"""difflib's time grows with the square of the length; no name of ours is nearly as long."""


def unprintable(text: str) -> int | None:
    """Where the first character stands that no text may hold, or None."""
    match = UNPRINTABLE.search(text)
    return None if match is None else match.start()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant; None where none is near."""
    if len(word) > _LONGEST_SUGGESTION:
        return None
    plain = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


def listed(names: Iterable[str]) -> str:
    """`a, b, c`"""
    return ", ".join(names)


def one_of(names: Iterable[str]) -> str:
    """`a`, `b` or `c`"""
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The cure for an unknown word: the near one, or all of them."""
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"write {one_of(known)}" if len(known) < 8 else f"there are {listed(known)}"


def shown(value: object) -> str:
    """A value of the file in a message: texts in quotes, cut to a length that fits a line."""
    text = f'"{value}"' if isinstance(value, str) else {True: "true", False: "false", None: "null"}.get(value, f"{value}")  # type: ignore[call-overload]
    text = UNPRINTABLE.sub("\ufffd", text.replace("\n", "\\n"))
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1] if isinstance(value, str) else ''}"

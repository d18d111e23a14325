"""The words of the messages: near names, lists, and which characters may be shown.

Law: text only; nothing here knows the format. A suggestion is made only where it is likely to be right: a wrong cure
costs more than none.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable

__all__ = ["UNPRINTABLE", "code", "did_you_mean", "nearest", "one_of", "shown", "unprintable"]

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
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


def one_of(names: Iterable[str]) -> str:
    """`a`, `b` or `c`"""
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(word: str, known: Iterable[str], listed_by: str = "") -> str:
    """The cure for an unknown word: the near one, or all of them; the command that lists them, where they are many."""
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    if listed_by:
        return f"`{listed_by}` lists them"
    return f"choose among {', '.join(known)}" if len(known) > 1 else f"write {one_of(known)}" if known else "leave it out"


def code(word: str) -> str:
    """A word of the file, such as a key, in backticks."""
    return f"`{_fit(word)}`"


def shown(value: object) -> str:
    """A value of the file in a message: a text in quotes, and what YAML calls true, false and null as it does."""
    if isinstance(value, str):
        return f'"{_fit(value)}"'
    return _fit(json.dumps(value))


def _fit(text: str) -> str:
    text = UNPRINTABLE.sub("\ufffd", text.replace("\n", " ").replace("\t", " "))
    return text if len(text) <= 60 else f"{text[:56]}..."

"""A command in a file: a text for the shell, or the list of its words.

Law: never run from here. A file is data; whoever wants its command run says so (`simnet run --run-line`, pytest,
`simnet museum`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from simnet.scenario.lesson import harmless
from simnet.scenario.words import shown

__all__ = ["Command"]


def _command(entry: object) -> object:
    words = (entry,) if isinstance(entry, str) else tuple(entry) if isinstance(entry, list | tuple) else ()
    if not words:
        raise ValueError("`run` is a command; write it as for a shell, or as the list of its words")
    odd = [word for word in words if not isinstance(word, str)]
    if odd:
        raise ValueError(f'{shown(odd[0])} is not a word of a command; put it in quotes: "{shown(odd[0])}"')
    if not any(harmless(word).strip() for word in words[:1]):
        raise ValueError("`run` names no program; write its name first")
    return entry if isinstance(entry, str) else words


Shell = Annotated[str, Field(pattern=r"\S")]
Words = Annotated[tuple[str, ...], Field(min_length=1)]
Command = Annotated[Shell | Words, BeforeValidator(_command)]

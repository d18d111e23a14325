"""Where a text stops being YAML, in sentences for people who did not write a YAML parser.

Law: the parser is right that something is wrong, but it says so in the terms of its grammar and at the place where it
gave up. Here the place is looked at again and named by what the author did. libyaml and PyYAML word things
differently; both are covered, and what is not known here is passed on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from simnet.scenario.report import Spot

__all__ = ["explain"]

Found = tuple[Spot, str, str]

ALIGN = "keys of one mapping stand exactly beneath one another, and so do the dashes of one list"
QUOTE = "put the whole text in quotes"


def explain(error: yaml.YAMLError, lines: list[str]) -> Found:
    """Where the text stops being YAML, what is wrong there, and the cure."""
    at = _spot(getattr(error, "problem_mark", None)) or Spot(1, 1)
    began = _spot(getattr(error, "context_mark", None)) or at
    said = " ".join(str(part) for part in (getattr(error, "problem", None), getattr(error, "context", None)) if part)
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, said):
            return meaning(at, began, lines)
    return at, f"this is not YAML: {said or 'the parser cannot read it'}", ""


def _spot(mark: yaml.Mark | None) -> Spot | None:
    return None if mark is None else Spot(mark.line + 1, mark.column + 1)


def _line(lines: list[str], spot: Spot) -> str:
    return lines[spot.line - 1] if spot.line <= len(lines) else ""


def _before(lines: list[str], spot: Spot) -> str:
    return _line(lines, spot)[: spot.column - 1]


def _colon(at: Spot, _began: Spot, lines: list[str]) -> Found:
    """A colon stands where none can: a second one in the line, or the line above is at fault."""
    if re.search(r":\s", _before(lines, at)):
        return at, "a second `: ` cannot stand in one line", f"{QUOTE}, or begin a new line"
    above = at.line - 1
    while above and (not lines[above - 1].strip() or lines[above - 1].lstrip().startswith("#")):
        above -= 1
    if above and not re.search(r":(\s|$)", lines[above - 1]):
        return _no_key(at, Spot(above, 1), lines)
    return _whole(lines, at.line), "this line is indented beneath one that has its value already", ALIGN


def _no_key(_at: Spot, began: Spot, lines: list[str]) -> Found:
    return _whole(lines, began.line), "this is no `key: value`", "write a colon and a space behind the key"


def _whole(lines: list[str], number: int) -> Spot:
    """All that stands in the line."""
    text = _line(lines, Spot(number, 1))
    return Spot(number, len(text) - len(text.lstrip()) + 1, max(1, len(text.strip())))


def _brackets(at: Spot, began: Spot, lines: list[str]) -> Found:
    opening = _line(lines, began)[began.column - 1 : began.column] or "["
    what, closing = ("mapping", "}") if opening == "{" else ("list", "]")
    if at.line > began.line:
        return began, f"the {what} that begins here is not closed", f"write `{closing}` at its end"
    return at, f"`,` or `{closing}` is due here", f"write `,` between two items; {QUOTE} if it is one"


def _quote(_at: Spot, began: Spot, _lines: list[str]) -> Found:
    return began, "the quote that begins here is not closed", "write the same quote at the end of the text"


def _character(at: Spot, _began: Spot, lines: list[str]) -> Found:
    found = _line(lines, at)[at.column - 1 : at.column]
    if found == "\t":
        return at, "a tab cannot indent a line", "indent by spaces"
    return at, f"a text cannot begin with {found}", QUOTE


def _tab(at: Spot, _began: Spot, _lines: list[str]) -> Found:
    return at, "a tab cannot indent a line", "indent by spaces"


def _misfit(at: Spot, _began: Spot, lines: list[str]) -> Found:
    if _before(lines, at).strip(" -"):
        return at, "something follows a value that is complete", f"{QUOTE}, of the kind that it does not hold"
    return at, "this line fits neither the lines above nor their indentation", ALIGN


def _nothing(at: Spot, _began: Spot, lines: list[str]) -> Found:
    found = _line(lines, at)[at.column - 1 : at.column]
    if "[::" in _line(lines, at):
        return at, "a `[` begins a list", f'{QUOTE}: "[::1]:8080"'
    return at, f"a value is due here{found and f', not `{found}`'}", f"write the value; {QUOTE} if it is one"


def _says(message: str, cure: str) -> Callable[[Spot, Spot, list[str]], Found]:
    return lambda at, _began, _lines: (at, message, cure)


_MEANINGS: tuple[tuple[str, Callable[[Spot, Spot, list[str]], Found]], ...] = (
    (r"mapping values are not allowed", _colon),
    (r"expected ',' or '[\]}]'", _brackets),
    (r"unexpected (end of stream|document (indicator|separator))", _quote),
    (r"cannot start any token", _character),
    (r"found a tab character", _tab),
    (r"escape|hexdecimal", _says("there is no such escape", "write \\\\ for a backslash, or use single quotes")),
    (r"sequence entries are not allowed", _says("a list cannot begin behind a key", "begin it in the next line")),
    (
        r"scanning a block scalar",
        _says("only `-`, `+` or a digit may follow `|` or `>`", "begin the text in the next line"),
    ),
    (r"could not find expected ':'", _no_key),
    (r"(scanning|parsing) an? (anchor|alias)", _says("`&` and `*` have a meaning of their own in YAML", QUOTE)),
    (r"tag", _says("`!` has a meaning of its own in YAML", QUOTE)),
    (r"node content", _nothing),
    (r"document start", _says("nothing may follow the end of the document", "remove the line `...` and what follows")),
    (r"block (mapping|collection|sequence|end)", _misfit),
)

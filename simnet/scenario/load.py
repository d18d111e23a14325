"""YAML -> Scenario, or every mistake of the file in one go.

Law: nothing but a `Scenario` or a `ScenarioError` comes out, whatever goes in; a file is data and never runs code.
The tree is walked once; each part is validated by its own model, so that one mistake hides no other, and what must
hold between the parts is asked of `sense.py` with as much as could be read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from simnet.checks.contract import Check
from simnet.errors import Problem, ScenarioError
from simnet.scenario.model import Scenario
from simnet.scenario.read import read, read_expectations
from simnet.scenario.report import Report, Spot
from simnet.scenario.tree import Node, Table, parse
from simnet.scenario.words import UNPRINTABLE, nearest

__all__ = ["LARGEST", "load_expectations", "load_file", "load_text"]

LARGEST = 2**20
"""Bytes; a scenario of a thousand services has a tenth of it."""


def load_file(path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario in the file at `path`.

    Raises `ScenarioError` with every mistake of the file; also if there is no such file or it cannot be read.
    """
    return _load(_read(path), os.fspath(path))


def load_expectations(path: str | os.PathLike[str]) -> tuple[Check, ...]:
    """Return what the file at `path` expects: a whole scenario, or `simnet: 1` and `expect:` alone.

    Raises `ScenarioError` with every mistake of the file; also if there is no such file or it cannot be read.
    """
    name = os.fspath(path)
    root, report = _tree(_read(path), name)
    if isinstance(root, Table) and root.get("services") is None:
        found = read_expectations(root, report)
        report.raise_any()
        return found
    return _load(_read(path), name).expect


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ScenarioError([_unreadable(os.fspath(path), error)]) from None


def load_text(text: str, name: str = "scenario") -> Scenario:
    """Return the scenario that `text` describes; `name` stands for the file in the messages.

    Raises `ScenarioError` with every mistake of the text.
    """
    return _load(text.encode("utf-8", "surrogatepass"), name)


def _unreadable(name: str, error: Exception) -> Problem:
    shown = Report(name).name
    match error:
        case FileNotFoundError():
            return Problem(shown, 0, 0, "there is no such file", _similar(Path(name)))
        case IsADirectoryError():
            return Problem(shown, 0, 0, "this is a directory", "name one of the scenario files in it")
        case PermissionError():
            return Problem(shown, 0, 0, "this file may not be read by you", "give yourself leave to read it: chmod u+r")
        case OSError():
            return Problem(shown, 0, 0, f"this file cannot be read: {error.strerror or error}")
        case _:
            return Problem(shown, 0, 0, "no file can have this name", "remove the zero character from it")


def _similar(path: Path) -> str:
    """A file beside it that was probably meant."""
    try:
        near = nearest(path.name, os.listdir(path.parent))
    except (OSError, ValueError):
        return ""
    return f"did you mean {UNPRINTABLE.sub(chr(0xFFFD), str(path.with_name(near)))}?" if near else ""


def _load(data: bytes, name: str) -> Scenario:
    root, report = _tree(data, name)
    scenario = None if root is None else read(root, report)
    report.raise_any()
    assert scenario is not None, "what is not read has been complained about"
    return scenario


def _tree(data: bytes, name: str) -> tuple[Node | None, Report]:
    if len(data) > LARGEST:
        raise ScenarioError([Problem(Report(name).name, 0, 0, "this file is larger than 1 MiB", "split the scenario")])
    text = _decoded(data.removeprefix(b"\xef\xbb\xbf"), name)
    report = Report(name, text)
    for found in UNPRINTABLE.finditer(text):
        _refuse_character(report, text, found.start())
        if report.full:
            break
    report.raise_any()
    return parse(text, report), report


def _decoded(data: bytes, name: str) -> str:
    """The text, with line feeds alone between its lines."""
    try:
        return re.sub(r"\r\n?", "\n", data.decode("utf-8"))
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        report = Report(name, good + "\ufffd")
        where = _spot(good, len(good))
        report.add(where, f"the byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        report.raise_any()
        raise AssertionError("raised just before") from error


def _spot(text: str, index: int) -> Spot:
    line_start = text.rfind("\n", 0, index) + 1
    return Spot(text.count("\n", 0, index) + 1, index - line_start + 1)


def _refuse_character(report: Report, text: str, index: int) -> None:
    message = f"the character U+{ord(text[index]):04X} has no place in a scenario"
    report.add(_spot(text, index), message, "remove it")

"""The cells that have been measured, on disk: one line each, appended as they come.

Law: a line is whole or it is not counted; what has been measured is not measured again as long as nothing that it depends
on has changed: the definition and the files beside it, the client's version, the scenario, the limit.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simnet.errors import MachineError
from simnet.fronts.matrix.cell import Task
from simnet.fronts.matrix.places import Found
from simnet.matrix.outcome import Cell

__all__ = ["Results", "digest_of", "state_beside"]

NAME: Final = "cells.jsonl"


class Results:
    """The file of the cells in a folder."""

    def __init__(self, folder: Path, *, fresh: bool) -> None:
        """Raises `MachineError` if nothing can be written there."""
        self._path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            if fresh:
                self._path.write_bytes(b"")
            text = self._path.read_text("utf-8", "replace")
        except OSError as error:
            raise MachineError(f"the results cannot be written to {folder}: {error.strerror}") from None
        self._known = _read(text)
        if text and not text.endswith("\n"):  # we were killed while we wrote
            self._append("")

    def of(self, digest: str) -> Sequence[Cell]:
        """The measurements of that task, in the order in which they were made."""
        return self._known.get(digest, [])

    def add(self, digest: str, cell: Cell) -> None:
        """Keep one more."""
        self._known.setdefault(digest, []).append(cell)
        self._append(json.dumps({"task": digest, "cell": cell.model_dump(mode="json")}))

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _read(text: str) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = defaultdict(list)
    for line in text.splitlines():
        try:
            row = json.loads(line)
            found[str(row["task"])].append(Cell.model_validate(row["cell"]))
        except (ValueError, KeyError, TypeError):
            continue  # half a line, or one of another simnet: it is measured again
    return dict(found)


def digest_of(task: Task, scenario: str, beside: str) -> str:
    """What the cell depends on; `beside` is the state of the files beside the definition."""
    found = task.found
    parts = [found.client.model_dump_json(), found.version, found.python, task.setting, task.failure, scenario]
    parts += [f"{task.limit:g}", str(task.isolated), beside]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def state_beside(found: Found) -> str:
    """The files beside the definition of the kinds that it uses: what they import lies there too."""
    said = found.client.model_dump_json()
    files = [path for path in sorted(found.folder.iterdir()) if path.is_file()]
    kinds = {path.suffix for path in files if f'"{path.stem}:' in said or f"/{path.name}" in said}
    states = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.suffix in kinds}
    return json.dumps(states, sort_keys=True)

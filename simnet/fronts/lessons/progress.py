"""What a student has done so far, in one small file of their own.

Law: harmless. A file that is missing, broken, or of somebody else's making counts as no progress, and one that cannot be
written costs a line of warning, never a lesson. It goes where the XDG base directory specification puts state.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

__all__ = ["Done", "keep", "load", "place"]


@dataclass(frozen=True, slots=True)
class Done:
    """One lesson: how often it was taken, whether the first prediction was right, whether the rubric was met once."""

    times: int = 0
    predicted: bool = False
    held: bool = False

    def again(self, *, predicted: bool, held: bool) -> Done:
        """Once more: a prediction counts before one has seen the answer, the rubric whenever it is met."""
        first = self.predicted if self.times else predicted
        return replace(self, times=self.times + 1, predicted=first, held=self.held or held)


def place() -> Path:
    """$XDG_STATE_HOME, by default ~/.local/state; a relative path there is to be ignored, says the specification."""
    said = os.environ.get("XDG_STATE_HOME", "")
    home = Path(said) if Path(said).is_absolute() else Path(os.path.expanduser("~")) / ".local" / "state"
    return home / "simnet" / "lessons.json"


def load() -> Mapping[str, Done]:
    """By the stem of the lesson's file."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(place().read_text("utf-8"))
        if isinstance(found, dict):
            return {name: done for name, row in found.items() if (done := _done(row)) is not None}
    return {}


def keep(stem: str, *, predicted: bool, held: bool) -> str:
    """Write down that a lesson has been taken; "", or why it could not be."""
    known = dict(load())
    known[stem] = known.get(stem, Done()).again(predicted=predicted, held=held)
    file = place()
    text = json.dumps({name: asdict(done) for name, done in sorted(known.items())}, indent=1) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
        beside.write_text(text, "utf-8")
        beside.replace(file)  # whole or not at all (rename(2))
    except OSError as error:
        return f"{file}: {error.strerror}"
    return ""


def _done(row: object) -> Done | None:
    match row:
        case {"times": int(times), "predicted": bool(predicted), "held": bool(held)} if times > 0:
            return Done(times, predicted=predicted, held=held)
        case _:
            return None

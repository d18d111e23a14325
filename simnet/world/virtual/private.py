"""The private names of Trio that a repeatable run takes, all of them.

Law: nowhere else in the house is a name of Trio used that begins with an underscore. Where one has moved, the error says
which and what to do; the versions that were tried are in `tests/world/test_virtual_private.py`.

Trio decides by chance in which order it runs tasks that are ready (`_r`, trio/_core/_run.py), and before that the order
is the one of a set, by address; `_ALLOW_DETERMINISTIC_SCHEDULING` sorts them. Hypothesis sets the same flag.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import trio

from simnet.errors import MachineError

__all__ = ["deadline_of", "in_fixed_order"]

RUN = "trio._core._run"
CURE = "install a version of trio that simnet was tried with (0.26 to 0.35), or a newer simnet"


def _private(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        missing = f"a run in virtual time needs {module}.{name}, which is not in trio {trio.__version__}"
        raise MachineError(f"{missing}; {CURE}") from None


@contextlib.contextmanager
def in_fixed_order(seed: int) -> Iterator[None]:
    """Runs of Trio that begin in this block schedule their tasks as the seed says; the state before comes back after it.

    Raises `MachineError` if the private names are not where they were.
    """
    module = import_module(RUN)
    allowed, draw = _private(RUN, "_ALLOW_DETERMINISTIC_SCHEDULING"), _private(RUN, "_r")
    before: object = draw.getstate()
    shared = random.getstate()
    module._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    draw.seed(seed)
    random.seed(seed)
    try:
        yield
    finally:
        module._ALLOW_DETERMINISTIC_SCHEDULING = allowed  # type: ignore[attr-defined]  # noqa: SLF001
        draw.setstate(before)
        random.setstate(shared)


def deadline_of(task: trio.lowlevel.Task) -> float:
    """The moment at which the first of the cancel scopes around `task` ends, by Trio's clock; infinity if none does.

    Raises `MachineError` if the private name is not where it was.
    """
    status = getattr(task, "_cancel_status", None)
    if status is None:
        raise MachineError(f"trio {trio.__version__} keeps the deadlines of a task elsewhere; {CURE}")
    return float(status.effective_deadline())

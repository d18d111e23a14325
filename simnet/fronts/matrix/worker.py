"""A process that measures one cell after the other: `python -m simnet.fronts.matrix.worker [isolated]`, a task a line.

Tasks come as JSON on standard input, cells go as JSON to standard output. With `isolated` it is in namespaces of its own
from the start: names can fail there, and no client reaches anything outside.

Law: it ends with its standard input, and at a signal, in the midst of a cell too, with all that it has started. A bug of
ours is the cell's, and not the end of the matrix.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from simnet.errors import MachineError
from simnet.fronts.inbox import catching_signals
from simnet.fronts.matrix.cell import StoppedError, Task, cell_of, unmeasured
from simnet.fronts.matrix.places import protocols
from simnet.matrix.failures import failures_of
from simnet.matrix.outcome import Cell, Verdict
from simnet.world import isolation

__all__ = ["ISOLATED", "READY", "main"]

ISOLATED, READY = "isolated", "ready"
"""Its argument, and the first line that it writes: what follows are cells."""


def main(*, isolated: bool) -> int:
    """Measure until there is no more to measure."""
    if isolated:
        try:
            isolation.enter()
        except MachineError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    known = protocols()
    rows = {name: {each.name: each for each in failures_of(protocol)} for name, protocol in known.items()}
    _say(READY)
    with catching_signals() as inbox:
        for line in sys.stdin:
            task = Task.model_validate_json(line)
            protocol = known[task.found.client.speaks]
            failure = rows[protocol.protocol][task.failure]
            try:
                cell = _fair(lambda: cell_of(task, failure, protocol, inbox), task)  # noqa: B023 - called at once
            except StoppedError:
                return 1
            _say(cell.model_dump_json())
    return 0


def _fair(measure: Callable[[], Cell], task: Task) -> Cell:
    """The cell, measured once more if it says nothing about the client."""
    cell = _measured(measure, task)
    return cell if cell.outcome.verdict is not Verdict.NOT_MEASURED else _measured(measure, task)


def _measured(measure: Callable[[], Cell], task: Task) -> Cell:
    try:
        return measure()
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours
        return unmeasured(task, Verdict.NOT_MEASURED, f"a bug in simnet: {type(error).__name__}: {error}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(isolated=ISOLATED in sys.argv[1:]))

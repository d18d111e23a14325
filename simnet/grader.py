"""`simnet.grade(...)`: a client's grade as a value, for cells of notebooks and for tests of other graders.

Law: the exam is held by the command `simnet grade`, in a process of its own: it can be isolated there, and whatever the
client does, it does it neither to the caller's process nor to his event loop.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from simnet.errors import MachineError, SimnetError
from simnet.grading.grade import Grade

__all__ = ["Grade", "grade"]


def grade(  # noqa: PLR0913 - the options of the command
    file: str | Path,
    command: Sequence[str],
    *,
    seeds: int = 3,
    secret: str | None = None,
    points: float = 100,
    weigh: Mapping[str, float] | None = None,
    time: str | None = None,
    isolated: bool | None = None,
) -> Grade:
    """Let `command` sit the exam that the scenario file sets, under `seeds` hidden seeds derived from `secret`.

    Without a secret they are drawn anew each time. `points` is what the whole is worth, `weigh` the weight of an
    expectation by its name (1 if it has none), `time` the limit of a run ("30s"). `isolated`: None where it can be had.

    Who could not be graded comes back as a grade without points (`not_graded` says why). Raises `SimnetError` for what
    cannot be an exam (the file, the command, the options), with what the command says.
    """
    given = [] if isolated is None else ["--isolated" if isolated else "--no-isolated"]
    given += ["--time", time] if time is not None else []
    given += [word for name, weight in (weigh or {}).items() for word in ("--weigh", f"{name}={weight:g}")]
    arguments = ["grade", str(file), "--json", "--seeds", str(seeds), "--points", f"{points:g}", *given]
    environment = dict(os.environ) if secret is None else {**os.environ, "SIMNET_GRADE_SECRET": secret}
    ran = subprocess.run(  # noqa: S603 - the caller's command is what it is for
        [sys.executable, "-m", "simnet", *arguments, "--", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    try:
        return Grade.model_validate(json.loads(ran.stdout))
    except ValueError:
        said = ran.stderr.strip() or f"`simnet grade` ended with status {ran.returncode}"
        raise (MachineError if ran.returncode == 69 else SimnetError)(said) from None

"""The whole matrix twice, and whether it repeats: `python tests/campaigns/matrix.py [OPTIONS OF simnet matrix]`.

Law: the second run starts from nothing. What differs is listed; with `--repeat 3` what is a race is known for one, and no
difference. Ends with status 1 if a cell differs. Takes some minutes for each run, on two processors.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def measured(folder: Path, options: list[str], *more: str) -> tuple[dict[str, Any], int]:
    """The matrix, and the status of the command; its figures are printed."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "simnet", "matrix", *options, "--out", str(folder), "--json", *more]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    document: dict[str, Any] = json.loads(ran.stdout)
    cells = document["cells"]
    processors = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{len(cells)} cells of {len(document['columns'])} clients and {len(document['rows'])} failures in"
        f" {time.monotonic() - began:.0f} s; {processors:.0f} s of processors, {processors / len(cells):.2f} s a cell"
    )
    return document, ran.returncode


def main(options: list[str]) -> int:
    """Measure, measure again, compare."""
    with tempfile.TemporaryDirectory(prefix="simnet-matrix-") as name:
        folder = Path(name)
        first, _ = measured(folder / "one", options)
        (folder / "one.json").write_text(json.dumps(first))
        return measured(folder / "two", options, "--compare", str(folder / "one.json"))[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

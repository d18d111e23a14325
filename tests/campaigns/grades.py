"""Are marks as designed, and the same each time? Every reference client sits every exam, many times over.

    python tests/campaigns/grades.py [--rounds 20] [--seeds 1] [EXAM ...]

Law: each run is the command as a teacher runs it, isolated where that is to be had. After each, no process of the client
may be left. Prints a row for each pair, and ends with status 1 if a mark differed, or anything was left.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

EXAMS = Path(__file__).parent.parent / "grade"
CLIENTS = EXAMS / "clients"
GUARD = 300.0
"""Seconds for one grade on a machine under load."""


def grade(exam: str, client: str, seeds: int) -> float | str:
    """The points; a text if there are none."""
    command = ["grade", str(EXAMS / f"{exam}.yaml"), "--json", "--seeds", str(seeds)]
    ran = subprocess.run(
        [sys.executable, "-m", "simnet", *command, "--", sys.executable, str(CLIENTS / f"{client}.py")],
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )
    try:
        found = json.loads(ran.stdout)
    except ValueError:
        return ran.stderr.strip() or f"status {ran.returncode}"
    points: float | None = found["points"]
    return f"not graded: {found['not_graded']}" if points is None else points


def left(client: str) -> list[int]:
    """The processes that still run the client: none may."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(CLIENTS / f"{client}.py").encode() in words and b"simnet" not in words:
            found.append(int(place.parent.name))
    return found


def rounds(exam: str, designed: Mapping[str, float], count: int, seeds: int) -> Iterator[tuple[str, bool]]:
    """A line for each client, and whether all was as designed."""
    for client, points in designed.items():
        began, seen, stayed = time.monotonic(), Counter[float | str](), list[int]()
        for _ in range(count):
            seen[grade(exam, client, seeds)] += 1
            stayed += left(client)
        well = set(seen) == {float(points)} and not stayed
        each = (time.monotonic() - began) / count
        marks = ", ".join(f"{mark} x{times}" for mark, times in seen.items())
        yield f"{exam:8} {client:8} designed {points:>5}  seen {marks}  left {len(stayed)}  {each:.1f} s each", well


def main(words: Sequence[str]) -> int:
    """Do it all."""
    parser = argparse.ArgumentParser(description="Are marks as designed, and the same each time?")
    parser.add_argument("exams", nargs="*")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args(words)
    designed = yaml.safe_load((EXAMS / "designed.yaml").read_text("utf-8"))
    good = True
    for exam in asked.exams or designed:
        for line, well in rounds(exam, designed[exam], asked.rounds, asked.seeds):
            print("ok  " if well else "NOT ", line, flush=True)
            good &= well
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

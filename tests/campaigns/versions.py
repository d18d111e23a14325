"""`python tests/campaigns/versions.py [--python PATH]`: the oldest and the newest versions of what virtual time stands on.

Law: each set is installed into a fresh virtual environment, and the tests of virtual time are run in it. It prints a table,
and the exit status is 1 if a set fails; the lower bounds in `pyproject.toml` are what passes here.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

OLDEST: Mapping[str, str] = {"trio": "0.29.0", "hypothesis": "6.115.0", "anyio": "4.4.0", "greenlet": "3.0.0"}
"""The lower bounds of `pyproject.toml`."""

TESTS = ("tests/simulation", "tests/strategies")

PLAINLY = ("-o", "addopts=--import-mode=importlib -p no:cacheprovider", "-o", "timeout=0", "-q", "-x")
"""Without what `pyproject.toml` adds: it asks for plugins that virtual time has no need of; and a busy machine is no fault."""

SHOWN = 25
"""Lines of a failure."""


def sets(names: Sequence[str]) -> Mapping[str, list[str]]:
    """What to install: all newest, all oldest, and one old among new ones, which shows whose fault it is."""
    old = [f"{name}=={version}" for name, version in OLDEST.items()]
    alone = {f"{name} {version}": [f"{name}=={version}"] for name, version in OLDEST.items()}
    found = {"newest": [*OLDEST], "oldest": old, **alone}
    return {name: found[name] for name in names or found}


def tried(wanted: Sequence[str], python: str) -> tuple[bool, str]:
    """Whether the tests pass with those, and what they say: the last line, or that of a failure above it."""
    with tempfile.TemporaryDirectory() as place:
        if python == sys.executable:
            venv.create(place, with_pip=True)
        else:
            subprocess.run([python, "-m", "venv", place], check=True)
        inside = str(Path(place) / "bin" / "python")
        clients = [
            "anyio[trio]",  # an AnyIO that knows this Trio: its newest wants a newer one than our oldest
            "httpx",
            "aiohttp",
            "requests",
            "redis",
            "tenacity",
            "stamina",
            "backoff",
            "psycopg[binary]",
            "asyncpg",
        ]
        pip = [
            inside,
            "-m",
            "pip",
            "install",
            "-q",
            "-e",
            f"{ROOT}[virtual]",
            "pytest",
            "pytest-timeout",
            *clients,
            *wanted,
        ]
        installed = subprocess.run(pip, capture_output=True, text=True, check=False)
        if installed.returncode:
            return False, installed.stderr.strip().splitlines()[-1]
        done = subprocess.run(
            [inside, "-m", "pytest", *PLAINLY, *TESTS], cwd=ROOT, capture_output=True, text=True, check=False
        )
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing was said"]
        return done.returncode == 0, said[-1] if done.returncode == 0 else "\n".join(["", *said[-SHOWN:]])


def main() -> int:
    """Try each, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--set", action="append", help="only this one: newest, oldest, or `trio 0.26.0` ...")
    said = parser.parse_args()
    good = True
    for name, wanted in sets(said.set or []).items():
        passed, last = tried(wanted, said.python)
        good = good and passed
        print(f"{name:22}{'passed' if passed else 'FAILED':8}{last}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

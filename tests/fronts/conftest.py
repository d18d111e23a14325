"""The command as a user runs it: another process, no terminal, nothing but its arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

GUARD = 90.0
"""Seconds for any one command on a machine under load."""

PLAIN = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]
Write = Callable[[str], Path]


@pytest.fixture
def argv() -> list[str]:
    """What comes before the arguments."""
    return [sys.executable, "-W", "error", "-m", "simnet"]


@pytest.fixture
def simnet(argv: list[str]) -> Simnet:
    """Run the command to its end."""

    def run(*arguments: object, environment: Mapping[str, str] = {}) -> Ran:
        return subprocess.run(
            [*argv, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
            env={**PLAIN, **environment},
        )

    return run


@pytest.fixture
def scenario(tmp_path: Path) -> Write:
    """Write a scenario file; the line with the format comes first by itself."""

    def write(text: str) -> Path:
        file = tmp_path / "scenario.yaml"
        file.write_text(f"simnet: 1\n{text}", "utf-8")
        return file

    return write

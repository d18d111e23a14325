"""`simnet matrix --install`: what clients need, by the registries' ordinary tools, into folders of the cache.

Law: nothing is installed anywhere else and nothing without being asked for; what could not be had is told by name, and the
clients that need it are left out.
"""

from __future__ import annotations

import shutil
import subprocess
import venv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from simnet.fronts.matrix.places import built, cached, distributions, filled, found_or_not, interpreter_of
from simnet.matrix.definition import Client

__all__ = ["install"]

PATIENCE: Final = 600.0
"""Seconds for one command."""


def install(wanted: Sequence[tuple[Client, Path]], python: str, tell: Callable[[str], None]) -> list[str]:
    """Bring what they lack; the complaints, one for each command that failed."""
    complaints = [*_of_python(wanted, python, tell), *_of_node(wanted, tell), *_compiled(wanted, python, tell)]
    distributions.cache_clear()
    return complaints


def _of_python(wanted: Sequence[tuple[Client, Path]], python: str, tell: Callable[[str], None]) -> Iterator[str]:
    by_place: dict[Path, list[str]] = defaultdict(list)
    for client, _ in wanted:
        if client.in_python and found_or_not(client, python) is None:
            by_place[interpreter_of(client)] += client.needs.python
    for place, needs in by_place.items():
        if not (place / "bin" / "python").exists():
            venv.create(place, with_pip=True, symlinks=True)
        packages = list(dict.fromkeys(needs))
        tell(f"pip install {' '.join(packages)}")
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if (said := _run([*pip, *packages])) and len(packages) > 1:
            yield from (f"{each}: {why}" for each in packages if (why := _run([*pip, each])))  # each for itself
        elif said:
            yield f"{packages[0]}: {said}"


def _of_node(wanted: Sequence[tuple[Client, Path]], tell: Callable[[str], None]) -> Iterator[str]:
    packages = list(dict.fromkeys(name for client, _ in wanted for name in client.needs.node))
    if not packages or shutil.which("npm") is None:
        return
    cached("npm").mkdir(parents=True, exist_ok=True)
    tell(f"npm install {' '.join(packages)}")
    npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(cached("npm"))]
    if said := _run([*npm, *packages]):
        yield f"npm: {said}"


def _compiled(wanted: Sequence[tuple[Client, Path]], python: str, tell: Callable[[str], None]) -> Iterator[str]:
    for client, folder in wanted:
        place = built(client, folder)
        if client.build is None or place.is_dir() or any(shutil.which(name) is None for name in client.needs.programs):
            continue
        aside = place.with_name(f"{place.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        tell(f"compile {client.client}")
        words = [filled(word, folder=folder, python=python, build=aside) for word in client.build]
        if said := _run(words, folder):
            yield f"{client.client}: {said}"
        else:
            aside.rename(place)


def _run(words: Sequence[str], folder: Path | None = None) -> str:
    """ "" if it succeeded; else its last word."""
    try:
        ran = subprocess.run(  # noqa: S603 - an installer, or the definition's own command
            words, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=folder, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = [line for line in (ran.stderr + ran.stdout).splitlines() if line.strip()]
    return "" if ran.returncode == 0 else said[-1] if said else f"exit status {ran.returncode}"

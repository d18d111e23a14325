"""Where environments are kept once they are built, in the user's cache folder.

Law: what has its name there is whole. An environment is built in a folder that never moves (the programs in a venv name
their interpreter by its path), and gets its name by a symbolic link, which is made in one step (symlink(2)). A build that
fails, is interrupted or killed leaves no name, and its folder is removed: by itself, or by whoever builds there next.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from simnet.errors import MachineError
from simnet.scenario.bug import Environment

__all__ = ["found", "home", "name_of", "under_construction"]


def home() -> Path:
    """$XDG_CACHE_HOME, by default ~/.cache; a relative path there is to be ignored, says the XDG specification."""
    said = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(said) if Path(said).is_absolute() else Path(os.path.expanduser("~")) / ".cache"
    return base / "simnet" / "museum"


def name_of(environment: Environment) -> str:
    """The name by which it is kept: what is in it for a person, and a digest of that and of what it was built with."""
    made_with = [os.path.realpath(sys.executable), platform.python_version()] if environment.python else ["npm"]
    inside = [*sorted(environment.python), *sorted(environment.node)]
    digest = hashlib.sha256(json.dumps([inside, *made_with, platform.machine()]).encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9.]+', '-', '-'.join(inside))[:60].strip('-.')}-{digest}"


def found(environment: Environment) -> Path | None:
    """The folder with the environment in it; None if it has to be built."""
    named = home() / name_of(environment)
    return named.resolve() if named.is_dir() else None


@contextlib.contextmanager
def under_construction(environment: Environment) -> Iterator[Path]:
    """A folder to build it in, which is kept if the block ends well. Raises `MachineError` if nothing can be kept."""
    name = name_of(environment)
    try:
        home().mkdir(parents=True, exist_ok=True)
        _sweep(name)
        place = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=home()))
    except OSError as error:
        raise MachineError(f"environments cannot be kept in {home()}: {error.strerror}; set XDG_CACHE_HOME") from None
    with _locked(place):
        try:
            yield place
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        _publish(home() / name, place)


def _publish(named: Path, place: Path) -> None:
    """Give it its name; if somebody else was faster, theirs is as good."""
    if named.is_symlink() and not named.exists():
        named.unlink()
    try:
        named.symlink_to(place.name)
    except FileExistsError:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(name: str) -> None:
    """Remove what builders left that were killed: their lock is gone with them (flock(2)), and there is no name for it."""
    kept = (home() / name).resolve()
    for place in home().glob(f"{name}.*"):
        if place != kept and place.is_dir():
            with contextlib.suppress(BlockingIOError), _locked(place):
                shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Nobody takes it for left behind. Raises `BlockingIOError` if it is locked."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)

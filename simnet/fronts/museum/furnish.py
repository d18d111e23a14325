"""From an environment on paper to one in which a client can run: found in the cache, or built by pip or npm.

Law: nothing of the user's own is changed: a venv or a folder of npm's in the cache is all that is written. The installers
are the user's, with their settings; what they refuse is this machine's matter, and is told in their words. An installer
that hangs is ended with all that it started, and so it is at a signal to us.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import MachineError
from simnet.fronts.inbox import Inbox, Over, Signalled, StoppedError
from simnet.fronts.museum import cache
from simnet.scenario.bug import Environment

__all__ = ["furnished", "lacking", "ready"]

PATIENCE = 600.0
"""Seconds for one installer."""
LINES = 4
"""Of what an installer says last."""
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "NODE_PATH", "NODE_OPTIONS", "VIRTUAL_ENV")
"""Variables by which other versions could get in."""


def lacking(environment: Environment) -> str:
    """What this machine lacks for it, in words; "" if it can be had."""
    wanted = ("node", "npm") if environment.node else (environment.program,) if environment.program else ()
    missing = [name for name in wanted if shutil.which(name) is None]
    return f"there is no {' and no '.join(missing)} here" if missing else ""


def ready(environment: Environment) -> bool:
    """Whether nothing has to be installed for it."""
    return not lacking(environment) and (environment.program is not None or cache.found(environment) is not None)


def furnished(environment: Environment, inbox: Inbox, tell: Callable[[str], None]) -> Mapping[str, str]:
    """The environment variables with which a client runs in it, built if it must be.

    Raises `MachineError` if it cannot be had here, `StoppedError` at a signal to us.
    """
    if lacks := lacking(environment):
        raise MachineError(f"{environment.name}: {lacks}; install it, and come again")
    plain = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    ours = {**plain, "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}
    if environment.program is None:
        place = cache.found(environment) or _built(environment, inbox, tell)
        ours |= _python(place) if environment.python else _node(place)
    return {**ours, **environment.env}


def _python(venv: Path) -> Mapping[str, str]:
    return {"PATH": f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "VIRTUAL_ENV": str(venv)}


def _node(prefix: Path) -> Mapping[str, str]:
    """`require` finds the packages by NODE_PATH, which `import` does not heed: scripts are CommonJS."""
    modules = prefix / "node_modules"
    path = f"{modules / '.bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": path, "NODE_PATH": str(modules)}


def _built(environment: Environment, inbox: Inbox, tell: Callable[[str], None]) -> Path:
    tell(f"installing {', '.join((*environment.python, *environment.node))} with {_installer(environment)}")
    with cache.under_construction(environment) as place:
        for command in _commands(environment, place):
            installing = _Installing(command, place, inbox)
            if complaint := installing.to_its_end():
                cure = f"see whether {_installer(environment)} reaches its index from here"
                raise MachineError(f"{environment.name} cannot be installed here: {complaint}; {cure}")
    built = cache.found(environment)
    assert built is not None, "it has just got its name"
    return built


def _installer(environment: Environment) -> str:
    return "pip" if environment.python else "npm"


def _commands(environment: Environment, place: Path) -> Sequence[Sequence[str]]:
    if environment.node:
        return [
            ["npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", "--loglevel=error", *environment.node]
        ]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    return [
        [sys.executable, "-m", "venv", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", *quiet, *environment.python],
    ]


@dataclass(slots=True)
class _Installing:
    """An installer at work."""

    command: Sequence[str]
    place: Path
    inbox: Inbox
    said: str = ""

    def to_its_end(self) -> str:
        """Its last words if it failed, else "". Raises `StoppedError` at a signal to us."""
        process = subprocess.Popen(  # noqa: S603 - pip and npm, with names and versions (see `scenario/bug.py`)
            self.command,
            cwd=self.place,
            env={name: value for name, value in os.environ.items() if name not in FOREIGN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a Ctrl-C is for us, and we end it with all that it started
        )
        threading.Thread(target=self._wait, args=(process,), name="installer's end", daemon=True).start()
        try:
            item = self.inbox.get(timeout=PATIENCE)
        except queue.Empty:
            self._end(process)
            return f"{self.command[0]} took more than {PATIENCE:g} s"
        if isinstance(item, Signalled):
            self._end(process)
            raise StoppedError(item.number)
        assert isinstance(item, Over), "nothing else is under way"
        return self._last_words() if item.status else ""

    def _wait(self, process: subprocess.Popen[str]) -> None:
        self.said, _ = process.communicate()
        self.inbox.put(Over(process.returncode))

    def _end(self, process: subprocess.Popen[str]) -> None:
        """SIGKILL to its whole session; its end is not taken for that of anything later."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        while not isinstance(self.inbox.get(), Over):
            pass

    def _last_words(self) -> str:
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return " / ".join(map(_shortened, lines[-LINES:])) or f"{self.command[0]} failed and said nothing"


def _shortened(line: str) -> str:
    """pip may list every version that there is."""
    return line if len(line) <= 160 else f"{line[:100]} ... {line[-50:]}"

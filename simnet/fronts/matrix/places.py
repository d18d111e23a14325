"""Where the clients of the matrix live: definitions, protocols, interpreters, packages, what was compiled.

Law: nothing is installed and nothing is written here. What a client lacks is told by name, with what would bring it; a
client that lacks nothing is told with its version.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

import simnet.fronts.matrix
from simnet.errors import Problem, ScenarioError
from simnet.matrix.definition import Client, read_client
from simnet.matrix.protocol import Protocol, read_protocol

__all__ = [
    "OWN",
    "Found",
    "Missing",
    "built",
    "cached",
    "clients",
    "distributions",
    "filled",
    "found_or_not",
    "interpreter_of",
    "look",
    "protocols",
    "read",
]

HERE: Final = Path(simnet.fronts.matrix.__path__[0])
PATIENCE: Final = 60.0
"""Seconds for a program to say its version, on a machine under load."""

DISTRIBUTIONS: Final = """
import importlib.metadata as m, json
print(json.dumps({(d.metadata["Name"] or "").lower().replace("_", "-"): d.version for d in m.distributions()}))
"""


class Found(BaseModel):
    """A client that can be measured, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: Client
    folder: Path
    """Of its definition."""
    version: str
    python: str
    node_modules: Path
    build: Path


@dataclass(frozen=True, slots=True)
class Missing:
    """A client that cannot: what it lacks, and what would bring it."""

    client: Client
    folder: Path
    lacks: str
    cure: str


def cached(*parts: str) -> Path:
    """A place in the user's cache (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base, "simnet", "matrix", *parts)


def protocols() -> dict[str, Protocol]:
    """Every protocol by its name."""
    files = sorted((HERE / "protocols").glob("*.yaml"))
    found = [read_protocol(path.read_text("utf-8"), str(path)) for path in files]
    return {each.protocol: each for each in found}


def clients(extra: Sequence[Path]) -> dict[str, tuple[Client, Path]]:
    """Every client by its name, with the folder of its definition; one of the user's own may take the place of ours."""
    files = [*sorted((HERE / "clients").glob("*.yaml")), *extra]
    found = [(read(path), path.absolute().parent) for path in files]
    return {client.client: (client, folder) for client, folder in found}


def read(path: Path) -> Client:
    """The definition in that file. Raises `ScenarioError` with every mistake of it; also if it cannot be read."""
    try:
        return read_client(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ScenarioError([Problem(str(path), 0, 0, f"this file cannot be read: {said}")]) from None


def interpreter_of(client: Client) -> Path:
    """The folder of the virtual environment into which its packages are installed: of all, or its own for versions."""
    pinned = [each for each in client.needs.python if re.search(r"[=<>~!]", each)]
    return cached("venv-" + _digest(*pinned)) if pinned else cached("venv")


def built(client: Client, folder: Path) -> Path:
    """Where what is compiled for it lies: another place for each state of the files beside the definition."""
    words = client.build or ()
    names = {Path(word.replace("{here}", str(folder))) for word in words}
    states = [path.read_bytes().hex() for path in sorted(names) if path.is_file()]
    return cached("build", f"{client.client}-{_digest(*words, *states)}")


def look(wanted: Sequence[tuple[Client, Path]], python: str) -> list[Found | Missing]:
    """Who of them is on this machine, in their order."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda each: _look(each[0], each[1], python), wanted))


def _look(client: Client, folder: Path, python: str) -> Found | Missing:
    lacks = list(_lacks(client, folder, python))
    if lacks:
        what, cure = lacks[0]
        return Missing(client, folder, what, cure)
    chosen = found_or_not(client, python) or python
    found = Found(
        client=client,
        folder=folder,
        version="",
        python=chosen,
        node_modules=cached("npm", "node_modules"),
        build=built(client, folder),
    )
    version, complaint = _version(found)
    if complaint:
        return Missing(client, folder, complaint, "see whether its version command works")
    return found.model_copy(update={"version": version})


def _lacks(client: Client, folder: Path, python: str) -> Iterator[tuple[str, str]]:
    for program in client.needs.programs:
        if shutil.which(program) is None:
            yield f"the program {program}", "install it with your system's packages"
    if client.in_python and found_or_not(client, python) is None:
        yield f"of Python: {', '.join(client.needs.python)}", "simnet matrix --install, or --python your interpreter"
    node = [name for name in client.needs.node if not cached("npm", "node_modules", _npm_name(name)).is_dir()]
    if node:
        yield f"of npm: {', '.join(node)}", "simnet matrix --install"
    if client.build is not None and not built(client, folder).is_dir():
        yield "to be compiled", "simnet matrix --install"


def _npm_name(requirement: str) -> str:
    """`axios` of `axios@1.7`; `@grpc/grpc-js` stays."""
    return requirement[:1] + requirement[1:].partition("@")[0]


def found_or_not(client: Client, own: str) -> str | None:
    """The first interpreter that has all that it needs; its own alone, where it asks for a version. None: there is none."""
    shared = str(interpreter_of(client) / "bin" / "python")
    pinned = interpreter_of(client) != cached("venv")
    for python in [shared] if pinned else [own, shared]:
        if all(_has(python, each) for each in client.needs.python):
            return python
    return None


def _has(python: str, requirement: str) -> bool:
    name, _, version = re.sub(r"\[.*?\]", "", requirement).partition("==")
    found = distributions(python).get(re.split(r"[<>~!=]", name)[0].strip().lower().replace("_", "-"))
    return found is not None and version.strip() in {"", found}


@cache
def distributions(python: str) -> Mapping[str, str]:
    """Name -> version of what is installed for that interpreter; nothing, if there is no such interpreter."""
    try:
        ran = subprocess.run(  # noqa: S603 - an interpreter
            [python, "-P", "-c", DISTRIBUTIONS], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
        return {str(name): str(version) for name, version in json.loads(ran.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def _version(found: Found) -> tuple[str, str]:
    """What it says of itself, and why it does not."""
    asked = found.client.version
    if not asked:
        return "", ""
    words = (
        [found.python, "-P", "-c", asked]
        if isinstance(asked, str)
        else [filled(word, folder=found.folder, python=found.python, build=found.build) for word in asked]
    )
    environment = {**os.environ, "NODE_PATH": str(found.node_modules), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ran = subprocess.run(  # noqa: S603 - the definition's own command
            words, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment, cwd=found.folder
        )
    except (OSError, subprocess.SubprocessError) as error:
        return "", f"its version: {error}"
    said = (ran.stdout.strip() or ran.stderr.strip()).splitlines()
    if ran.returncode or not said:
        return "", f"its version: {said[-1] if said else f'exit status {ran.returncode}'}"
    return _short(said[0]), ""


def _short(line: str) -> str:
    """The first number of a version in the line; the line itself, if there is none."""
    number = re.search(r"\d+(\.\w+)+", line)
    return number[0] if number else line[:30]


def filled(word: str, *, folder: Path, python: str, build: Path) -> str:
    """A word of a command about no target."""
    places = {"{here}": folder, "{python}": python, "{build}": build, "{node_modules}": cached("npm", "node_modules")}
    for place, stands in places.items():
        word = word.replace(place, str(stands))
    return word


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


OWN: Final = sys.executable
"""The interpreter that simnet runs in: a user's virtual environment with his clients, as a rule."""

"""The clients that the matrix ships: each names what is there, and brings what is promised when nothing fails.

Of those in Python all of one protocol share a process, which their imports make dear; the others are started by themselves.
What is not installed, or would have to be installed or compiled first, is skipped by name.
"""

from __future__ import annotations

import ast
import base64
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

import simnet
from simnet.fronts.matrix.asking import RUNNER, command_of
from simnet.fronts.matrix.places import Found, clients, protocols
from simnet.matrix.definition import Client, SetUp, Way
from simnet.matrix.failures import Failure, scenario_of
from simnet.matrix.protocol import Protocol

CLIENTS: Final = clients(())
PROTOCOLS: Final = protocols()
HEALTHY: Final = {way: Failure("none", "", "nothing fails", way, None) for way in (Way.GET, Way.POST)}
PATIENCE: Final = 100
"""Seconds for a process on a machine under load."""

Answers = Mapping[str, Sequence[bytes | None]]
"""Client -> what each of its calls brought, in the order of `calls_of`; None for what was reported as an error."""

each_client = pytest.mark.parametrize("name", CLIENTS)


def calls_of(client: Client) -> Iterator[tuple[SetUp, Way]]:
    """Everything that it can be asked."""
    return ((set_up, way) for set_up in client.set_ups() for way in HEALTHY if set_up.can(way))


def lacking(client: Client) -> str:
    """What keeps it from being asked here and now; "" if nothing does."""
    programs = [program for program in client.needs.programs if shutil.which(program) is None]
    return ", ".join([
        *programs,
        *(f"{package} of npm" for package in client.needs.node),
        *(f"{package} of PyPI" for package in client.needs.python if not _is_installed(package)),
        *(["a compiler's work"] if client.build is not None else []),
    ])  # fmt: skip


def _is_installed(package: str) -> bool:
    if re.search(r"[<>=]", package):
        return False  # it lives apart
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def functions_of(client: Client) -> Iterator[tuple[str, str, int]]:
    """Module, function and number of its arguments, of each call that is a function."""
    for set_up, way in calls_of(client):
        call = set_up.get if way is Way.GET else set_up.post
        if isinstance(call, str):
            yield *call.split(":"), 1 if way is Way.GET else 2  # type: ignore[misc]  # two words


@pytest.fixture(scope="module")
def in_python() -> dict[str, Answers]:
    """Protocol -> the answers of its clients in Python, as far as somebody has asked for them."""
    return {}


def ask_all(protocol: Protocol) -> Answers:
    """One process for all that are installed: the runner's steps are calls of one client after the other."""
    there = [c for c, _ in CLIENTS.values() if c.speaks == protocol.protocol and c.in_python and not lacking(c)]
    steps = [f"{w.value}={s.get if w is Way.GET else s.post}" for client in there for s, w in calls_of(client)]
    folder = CLIENTS[there[0].client][1]
    with simnet.network(scenario_of(HEALTHY[Way.GET], protocol)) as net:
        target = protocol.in_words(host=net["api"].address, port=str(net["api"].port), tls=False)
        command = [sys.executable, "-P", str(RUNNER), str(folder), target, protocol.body, *steps]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    lines = iter([json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")])
    brought = {client.client: [_data(next(lines, {})) for _ in calls_of(client)] for client in there}
    assert ran.returncode == 0, ran.stderr
    return brought


def _data(line: Mapping[str, str]) -> bytes | None:
    return base64.b64decode(line["data"]) if "data" in line else None


def ask(client: Client, folder: Path, protocol: Protocol, set_up: SetUp, way: Way) -> bytes | None:
    """What a command brings: on standard output, or in a line on standard error."""
    found = Found(client=client, folder=folder, version="", python=sys.executable, node_modules=folder, build=folder)
    with simnet.network(scenario_of(HEALTHY[way], protocol)) as net:
        place = {"host": net["api"].address, "port": str(net["api"].port)}
        command = command_of(found, set_up, HEALTHY[way], protocol, **place)
        ran = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    lines = [json.loads(line) for line in ran.stderr.decode().splitlines() if line.startswith("{")]
    assert ran.returncode == 0, ran.stderr
    return _data(lines[-1]) if lines else ran.stdout


@each_client
def test_what_a_definition_names_is_there(name: str) -> None:
    """Its protocol, every file beside it, and every function with as many arguments as it is called with."""
    client, folder = CLIENTS[name]
    assert client.speaks in PROTOCOLS
    commands = [call for s in client.set_ups() for call in (s.get, s.post, s.calls) if isinstance(call, tuple)]
    words = [word for command in (*commands, client.build or ()) for word in command]
    named = [word.removeprefix("{here}/") for word in words if word.startswith("{here}/")]
    assert [file for file in named if not (folder / file).is_file()] == []
    for module, function, arguments in functions_of(client):
        tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
        defined = {node.name: len(node.args.args) for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert defined.get(function) == arguments


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_spoken(name: str) -> None:
    """Whoever adds one adds a client of it."""
    assert name in {client.speaks for client, _ in CLIENTS.values()}


@each_client
def test_it_brings_what_is_promised(name: str, in_python: dict[str, Answers]) -> None:
    """In each setting, by each way: the very bytes."""
    client, folder = CLIENTS[name]
    if missing := lacking(client):
        pytest.skip(f"it lacks {missing}")
    protocol = PROTOCOLS[client.speaks]
    if client.in_python and client.speaks not in in_python:
        in_python[client.speaks] = ask_all(protocol)
    if client.in_python:
        brought = in_python[client.speaks][name]
    else:
        brought = [ask(client, folder, protocol, set_up, way) for set_up, way in calls_of(client)]
    assert brought == [protocol.promised.of(way.value) for _, way in calls_of(client)]

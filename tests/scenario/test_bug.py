"""The section `bug:`: what can be installed is a name and a version, and the rest of the scenario can show the bug."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simnet.scenario import Scenario, dump, load_text
from simnet.scenario.bug import Environment

TEXT = """\
simnet: 1
run: python3 client.py

services:
  api: {}

expect:
  - connections: {at_least: 2}

bug:
  of: redis-py
  issues:
    - https://bugs.test/1
  look_at: the second connection
  bad: {python: [redis==4.5.1], env: {MOOD: calm}}
  good: {program: redis-cli, label: the command, run: [redis-cli, ping]}
"""


def test_it_is_written_as_one_would_write_it() -> None:
    """Each environment is one line of the dumped file."""
    assert dump(load_text(TEXT)) == TEXT


@pytest.mark.parametrize(
    "written",
    ["redis==4.5.1", "httpx[http2] >= 0.27, < 1", "a", "zope.interface~=5.0", "x==1.0+local", "Flask==0.5.*"],
)
def test_a_package_of_python(written: str) -> None:
    """Names, extras and versions are packages."""
    assert Environment(python=(written,)).name == written


@pytest.mark.parametrize("written", ["ioredis@5.3.2", "@grpc/grpc-js@^1.9", "ws", "a@1.0.0-rc.1+build"])
def test_a_package_of_node(written: str) -> None:
    """Names, scopes and versions are packages."""
    assert Environment(node=(written,)).name == written


@pytest.mark.parametrize(
    "written", ["-r x", "--index-url=x", "./redis", "a/b", "a @ https://x.test", "git+ssh://x", "", "a;b", "a\n-e ."]
)
@pytest.mark.parametrize("kind", ["python", "node"])
def test_no_installer_is_sent_elsewhere(kind: str, written: str) -> None:
    """An option, a path, an address or a repository is none."""
    with pytest.raises(ValidationError, match="no name of"):
        Environment.model_validate({kind: [written]})


@pytest.mark.parametrize("entry", [{}, {"python": []}, {"python": ["a"], "program": "curl"}])
def test_an_environment_is_made_of_one_thing(entry: dict[str, Any]) -> None:
    """Packages of Python, packages of Node, or a program."""
    with pytest.raises(ValidationError, match="made of one thing"):
        Environment.model_validate(entry)


@pytest.mark.parametrize(("without", "complaint"), [("run", "no command for `bad`"), ("expect", "nothing is")])
def test_a_bug_can_be_seen(without: str, complaint: str) -> None:
    """Also of a scenario made in Python there must be something to run and something to expect."""
    made = load_text(TEXT).model_dump(mode="json", by_alias=True)
    with pytest.raises(ValidationError, match=complaint):
        Scenario.model_validate(made | {without: None if without == "run" else []})

"""The runner of functions in Python: it reports what they returned or raised, line by line, and changes nothing else."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

RUNNER: Final = Path(__file__).parent.parent.parent / "simnet" / "fronts" / "matrix" / "runner.py"

MODULE: Final = """
import socket, ssl

def get(target): return target.encode()
def post(target, body): return body.upper()
def text(target): return "text"
def nested(target):
    try:
        raise ConnectionRefusedError(111, "refused")
    except OSError as error:
        raise RuntimeError(error) from None
def caused(target):
    try:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")
    except OSError as error:
        raise ValueError("no name") from error
def grouped(target): raise ExceptionGroup("two", [TimeoutError(), KeyError("a")])
def tls(target):
    error = ssl.SSLError(1, "bad"); error.reason = "CERTIFICATE_VERIFY_FAILED"
    raise error
def circle(target):
    error = ValueError(); error.__cause__ = KeyError(); error.__cause__.__cause__ = error
    raise error
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A definition's folder, with one module in it."""
    (tmp_path / "mine.py").write_text(MODULE)
    return tmp_path


def run(folder: Path, *steps: str) -> tuple[int, list[dict[str, Any]]]:
    """The status, and the lines that it has reported."""
    command = [sys.executable, "-P", str(RUNNER), str(folder), "tcp://here", "body", *steps]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert not ran.stdout
    return ran.returncode, [json.loads(line) for line in ran.stderr.splitlines() if line]


def test_calls_are_reported_one_by_one(folder: Path) -> None:
    """Each has its data and its time; what failed does not keep the next from being called."""
    status, lines = run(folder, "get=mine:get", "rest=0.2", "get=mine:nested", "post=mine:post")
    assert status == 1
    assert [line["call"] for line in lines] == ["get", "get", "post"]
    assert [base64.b64decode(lines[at]["data"]) for at in (0, 2)] == [b"tcp://here", b"BODY"]
    assert all(0 <= line["seconds"] < 60 for line in lines)
    assert [each["type"] for each in lines[1]["error"]] == ["RuntimeError", "ConnectionRefusedError"]
    assert lines[1]["error"][1] == {
        "type": "ConnectionRefusedError",
        "errno": "ECONNREFUSED",
        "message": "[Errno 111] refused",
    }


@pytest.mark.parametrize(
    ("function", "chain"),
    [
        ("caused", [("ValueError", ""), ("socket.gaierror", "EAI_NONAME")]),
        ("grouped", [("ExceptionGroup", ""), ("TimeoutError", ""), ("KeyError", "")]),
        ("tls", [("ssl.SSLError", "CERTIFICATE_VERIFY_FAILED")]),
        ("circle", [("ValueError", ""), ("KeyError", "")]),
    ],
)
def test_the_whole_chain_is_told(folder: Path, function: str, chain: list[tuple[str, str]]) -> None:
    """Causes, groups, names of getaddrinfo and of OpenSSL; a chain that is a circle has an end."""
    status, (line,) = run(folder, f"get=mine:{function}")
    assert status == 1
    assert [(each["type"], each["errno"]) for each in line["error"]] == chain


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("get=mine:nothing", "there is no function `nothing` in mine"),
        ("get=not_there:get", "No module named 'not_there'"),
        ("get=mine:text", "mine:text returned str, not bytes"),
    ],
)
def test_a_broken_definition_says_so(folder: Path, step: str, said: str) -> None:
    """It is no failure of the client, and must not be taken for one."""
    status, lines = run(folder, step)
    assert status == 3
    assert said in lines[-1]["broken"]

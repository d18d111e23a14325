"""Environments of exhibits: whole or not there, whatever becomes of the installer (which is the test's own)."""

from __future__ import annotations

import contextlib
import os
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from simnet.errors import MachineError
from simnet.fronts.inbox import Inbox, StoppedError
from simnet.fronts.museum import cache
from simnet.fronts.museum.furnish import furnished, ready
from simnet.scenario.bug import Environment

LEFT_PAD: Final = Environment(node=("left-pad@1.3.0",), env={"MOOD": "calm"})

Npm = Callable[[str], None]
Leaving = Callable[[Path], Inbox]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache is a folder of the test's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "simnet" / "museum"


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Npm:
    """Have npm be a script of the test's; `node` is there as well."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    def write(script: str) -> None:
        for name in ("npm", "node"):
            (programs / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
            (programs / name).chmod(0o755)

    return write


def furnish(environment: Environment, inbox: Inbox | None = None) -> dict[str, str]:
    """The variables; what is told meanwhile is of no interest."""
    return dict(furnished(environment, inbox or queue.SimpleQueue(), lambda _: None))


def test_what_is_built_is_found_again(npm: Npm, home: Path) -> None:
    """The second time nothing is installed; the packages are where the variables say."""
    npm("mkdir -p node_modules/left-pad; echo $@ > node_modules/left-pad/asked")
    assert not ready(LEFT_PAD)
    first = furnish(LEFT_PAD)
    assert ready(LEFT_PAD)
    npm("exit 1")
    second = furnish(LEFT_PAD)
    assert second["NODE_PATH"] == first["NODE_PATH"]
    assert second["MOOD"] == "calm"
    assert second["PATH"].startswith(f"{first['NODE_PATH']}/.bin:")
    assert (Path(first["NODE_PATH"]) / "left-pad" / "asked").read_text().split()[-1] == "left-pad@1.3.0"
    assert len(list(home.iterdir())) == 2, "a folder, and its name"


def test_a_failed_installation_leaves_nothing(npm: Npm, home: Path) -> None:
    """What the installer said last is the message, and there is neither a name nor a folder."""
    npm("mkdir node_modules; echo reading; echo 'E404 no such package' >&2; exit 1")
    with pytest.raises(MachineError, match=r"left-pad@1\.3\.0 cannot be installed here: reading / E404 no such package"):
        furnish(LEFT_PAD)
    assert list(home.iterdir()) == []


def test_a_signal_ends_the_installer(npm: Npm, home: Path, tmp_path: Path, leaving: Leaving) -> None:
    """With all that it has started, and nothing is left in the cache."""
    pid = tmp_path / "pid"
    npm(f"sleep 1000 & echo $! > {pid}.part; mv {pid}.part {pid}; wait")
    with pytest.raises(StoppedError):
        furnish(LEFT_PAD, leaving(pid))
    assert list(home.iterdir()) == []
    assert _ended(int(pid.read_text()))


def _ended(pid: int) -> bool:
    """Whether the process has ended: it may be a zombie until whoever adopted it looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except OSError:
        return True


def test_an_unfinished_environment_has_no_name(home: Path) -> None:
    """While it is built it cannot be found, and it cannot if the block is left by an error."""
    with contextlib.suppress(KeyboardInterrupt), cache.under_construction(LEFT_PAD) as place:
        (place / "half").touch()
        assert cache.found(LEFT_PAD) is None
        raise KeyboardInterrupt
    assert list(home.iterdir()) == []


def test_of_two_builders_one_is_kept(home: Path) -> None:
    """Whoever is later takes what is there, and removes their own."""
    with cache.under_construction(LEFT_PAD) as second:
        with cache.under_construction(LEFT_PAD) as first:
            assert first != second
            assert second.is_dir(), "nobody sweeps away what is being built"
        kept = cache.found(LEFT_PAD)
    assert kept == first == cache.found(LEFT_PAD)
    assert not second.exists()


def test_what_a_killed_builder_left_is_swept_away(home: Path) -> None:
    """Its lock has gone with it; what has a name stays."""
    home.mkdir(parents=True)
    (left := home / f"{cache.name_of(LEFT_PAD)}.killed").mkdir()
    with cache.under_construction(LEFT_PAD) as place:
        assert not left.exists()
    with cache.under_construction(LEFT_PAD):
        assert place.is_dir()
    assert cache.found(LEFT_PAD) == place


def test_a_name_that_leads_nowhere_is_given_anew(home: Path) -> None:
    """Somebody has emptied the cache by hand."""
    home.mkdir(parents=True)
    (home / cache.name_of(LEFT_PAD)).symlink_to("gone")
    assert cache.found(LEFT_PAD) is None
    with cache.under_construction(LEFT_PAD) as place:
        pass
    assert cache.found(LEFT_PAD) == place


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the folder and the variable that moves it."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    with (
        pytest.raises(MachineError, match=r"/proc/none/simnet/museum.*XDG_CACHE_HOME"),
        cache.under_construction(LEFT_PAD),
    ):
        pass


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (Environment(python=("a==1", "b==2")), Environment(python=("b==2", "a==1"), label="x", shows="y"), True),
        (Environment(python=("a==1",)), Environment(python=("a==2",)), False),
        (Environment(python=("a",)), Environment(node=("a",)), False),
    ],
)
def test_an_environment_is_kept_by_what_is_in_it(one: Environment, other: Environment, *, alike: bool) -> None:
    """Order, label and variables make no other of it."""
    assert (cache.name_of(one) == cache.name_of(other)) == alike

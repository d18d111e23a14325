"""`@pytest.mark.simnet(...)`: what a test asks of its network.

Law: a mark that cannot be meant is a failure with the right way to write it, never ignored. Marks nearer to the test
win, word by word, so that a module can say `leaks="error"` for all of its tests.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from simnet.api import Source
from simnet.scenario import Scenario
from simnet.trace.wording import shown
from simnet.values import Duration

__all__ = ["EXAMPLE", "FIXTURES", "Asked", "asked_by", "refuse", "without_fixture"]

FIXTURES = ("simnet", "simnet_world")
EXAMPLE = '@pytest.mark.simnet("flaky.yaml", seed=7, leaks="error", timeout="10s")'


@dataclass(frozen=True, slots=True)
class Asked:
    """What the marks of a test say, or nothing."""

    scenario: Source | None = None
    seed: int | None = None
    leaks: str = "ignore"
    timeout: Duration | None = None
    """After how long the test is ended; what the configuration says, if None."""


def refuse(why: str) -> NoReturn:
    """Fail in these words alone: a traceback through the plugin would tell its user nothing."""
    __tracebackhide__ = True
    pytest.fail(why, pytrace=False)


def asked_by(item: pytest.Item) -> Asked:
    """What the test asks for; fails it where that cannot be meant."""
    said: dict[str, Any] = {}
    for mark in item.iter_markers("simnet"):
        said = _words_of(mark, item.path.parent, item.config.rootpath) | said
    return Asked(**said)


def without_fixture(item: pytest.Item) -> None:
    """Fail a test that has the mark and neither fixture: no network would come up, and it would pass all the same."""
    names = getattr(item, "fixturenames", FIXTURES)
    if item.get_closest_marker("simnet") is not None and not set(FIXTURES) & set(names):
        refuse(
            f"{item.name} is marked with simnet, but asks for no network; take the fixture `simnet` as a parameter"
            " (`simnet_world` on Trio), or say @pytest.mark.usefixtures('simnet')"
        )


def _words_of(mark: pytest.Mark, here: Path, root: Path) -> dict[str, Any]:
    if not mark.args and not mark.kwargs:
        refuse(f"@pytest.mark.simnet says nothing; name a scenario, or how the network shall be used: {EXAMPLE}")
    if len(mark.args) > 1:
        refuse(
            f"@pytest.mark.simnet takes one scenario, and here are {len(mark.args)}; call simnet(...) for each of them"
        )
    said = {word: _read(word, value) for word, value in mark.kwargs.items()}
    if mark.args:
        said["scenario"] = _scenario(mark.args[0], here, root)
    return said


def _scenario(source: object, here: Path, root: Path) -> Source:
    """A path is looked for beside the test, then in the root folder."""
    if isinstance(source, Scenario) or (isinstance(source, str) and "\n" in source):
        return source
    if not isinstance(source, str | Path):
        refuse(f"a scenario is the path of a file, its text, or a simnet.Scenario, and here is {shown(source)!s:.60}")
    found = [place for place in (here / source, root / source) if place.exists()]
    if not found:
        refuse(f"there is no scenario {shown(source)}, neither in {here} nor in {root}")
    return found[0]


def _read(word: str, value: object) -> object:
    if word not in _READERS:
        near = difflib.get_close_matches(word, _READERS, 1)
        cure = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_READERS)}"
        refuse(f"@pytest.mark.simnet has no {shown(word)!r}; {cure}")
    return _READERS[word](value)


def _seed(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return refuse(f"the seed of a network is a whole number, and here is {value!r:.60}")


def _leaks(value: object) -> str:
    if value in {"error", "ignore"}:
        return str(value)
    return refuse(f'leaks is "error" or "ignore", and here is {value!r:.60}')


def _timeout(value: object) -> Duration:
    try:
        found = Duration.parse(value)
    except ValueError as error:
        return refuse(f"timeout: {error}")
    return found if found.microseconds else refuse("timeout: a test cannot end within no time")


_READERS: Mapping[str, Callable[[object], object]] = {"seed": _seed, "leaks": _leaks, "timeout": _timeout}

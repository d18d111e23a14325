"""Commands of our own side by side: their ends as they come, and an end for all of them."""

from __future__ import annotations

import contextlib
import queue
import signal
from pathlib import Path

import pytest

from simnet.fronts.inbox import Inbox, Signalled
from simnet.fronts.side_by_side import SideBySide

VERSION, NONSENSE = ("--version",), ("nonsense",)

ENDED = {0, -signal.SIGTERM}
"""A network that is up goes down in order; one that is not yet, at once."""


@pytest.fixture
def for_ever(tmp_path: Path) -> tuple[str, ...]:
    """The command of a network that stays up until it is ended."""
    file = tmp_path / "echo.yaml"
    file.write_text("simnet: 1\nservices: {api: {speaks: echo}}\n", "utf-8")
    return ("run", str(file))


def test_each_end_is_told_with_its_number() -> None:
    """What was said, the status and the complaint of each, whatever its neighbour does."""
    found = {one.number: one for one in SideBySide(queue.SimpleQueue()).ended([VERSION, NONSENSE, VERSION], 2)}
    assert [found[number].status for number in range(3)] == [0, 2, 0]
    assert found[0].said == found[2].said != ""
    assert "nonsense" in found[1].last_words


def test_no_commands_have_no_end() -> None:
    """Nothing is begun, and nothing is waited for."""
    assert not list(SideBySide(queue.SimpleQueue()).ended([], 1))


def test_whoever_leaves_early_ends_them_all(for_ever: tuple[str, ...]) -> None:
    """A command that would never end is ended, and one that waits for its turn is not begun."""
    workers = SideBySide(queue.SimpleQueue())
    with contextlib.closing(workers.ended([VERSION, for_ever, for_ever, for_ever], 2)) as coming:
        assert next(coming).number == 0
    assert not list(coming)


def test_a_signal_is_handed_on(for_ever: tuple[str, ...]) -> None:
    """Both are ended by the signal that came to us, whose number is kept; the third is not begun."""
    inbox: Inbox = queue.SimpleQueue()
    workers = SideBySide(inbox)
    told = []
    for one in workers.ended([VERSION, for_ever, for_ever], 1):
        told.append(one)
        if one.number == 0:
            inbox.put(Signalled(signal.SIGINT))
    assert workers.stopped_by == signal.SIGINT
    assert [one.number for one in told] in ([0], [0, 1]), "the second, if it had begun by then"
    assert told[-1].status in ENDED


def test_one_that_takes_too_long_is_ended(for_ever: tuple[str, ...]) -> None:
    """It is asked to end when its seconds are over, and it is told how it ended."""
    (one,) = SideBySide(queue.SimpleQueue(), most=1.5).ended([for_ever], 1)
    assert one.status in ENDED

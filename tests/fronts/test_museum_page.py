"""`docs/museum.md` as it is made: of what was seen, and of the format itself."""

from __future__ import annotations

from simnet.fronts.museum.page import page
from simnet.fronts.museum.record import Record, Seen
from simnet.scenario.bug import Bug, Environment

GOOD = Seen(name="a==2", command="run it", output="fine\n")


def written(bad: Seen, good: Seen = GOOD) -> str:
    """The page of one exhibit."""
    return page([Record(name="01_a", title="A <b> | c", of="a", look_at="the end", found="so", bad=bad, good=good)])


def test_what_was_seen_stands_there() -> None:
    """Whether it is as told, the output's end, and every difference by its first line."""
    said = written(Seen(name="a==1", command="run it", output="x\n" * 20 + "``` end", differences=("no: 1\n  drawing",)))
    assert "| [`01_a`](#01_a) | a | a==1 → a==2 | yes |" in said
    assert "Bad, `a==1`, `run it`:\n\n```\nx\nx\nx\nx\nx\nx\nx\n''' end\n✗ no: 1\n```\n" in said
    assert "Good, `a==2`, `run it`:\n\n```\nfine\n✓ all held\n```\n" in said


def test_what_was_not_as_told_stands_there_too() -> None:
    """With its reason; and likewise what could not be run."""
    assert "Not as told: every expectation held" in written(Seen(name="a==1", departure="every expectation held"))
    said = written(Seen(name="a==1", unavailable="no npm"), Seen(name="a==2", unavailable="the other one cannot be"))
    assert "Bad, `a==1`: not run: no npm" in said
    assert "| a==1 → a==2 | not run |" in said


def test_nothing_foreign_is_markup() -> None:
    """A title is text, in prose and in a table."""
    assert "**a: A &lt;b&gt; | c**" in written(GOOD)


def test_every_key_of_the_format_is_explained() -> None:
    """Whoever writes an exhibit finds them all."""
    said = written(GOOD)
    for key in (*Bug.model_fields, *Environment.model_fields):
        assert f"\n| `{key}` | " in said

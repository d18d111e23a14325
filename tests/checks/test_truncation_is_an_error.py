"""`truncation_is_an_error`: a broken reply is no success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import ClientEnded, ClientStarted

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_an_error_or_another_try(story: Story, judge: Judge) -> None:
    """Either is right."""
    told = story().call(0, 1, "IncompleteRead").lost(0, 1, how="FIN", sent=50)
    told.call(2, 4).lost(2, 3, how="FIN", sent=50).answered(3, 4)
    assert judge("truncation_is_an_error", told.trace()) == []


def test_ok_with_half_a_reply_is_told(story: Story, judge: Judge) -> None:
    """How much there was, and how it broke off."""
    assert judge("truncation_is_an_error", story().call(0, 1).lost(0, 1, how="FIN", sent=50).trace()) == [
        (
            "call 'get /x': the reply to request 1 broke off after 50 B (FIN by service), and the call ended ok"
            " (of 1 broken reply)"
        )
    ]


def test_the_exit_status_of_a_program_is_its_word(story: Story, judge: Judge) -> None:
    """As wget, which exits with 0 on a chunked body without its end."""
    for status, told in ((0, 1), (4, 0)):
        made = story().add(ClientStarted(t=0, command="wget")).lost(0.1, 0.2, how="FIN", sent=50)
        made.add(ClientEnded(t=1, status=status, seconds=1))
        assert len(judge("truncation_is_an_error", made.trace())) == told


@given(sent=st.integers(0, 9), outcome=st.sampled_from(["ok", "ValueError"]), again=st.booleans())
@quick
def test_told_exactly_if_it_ended_well_on_a_broken_reply(
    story: Story, judge: Judge, *, sent: int, outcome: str, again: bool
) -> None:
    """With some bytes, and nothing better after it."""
    told = story().call(0, 9, outcome).lost(0, 1, how="FIN", sent=sent).lost(20, 21, how="FIN", sent=1)
    if again:
        told.answered(2, 3)
    wrong = sent > 0 and outcome == "ok" and not again
    assert bool([m for m in judge("truncation_is_an_error", told.trace()) if not m.startswith("?")]) == wrong

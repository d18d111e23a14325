"""`stale_connection_retried_once`: once, anew, and only where it does no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_get_is_sent_again_once(story: Story, judge: Judge) -> None:
    """On a new connection, at once."""
    told = story().call(0, 1).answered(0, 0.1).call(1, 2).lost(1, 1.01, how="FIN", on=1).answered(1.02, 1.1)
    assert judge("stale_connection_retried_once", told.trace()) == []


def test_a_post_is_not(story: Story, judge: Judge) -> None:
    """The server may have done it."""
    told = story().call(0, 0.5).answered(0, 0.1).call(1, 2)
    told.lost(1, 1.01, how="FIN", on=1, method="POST").answered(1.02, 1.1, method="POST")
    assert judge("stale_connection_retried_once", told.trace()) == [
        (
            "call 'get /x': request 2 is a POST without a key, was lost on a kept connection, and was sent again by itself"
            " (of 1 stale request)"
        )
    ]


def test_not_twice(story: Story, judge: Judge) -> None:
    """A failed automatic retry is left to the caller."""
    told = story().call(0, 0.5).answered(0, 0.1).call(1, 2).lost(1, 1.01, how="FIN", on=1)
    told.lost(1.02, 1.03).answered(1.04, 1.1)
    assert judge("stale_connection_retried_once", told.trace()) == [
        (
            "call 'get /x': request 4 is automatic retry 2, 10 ms after request 3 failed; one is allowed"
            " (of 1 stale request)"
        )
    ]


@given(
    method=st.sampled_from(["GET", "PUT", "DELETE", "POST", "PATCH"]), key=st.sampled_from(["", "k"]), gap=st.floats(0, 1)
)
@quick
def test_the_method_or_the_key_or_the_time_allow_it(
    story: Story, judge: Judge, method: str, key: str, gap: float
) -> None:
    """Told exactly if it was at once, not idempotent, and without a key."""
    told = story().call(0, 0.5).answered(0, 0.1).call(1, 9)
    told.lost(1, 1.01, how="FIN", on=1, method=method, key=key).answered(1.01 + gap, 3, method=method, key=key)
    wrong = gap < 0.05 and method in {"POST", "PATCH"} and not key
    if abs(gap - 0.05) > 1e-6:
        assert bool(judge("stale_connection_retried_once", told.trace())) == wrong

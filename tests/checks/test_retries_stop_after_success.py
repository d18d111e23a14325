"""`retries_stop_after_success`: no try follows a good answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import Queried

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_success_ends_it(story: Story, judge: Judge) -> None:
    """Failures before it do no harm; neither does another call after it."""
    told = story().call(0, 1).refused(0).answered(0.2, 0.3, 503).answered(0.5, 0.6).call(2, 3).answered(2, 2.1)
    assert judge("retries_stop_after_success", told.trace()) == []


def test_a_try_after_it_is_told(story: Story, judge: Judge) -> None:
    """Both are named, with their times."""
    told = story().answered(0, 0.1).answered(0.2, 0.3)
    assert judge("retries_stop_after_success", told.trace()) == [
        "request 1 was answered with 200 at 0.100, and request 2 followed at 0.200 (of 1 call)"
    ]


@given(failures=st.integers(0, 5), more=st.integers(0, 3))
@quick
def test_each_try_after_the_first_success_is_one_difference(story: Story, judge: Judge, failures: int, more: int) -> None:
    """And none before it."""
    told = story().call(0, 99)
    for at in range(failures):
        told.answered(at, at + 0.5, 503)
    for at in range(failures, failures + 1 + more):
        told.answered(at, at + 0.5)
    assert len(judge("retries_stop_after_success", told.trace())) == more


def test_a_resolvers_answer_is_no_success_of_a_call(story: Story, judge: Judge) -> None:
    """Response codes of DNS (2 is SERVFAIL) are none of HTTP's statuses: a second query over TCP repeats nothing."""
    told = story().call(0, 4).answered(0, 1, status=2, service="names").answered(2, 3, status=2, service="names")
    as_http = judge("retries_stop_after_success", told.trace())
    for number in (1, 2):
        at = 2.0 * number - 2
        told.add(Queried(t=at, service="names", request=number, client="", name="a.test", type="A", transport="tcp"))
    assert (len(as_http), judge("retries_stop_after_success", told.trace())) == (1, [])

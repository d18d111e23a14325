"""`no_outside_traffic`: whatever is dialled outside is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import Observed, Outside

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)

FOREIGN = f"{192}.0.2.1"
"""Of a documentation network (RFC 5737), put together so that it does not stand here."""


ISOLATED = Observed(t=0, by="notifier", outside=True)


def test_loopback_alone(story: Story, judge: Judge) -> None:
    """What the services see is inside."""
    assert judge("no_outside_traffic", story().add(ISOLATED).answered(0, 1).trace()) == []


def test_where_nobody_sees_it_nothing_is_said(story: Story, judge: Judge) -> None:
    """A program that was not isolated may have dialled anywhere."""
    told = story().add(Observed(t=0, by="notifier")).answered(0, 1)
    (said,) = judge("no_outside_traffic", told.trace())
    assert said.startswith("? too few to judge: 0 of the 1 isolated program")


def test_an_attempt_outside_is_told(story: Story, judge: Judge) -> None:
    """Where to, by what, and when."""
    told = story().add(ISOLATED).add(Outside(t=1.5, address=FOREIGN, port=443, transport="TCP"))
    assert judge("no_outside_traffic", told.trace()) == [
        f"it tried to reach {FOREIGN} port 443 (TCP) at 1.500 (of 1 isolated program)"
    ]


@given(ports=st.lists(st.integers(1, 65535), max_size=6))
@quick
def test_each_is_one_difference(story: Story, judge: Judge, ports: list[int]) -> None:
    """None is folded away."""
    told = story().add(ISOLATED)
    for port in ports:
        told.add(Outside(t=1, address=FOREIGN, port=port, transport="UDP"))
    assert len(judge("no_outside_traffic", told.trace())) == len(ports)

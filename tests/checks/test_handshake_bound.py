"""`handshake_bound`: closed in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import ClientHelloSeen, HandshakeDone, HandshakeFailed

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_closed_in_time(story: Story, judge: Judge) -> None:
    """A second, seen a little later; a request that is answered is none of it."""
    told = story().opened(0, 1.2, received=200).answered(2, 2.1)
    assert judge("handshake_bound", told.trace(), within="1s") == []


def test_closed_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """Which connection, and how long it lasted."""
    told = story().opened(0, 3.25, received=200).opened(4, received=200)
    sample = " (of 2 silent connections, tolerance 20ms + 5%)"
    assert judge("handshake_bound", told.trace(until=9), within="2s") == [
        f"connection 1 was closed 3 s after accept, without a byte, expected at most 2 s{sample}",
        f"connection 2 was still open 5 s after accept, without a byte, expected at most 2 s{sample}",
    ]


def test_a_tls_handshake_without_end_is_judged(story: Story, judge: Judge) -> None:
    """Also after the ServerHello; one that was done, or failed, has its end."""
    told = story()
    for at in range(3):
        told.opened(at, at + 9, received=200, sent=1000)
        hello = ClientHelloSeen(t=at, service="api", connection=at + 1, versions="TLSv1.3")
        told.add(hello)
    told.add(HandshakeDone(t=1.1, service="api", connection=2, version="TLSv1.3", cipher=""))
    told.add(HandshakeFailed(t=2.1, service="api", connection=3, alert="", why=""))
    (said,) = judge("handshake_bound", told.trace(), within="2s")
    assert said.startswith("connection 1 was closed 8.75 s after accept, with its TLS handshake unfinished, expected")


def test_nothing_of_the_kind_says_nothing(story: Story, judge: Judge) -> None:
    """Where all were served, the claim has not been shown."""
    (said,) = judge("handshake_bound", story().answered(0, 1).trace(), within="2s")
    assert said.startswith("? too few to judge: 0 of the 1")


@given(lasted=st.floats(0.5, 10), within=st.integers(100, 9000))
@quick
def test_told_exactly_if_it_was_surely_late(story: Story, judge: Judge, lasted: float, within: int) -> None:
    """The service notices up to 250 ms later that a client has left; that is in the client's favour."""
    most = within / 1000 * 1.05 + 0.02
    trace = story().opened(0, lasted, received=200).trace()
    if abs(lasted - 0.25 - most) > 1e-6:
        assert bool(judge("handshake_bound", trace, within=f"{within}ms")) == (lasted - 0.25 > most)

"""`close_honoured`: nothing is sent on a connection that the service has said it would close."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import BytesAfterFin, RequestEnded

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
SAMPLE = " (of 1 announced close, tolerance 20ms + 5%)"
quick = settings(deadline=None, max_examples=30)


def _told(story: Story, *later: float) -> Any:
    """A reply at 1.0 that says close, and bytes of the client so many seconds after it."""
    told = story().lost(0, 2, by="service", how="FIN", sent=100)
    told.add(RequestEnded(t=1, service="api", connection=1, request=1, status=200, closes=True))
    for seconds in later:
        told.add(BytesAfterFin(t=1 + seconds, service="api", connection=1, count=40))
    return told.trace()


def test_nothing_more_is_sent(story: Story, judge: Judge) -> None:
    """A connection that is left alone, and one that is kept."""
    assert judge("close_honoured", _told(story)) == []


def test_what_is_sent_all_the_same_is_told(story: Story, judge: Judge) -> None:
    """How many bytes, how long after, and which reply had said so."""
    assert judge("close_honoured", _told(story, 0.4)) == [
        f"connection 1: 40 B came 400 ms after the reply to request 1, which had announced the close{SAMPLE}"
    ]


def test_no_close_says_nothing(story: Story, judge: Judge) -> None:
    """Where every connection was kept, the claim has not been shown."""
    (said,) = judge("close_honoured", story().answered(0, 1).answered(2, 3, on=1).trace())
    assert said.startswith("? too few to judge: 0 of the 1 announced close")


@given(later=st.lists(st.floats(0, 1), max_size=5))
@quick
def test_told_for_each_that_came_late(story: Story, judge: Judge, later: list[float]) -> None:
    """What may have crossed the reply on its way is let pass."""
    late = [seconds for seconds in later if (1 + seconds) - 1 > 0.02]
    assert len(judge("close_honoured", _told(story, *later))) == len(late)


def test_a_client_that_goes_on_is_seen_by_a_real_service() -> None:
    """A second request on a connection whose reply said `Connection: close`: the bytes are in the trace, and the claim fails."""
    with simnet.network("simnet: 1\nservices: {api: {http: {keep_alive: false}}}\n") as net:
        with socket.create_connection((net["api"].address, net["api"].port), timeout=30) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            heard = b""
            while data := client.recv(4096):
                heard += data
            assert b"connection: close" in heard.lower()
            client.sendall(b"GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
        claim = simnet.expect.close_honoured(tolerance="0ms")
    (difference,) = claim.differences(net.trace)
    assert "32 B came" in difference.message

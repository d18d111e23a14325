"""`udp_echo` sends back each datagram."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.services.contract import Transport
from simnet.services.udp_echo import UdpEcho


@given(st.binary(max_size=2000))
def test_each_datagram_is_answered_by_itself(data: bytes) -> None:
    """Whatever is in it, the empty datagram included, comes back as one datagram."""
    assert list(UdpEcho().datagram(data)) == [data]


def test_it_is_struck_by_what_strikes_datagrams() -> None:
    """It has no connections, and is asked for no names."""
    moments = ("at_door", "at_accept", "at_reply", "at_query", "at_datagram")
    assert UdpEcho.transports == {Transport.UDP}
    assert [moment for moment in moments if UdpEcho.meets(moment)] == ["at_datagram"]

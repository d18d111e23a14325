"""`echo` sends back what it receives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.services.echo import Echo
from tests.services.conftest import converse


@given(st.lists(st.binary(max_size=50)))
def test_every_byte_comes_back_in_order(pieces: list[bytes]) -> None:
    """Whatever is sent, in whatever pieces, comes back whole and in order, and ends with the client's FIN."""
    heard = converse(Echo(), pieces)
    assert bytes(heard.said) == b"".join(pieces)
    assert not heard.log

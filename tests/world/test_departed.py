"""Who had closed before it was accepted is known again, though its port is another's by then."""

from __future__ import annotations

from collections import defaultdict, deque

from hypothesis import given
from hypothesis import strategies as st

from simnet.world.attempt import Try
from simnet.world.departed import Departed
from simnet.world.door import DoorState


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3))))
def test_each_is_taken_once_and_in_order(steps: list[tuple[bool, int]]) -> None:
    """As from a queue for each port, whatever comes between."""
    departed, model = Departed(), defaultdict[int, deque[int]](deque)
    for number, (goes, port) in enumerate(steps, 1):
        if goes:
            departed.add(port, Try(number, None, 0.0, DoorState.OPEN, ""))
            model[port].append(number)
        else:
            taken = departed.take(port)
            assert (None if taken is None else taken.number) == (model[port].popleft() if model[port] else None)
        assert (port in departed) == bool(model[port])

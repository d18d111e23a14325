"""The virtual network against the real one: the same client, the same scenario, the same outcome."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Sized
from pathlib import Path
from typing import Any

import pytest
import trio

import simnet

PLACE = Path(__file__).parent.parent / "campaigns" / "causal.py"
SPEC = importlib.util.spec_from_file_location("causal", PLACE)
assert SPEC is not None
assert SPEC.loader is not None
causal: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(causal)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("name", causal.CLIENTS)
def test_the_networks_agree(name: str, number: int) -> None:
    """A dozen of the schedules of the campaign, four for each family; a machine that lets the client's patience run out is
    given two more tries."""
    loop, client = causal.CLIENTS[name]
    seen = None
    for _ in range(2):
        with contextlib.suppress(simnet.ExpectationError):
            seen = seen or simnet.assert_agrees(causal.schedule(number), client, loop=loop)
    seen = seen or simnet.assert_agrees(causal.schedule(number), client, loop=loop)
    assert isinstance(seen.met, Sized)
    assert len(seen.met) == causal.TRIES


def test_a_difference_is_told_of() -> None:
    """A client that knows where it is does not agree, and the message says in what."""
    seen: list[str] = []

    async def client(net: Any) -> str:
        await trio.lowlevel.checkpoint()
        seen.append(type(net).__name__)
        return seen[-1]

    with pytest.raises(simnet.ExpectationError, match=r"met: 'Simulation' and 'World'"):
        simnet.assert_agrees(causal.schedule(0), client, orders=2)
    assert seen == ["Simulation", "World", "Simulation", "Simulation"]

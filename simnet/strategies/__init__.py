"""Hypothesis strategies: networks that fail in any way, and shrink to the one way that matters.

    from hypothesis import given
    import simnet

    @given(scenario=simnet.strategies.schedules(service="api", max_connections=5))
    @simnet.virtual(save_failing="scenarios/found/")
    async def test_every_order_is_placed_once(sim, scenario):
        await place_order(sim["api"].url)
        assert sim.effects("api") == 1

Law: what is drawn is an ordinary `Scenario`: frozen, printable as a file, the same on every network. What a fault may be
is read from its parameter model, so a new kind can be drawn as soon as its file is there. The strategies are pure, and
follow the house rules of Hypothesis: plural names, keyword-only parameters, each checked when the strategy is made.

============  ============================================================================
`quantities`  durations, byte counts, rates, chances: plain ones first
`faults`      one fault of given kinds, any parameters
`schedules`   one service, and what each connection in turn meets
`scenarios`   several services at once
`wording`     a schedule in words
============  ============================================================================
"""

from __future__ import annotations

from simnet.strategies.faults import faults
from simnet.strategies.quantities import byte_counts, chances, durations, rates
from simnet.strategies.scenarios import scenarios
from simnet.strategies.schedules import MILD, schedules

__all__ = ["MILD", "byte_counts", "chances", "durations", "faults", "rates", "scenarios", "schedules"]

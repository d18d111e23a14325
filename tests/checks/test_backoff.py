"""`backoff`: pauses that grow as promised."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.checks import CHECKS

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_the_pauses_of_an_exponential_backoff(story: Story, judge: Judge) -> None:
    """200, 400, 800 ms."""
    trace = story().refused(0, 0.2, 0.6).answered(1.4, 1.5).trace()
    assert judge("backoff", trace, base="200ms", factor=2) == []
    assert judge("backoff", trace) == []


def test_a_hot_loop_is_told(story: Story, judge: Judge) -> None:
    """The gap, what was promised, and all attempts."""
    assert judge("backoff", story().refused(0, 0.204, 0.235).trace(), base="200ms", factor=2) == [
        (
            "gap 2 was 31 ms; backoff(base=200ms, factor=2) promises at least 400 ms; attempts at 0.000 0.204 0.235"
            " (of 2 gaps, tolerance 20ms + 5%)"
        )
    ]


def test_pauses_that_shrink_are_told_without_a_base(story: Story, judge: Judge) -> None:
    """`grows` compares each with the one before it."""
    assert judge("backoff", story().refused(0, 0.4, 0.6).trace()) == [
        (
            "gap 2 was 200 ms, after one of 400 ms; backoff() promises at least 400 ms; attempts at 0.000 0.400 0.600"
            " (of 2 gaps, tolerance 20ms + 5%)"
        )
    ]


def test_a_pause_above_the_cap_is_told(story: Story, judge: Judge) -> None:
    """The cap is an upper bound, with its jitter."""
    assert judge("backoff", story().refused(0, 1, 4).trace(), cap="1s", jitter="10%") == [
        (
            "gap 2 was 3 s; backoff(cap=1s, jitter=10%) promises no more than 1.1 s; attempts at 0.000 1.000 4.000"
            " (of 2 gaps, tolerance 20ms + 5%)"
        )
    ]


def test_a_loop_without_a_pause_has_none_that_grow(story: Story, judge: Judge) -> None:
    """Though by chance each may be a millisecond longer than the one before."""
    for jitter in ("0%", "any"):
        assert judge("backoff", story().refused(0, 0.001, 0.003, 0.006, 0.01, 0.015).trace(), jitter=jitter) == [
            (
                "no gap was longer than 5 ms, which cannot be told from no pause at all;"
                " attempts at 0.000 0.001 0.003 0.006 0.010 0.015 (of 5 gaps, tolerance 20ms + 5%)"
            )
        ]


def test_each_call_begins_at_the_base_again(story: Story, judge: Judge) -> None:
    """A backoff that remembers the last call is told of by `resets`."""
    told = story().call(0, 1).refused(0, 0.2, 0.6).call(2, 9).refused(2, 2.8, 4.4)
    assert judge("backoff", told.trace(), base="200ms") == []
    assert judge("backoff", told.trace(), base="200ms", resets=True) == [
        (
            "call 'get /x': gap 1 was 800 ms; backoff(base=200ms, factor=2) promises to begin with 200 ms;"
            " attempts at 2.000 2.800 4.400 (of 4 gaps, tolerance 20ms + 5%)"
        )
    ]


def test_the_timeline_follows(story: Story) -> None:
    """A line for each try, to scale."""
    (found,) = CHECKS["backoff"].model_validate({"base": "200ms"}).differences(story().refused(0, 0.204, 0.235).trace())
    rows = found.timeline.splitlines()
    assert [row.split()[0] for row in rows] == ["0.000", "0.204", "0.235"]
    assert rows[0].index("━") < rows[1].index("━") < rows[2].index("━")
    assert str(found).splitlines()[1:] == [f"    {row}" for row in rows]


ideal = st.fixed_dictionaries(
    {
        "base": st.integers(100, 2000),
        "factor": st.floats(1, 4),
        "cap": st.integers(2000, 20_000),
        "jitter": st.integers(0, 100),
        "luck": st.lists(st.floats(-1, 1), min_size=1, max_size=6),
    }
)


def _gaps(base: int, factor: float, cap: int, jitter: int, luck: list[float]) -> list[float]:
    return [min(cap, base * factor**i) / 1000 * (1 + jitter / 100 * u) for i, u in enumerate(luck)]


@given(client=ideal)
@quick
def test_an_ideal_client_passes_whatever_its_parameters(story: Story, judge: Judge, client: dict[str, Any]) -> None:
    """And the same client with its last attempt earlier than allowed does not."""
    gaps = _gaps(**client)
    said = {"base": f"{client['base']}ms", "factor": client["factor"], "cap": f"{client['cap']}ms"}
    said["jitter"], said["grows"] = f"{client['jitter']}%", client["jitter"] < 100
    times = [sum(gaps[:at]) for at in range(len(gaps) + 1)]
    grown = client["jitter"] < 100 or client["factor"] == 1
    assert not grown or judge("backoff", story().refused(*times).trace(), **said) == []
    due = min(client["cap"], client["base"] * client["factor"] ** (len(gaps) - 1)) / 1000 * (1 - client["jitter"] / 100)
    early = due * 0.949 - 0.021
    if grown and early > 0:
        assert len(judge("backoff", story().refused(*times[:-1], times[-2] + early).trace(), **said)) == 1


def test_full_jitter_is_told_of_as_seldom_as_is_said(story: Story, judge: Judge) -> None:
    """Of 300 clients with full jitter and factor 2 fewer than 4 % are told of; of 300 that do not grow about half."""
    draw = random.Random(7)
    told = {2.0: 0, 1.0: 0}
    for factor in told:
        for _ in range(300):
            gaps = [draw.random() * factor**i for i in range(5)]
            trace = story().refused(*(sum(gaps[:at]) for at in range(6))).trace()
            told[factor] += bool(judge("backoff", trace, jitter="100%"))
    assert told[2.0] < 12
    assert told[1.0] > 130

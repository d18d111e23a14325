"""The virtual kernel answers as Linux does: a bounded share of the campaign in `tests/campaigns/conformance.py`."""

from __future__ import annotations

import re

import pytest

from tests.campaigns import conformance

EXAMPLES = 600


def test_the_same_calls_have_the_same_results() -> None:
    """Whatever a program does with its sockets, it gets the same bytes and the same errnos on the model as on Linux."""
    done, difference = conformance.run(EXAMPLES, 1)
    assert difference == ""
    assert done.agreed >= EXAMPLES * 0.9


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign itself is tried: a model that polls nothing is caught, by the shortest calls that show it."""
    monkeypatch.setattr("simnet.world.virtual.exchange.poll", lambda _: 0)
    _, difference = conformance.run(200, 1)
    assert re.search(r"\.(poll|flood)\(\d\)\n# .*Linux says .*, the model \(?0", difference)  # a flood ends with a poll

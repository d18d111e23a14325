"""The virtual kernel answers as Linux does: a bounded share of the campaign in `tests/campaigns/conformance.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

CAMPAIGN = Path(__file__).parent.parent / "campaigns" / "conformance.py"
EXAMPLES = 600


@pytest.fixture(scope="module")
def campaign() -> ModuleType:
    """The campaign, which is a command."""
    spec = importlib.util.spec_from_file_location("conformance", CAMPAIGN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_same_calls_have_the_same_results(campaign: ModuleType) -> None:
    """Whatever a program does with its sockets, it gets the same bytes and the same errnos on the model as on Linux."""
    done, difference = campaign.run(EXAMPLES, 1)
    assert difference == ""
    assert done.agreed >= EXAMPLES * 0.9


def test_a_difference_is_found(campaign: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign itself is tried: a model that polls nothing is caught, by the shortest calls that show it."""
    monkeypatch.setattr("simnet.world.virtual.calls.poll", lambda _: 0)
    _, difference = campaign.run(200, 1)
    assert "poll" in difference
    assert "the model 0" in difference

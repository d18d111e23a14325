"""Two of the planted bugs, one seed each; all five, with ten: `tests/campaigns/planted_bugs.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("httpx")

from tests.campaigns.planted_bugs import search
from tests.campaigns.planted_clients import PLANTED


@pytest.mark.parametrize("bug", ["order placed again after a lost reply", "hot loop after a refusal"])
def test_a_planted_bug_is_found_shrunk_and_shown_again(bug: str, tmp_path: Path) -> None:
    """Within the default number of examples, down to the one fault that matters; the file breaks it on real sockets too."""
    found = search(PLANTED[bug], 1, tmp_path, sockets=True)
    assert found.first is not None
    assert found.is_smallest(PLANTED[bug])
    assert found.fails_again

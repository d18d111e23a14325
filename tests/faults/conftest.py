"""What the tests of several kinds of fault are put to."""

from __future__ import annotations

import pytest

from simnet.verdicts.query import Question


@pytest.fixture
def questions() -> list[Question]:
    """Queries of each sort for one name, and at last one for another."""
    return [
        Question("api.test", "A", "udp"),
        Question("api.test", "AAAA", "udp"),
        Question("api.test", "TXT", "udp"),
        Question("api.test", "AAAA", "tcp"),
        Question("other.test", "AAAA", "udp"),
    ]

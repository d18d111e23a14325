"""The example of the README is true: its ten lines find that the client pays twice, in these words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

EXAMPLE = Path(__file__).with_name("paid_twice.txt").read_text("utf-8")
README = Path(__file__).parent.parent.parent.parent / "README.md"


def test_the_example_fails_as_the_readme_says(pytester: pytest.Pytester, run: Run) -> None:
    """The order reached the service twice, because the first reply was lost; the diagram shows when."""
    pytester.path.joinpath("test_pay.py").write_text(EXAMPLE, "utf-8")
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_an_order_is_paid_once _*",
            "simnet: 1 expectation did not hold",
            "  ✗ requests of payments: there were 2 requests, expected exactly 1",
            "*simnet: The order is processed, and its reply is lost*",
            "*├─ #1 POST /pay · *▶│",
            "*│◀──*─ #1 17 B ─┤",
            "*#1 RST by service*17 B out ─┤",
            "*├─ #2 POST /pay · *▶│",
            "payments *2 *2 *2 *",
            "1   reset   requests 1   applied 1×   request 1: sent RST, bytes before 17*",
            "python -m pytest test_pay.py::test_an_order_is_paid_once --simnet-seed=0",
        ]
    )


def test_the_readme_shows_this_very_code() -> None:
    """If the README has the example, it is the one above, to the letter."""
    shown = re.search(r"```python\n(import time\n.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert shown is None or shown[1].strip() in EXAMPLE

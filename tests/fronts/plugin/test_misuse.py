"""What users get wrong, and the words in which they are told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]


Told = Callable[[list[str]], list[str]]


@pytest.fixture
def told(suite: Suite, run: Run) -> Told:
    """What each of the wrong tests is told, in one run; none of them passes, and nobody is shown code of ours."""

    def tell(tests: list[str]) -> list[str]:
        suite("\n".join(re.sub(r"\btest_it\b", f"test_{number}_", test) for number, test in enumerate(tests)))
        text = run("-W", "error").stdout.str()
        story, _, outcome = text.partition("short test summary")
        assert "passed" not in outcome
        assert "fronts/pytest" not in text
        found = [
            re.search(rf"_ (?:ERROR at \w+ of )?test_{n}_ _+\n(.*?)(?=\n_+ |\Z)", story, re.DOTALL)
            for n in range(len(tests))
        ]
        return [each[1] if each else "nothing" for each in found]

    return tell


MARKS = {
    "": "@pytest.mark.simnet says nothing; name a scenario, or how the network shall be used:",
    "()": "@pytest.mark.simnet says nothing",
    '("flakey.yaml")': "there is no scenario flakey.yaml, neither in ",
    "(42)": "a scenario is the path of a file, its text, or a simnet.Scenario, and here is 42",
    '("flaky.yaml", "other.yaml")': "takes one scenario, and here are 2; call simnet(...) for each of them",
    '("flaky.yaml", sed=1)': "@pytest.mark.simnet has no 'sed'; did you mean 'seed'?",
    '("flaky.yaml", verbose=1)': "has no 'verbose'; there are seed, leaks, timeout",
    '("flaky.yaml", seed="7")': "the seed of a network is a whole number, and here is '7'",
    '("flaky.yaml", leaks=True)': 'leaks is "error" or "ignore", and here is True',
    '("flaky.yaml", timeout=5)': "timeout: 5",
    '("flaky.yaml", timeout="0s")': "timeout: a test cannot end within no time",
    r'("simnet: 1\nservices: {api: {faults: [{fault: refuze}]}}\n")': "there is no fault `refuze`",
}


def test_a_mark_that_cannot_be_meant(told: Told) -> None:
    """Whatever is wrong with the mark is said in one sentence with the cure."""
    said = told([f"@pytest.mark.simnet{mark}\ndef test_it(simnet):\n    pass\n" for mark in MARKS])
    assert [words for words, text in zip(MARKS.values(), said, strict=True) if words not in text] == []


FIXTURES = {
    '@pytest.mark.simnet("flaky.yaml")\ndef test_it():\n    pass\n': "asks for no network; take the fixture `simnet`",
    "def test_it(simnet_world):\n    pass\n": "`simnet_world` runs in the test's own Trio loop, and this test has none",
    "@pytest.mark.trio\nasync def test_it(simnet_world):\n    pass\n": "`simnet_world` does not know which network: name",
    '@pytest.mark.simnet("simnet: 1\\nservices: {api: {faults: [{fault: connect_times_out}]}}\\n")\n'
    "def test_it(simnet):\n    pass\n": "`connect_times_out` of `api` is delivered at the system call of a program under",
}


def test_a_network_that_cannot_be_had(told: Told) -> None:
    """A test whose network would not come up, or could not keep its word, never passes in silence."""
    said = told(list(FIXTURES))
    assert [words for words, text in zip(FIXTURES.values(), said, strict=True) if words not in text] == []


def test_a_call_that_is_wrong(suite: Suite, run: Run) -> None:
    """What simnet(...) refuses is an exception at that very line of the test."""
    suite(
        """
        def test_it(simnet):
            with pytest.raises(LookupError, match="no network is up in this test: call simnet"):
                simnet["api"]
            with pytest.raises(simnet.ScenarioError, match="there is no such file"):
                simnet("none.yaml")
        """
    )
    run("-W", "error").assert_outcomes(passed=1)


JUMPS = "an autojump clock leaps over the waiting of its own loop"
MARKED = '@pytest.mark.trio\n@pytest.mark.simnet("flaky.yaml")\n'
CLOCKS = (
    (
        "import trio.testing\n\n@pytest.fixture\ndef my_clock():\n    return trio.testing.MockClock(autojump_threshold=0)\n"
        f"\n{MARKED}async def test_it(simnet, autojump_clock):\n    pass\n"
    ),
    f"{MARKED}async def test_it(simnet_world, autojump_clock):\n    pass\n",
    f"{MARKED}async def test_it(simnet, my_clock):\n    pass\n",
    """
import trio

async def client(service):
    await (await trio.open_tcp_stream(service.address, service.port)).aclose()

@pytest.mark.simnet("simnet: 1\\nservices: {api: {}}\\n")
def test_it(simnet):
    trio.run(client, simnet["api"], clock=trio.testing.MockClock(autojump_threshold=1))
""",
)


def test_an_autojump_clock(told: Told) -> None:
    """A clock that jumps is refused beside a network in the kernel's time: by name, by value, at a client's first connect."""
    said = told(list(CLOCKS))
    assert [text for text in said if JUMPS not in text] == []
    assert "clock of api: a client came from a loop with an autojump clock" in said[-1]


def test_a_time_limit_that_is_none(suite: Suite, run: Run) -> None:
    """The setting is held to the same words as the mark."""
    suite("def test_it(simnet):\n    pass\n")
    run("-o", "simnet_timeout=soon").stdout.fnmatch_lines(["the setting simnet_timeout: *"])

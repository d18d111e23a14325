"""The fixture `simnet`: a network for a test, and the verdict on its client."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]


def test_a_good_client_passes(suite: Suite, run: Run) -> None:
    """By the mark or by a call, with the module's own functions at hand, and any number of networks at a time."""
    suite(
        """
        @pytest.mark.simnet("flaky.yaml")
        def test_by_mark(simnet):
            assert get(simnet["api"].url, 3) == b"hello from simnet\\n"
            simnet["api"].set(simnet.truncate(after="10 B", required=False), simnet.fault("stall", required=False))
            assert (simnet["api"].attempts, len(simnet.services), simnet.trace.title) == (3, 1, "It comes up late")
            assert simnet.plan.seed == 7 and simnet.world.elapsed() == pytest.approx(simnet.elapsed(), abs=5)
            assert simnet.environment()["SIMNET_API_URL"] == simnet["api"].url

        def test_by_call(simnet, request):
            nets = [simnet(request.path.parent / "flaky.yaml", seed=seed) for seed in (1, 2)]
            assert {get(net["api"].url, 3) for net in nets} == {b"hello from simnet\\n"}
            with pytest.raises(LookupError, match="2 networks are up"):
                simnet["api"]

        @pytest.mark.simnet("simnet: 1\\nservices: {api: {}}\\n", seed=3)
        def test_by_text(simnet):
            with dial(simnet["api"]) as sock:
                sock.sendall(b"x")
                assert sock.recv(1) == b"x"
            assert simnet.world.plan.seed == 3
            with pytest.raises(LookupError, match="there is no service 'db'; there are api"):
                simnet["db"]

        @pytest.mark.simnet("flaky.yaml")
        @pytest.mark.usefixtures("simnet")
        def test_skips_itself():
            pytest.skip("whoever skips is not judged")

        @pytest.mark.simnet("flaky.yaml")
        @pytest.mark.xfail(strict=True)
        def test_known_bug(simnet):
            pass
        """
    )
    run("-W", "error").assert_outcomes(passed=3, skipped=1, xfailed=1)


def test_a_bad_client_fails_and_is_shown(suite: Suite, run: Run) -> None:
    """A failure, no error: first the differences, then the diagram, the figures, the proof, the seed and the command."""
    suite(
        """
        @pytest.mark.simnet("flaky.yaml")
        def test_tries_for_ever(simnet):
            for _ in range(5):
                get(simnet["api"].url, 9)
        """
    )
    result = run("--simnet-seed", "12")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_tries_for_ever _*",
            "simnet: 1 expectation did not hold",
            "  ✗ attempts of api: there were 7 attempts, expected at most 4",
            "*simnet: It comes up late*",
            "*├─ SYN · attempt 3 ─*▶│",
            "api  *7 *5 *5 *",
            "1   refuse   attempts 1-2   applied 2×*ECONNREFUSED*",
            "python -m pytest test_it.py::test_tries_for_ever --simnet-seed=12",
            "FAILED test_it.py::test_tries_for_ever - Failed: simnet: 1 expectation did n*",
        ]
    )
    assert "trials.py" not in result.stdout.str(), "nobody needs to read our code"


def test_a_fault_that_never_struck_fails_the_test(suite: Suite, run: Run) -> None:
    """A test that passed without its fault says nothing; while fixtures that use the network still can."""
    suite(
        """
        @pytest.fixture
        def after(simnet):
            yield
            assert simnet["api"].door == "refuse"

        @pytest.mark.simnet("flaky.yaml")
        def test_never_dials(after):
            pass

        @pytest.mark.simnet("flaky.yaml")
        def test_fails_by_itself(simnet):
            assert get(simnet["api"].url, 3) == b"something else"
        """
    )
    result = run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["  ✗ proof of api: fault 1 (refuse) was never reached: *"])
    text = result.stdout.str().partition("short test summary")[0]
    own = text[text.index("_ test_fails_by_itself _") :]
    assert "did not hold" not in own, "its own assertion is the failure"
    assert "attempt 3" in own, "and the diagram is told all the same"


def test_what_comes_to_light_later_is_an_error(suite: Suite, run: Run) -> None:
    """A fixture that dials once too often while it ends has its differences told there, and only those."""
    suite(
        """
        @pytest.fixture
        def careless(simnet):
            yield
            for _ in range(3):
                dial(simnet["api"]).close()

        @pytest.mark.simnet("flaky.yaml")
        def test_it(simnet, careless):
            get(simnet["api"].url, 3)
        """
    )
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "  ✗ attempts of api: there were 6 attempts, *"])


def test_junit_gets_the_figures(suite: Suite, run: Run, pytester: pytest.Pytester) -> None:
    """Each test case has its scenario, seed, counts and proofs as properties."""
    suite(
        """
        @pytest.mark.simnet("flaky.yaml")
        def test_it(simnet):
            get(simnet["api"].url, 3)
        """
    )
    run("--junitxml", "junit.xml", "-o", "junit_family=xunit2")
    found = ET.parse(pytester.path / "junit.xml").iter("property")
    assert {each.attrib["name"]: each.attrib["value"] for each in found} == {
        "simnet.scenario": "It comes up late",
        "simnet.seed": "7",
        "simnet.attempts": "3",
        "simnet.connections": "1",
        "simnet.requests": "1",
        "simnet.faults_proven": "1 of 1",
    }


def test_reports_are_written(suite: Suite, run: Run, pytester: pytest.Pytester) -> None:
    """`--simnet-report DIR`: a page and a trace for every network, by the name of its test."""
    suite(
        """
        @pytest.mark.simnet("flaky.yaml")
        @pytest.mark.parametrize("path", ["a/../b"])
        def test_it(simnet, path):
            get(simnet["api"].url, 3)
            simnet("simnet: 1\\nservices: {api: {}}\\n")
        """
    )
    run("--simnet-report", "out").assert_outcomes(passed=1)
    names = sorted(place.name for place in pytester.path.joinpath("out").iterdir())
    assert names == [f"test_it.py_test_it_a_.._b-{number}.{kind}" for number in (1, 2) for kind in ("html", "jsonl")]
    page = pytester.path.joinpath("out", names[0]).read_text("utf-8")
    assert "✓ all held" in page
    header = pytester.path.joinpath("out", names[1]).read_text("utf-8").splitlines()[0]
    assert json.loads(header)["title"] == "It comes up late"


def test_whoever_does_not_use_it_does_not_load_it(pytester: pytest.Pytester, run_apart: Run) -> None:
    """Without a fixture or a mark neither Trio nor pydantic is imported, nor any room of simnet."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            heavy = ("pydantic", "yaml", "simnet.api", "simnet.scenario", "simnet.world", "simnet.fronts.pytest.trials")
            assert [name for name in heavy if name in sys.modules] == []
            assert "simnet.fronts.pytest.plugin" in sys.modules
        """
    )
    run_apart("-p", "no:trio", "-p", "no:anyio", "-p", "no:asyncio", "-p", "no:randomly").assert_outcomes(passed=1)

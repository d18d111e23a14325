"""Beside the plugins that others bring: xdist, randomly, asyncio, trio, anyio."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]

MANY = """
ON_8080 = "simnet: 1\\\\nservices: {{api: {{at: ':8080', speaks: http, faults: [{{fault: refuse, when: {{attempts: 1}}}}]}}}}\\\\n"

@pytest.mark.parametrize("number", range({count}))
@pytest.mark.simnet(ON_8080)
def test_it(simnet, number):
    assert simnet["api"].port == 8080
    assert get(simnet["api"].url, 2) == b"hello from simnet\\\\n"
    assert simnet["api"].attempts == 2
"""


def test_workers_side_by_side_on_one_port(suite: Suite, run_apart: Run, pytester: pytest.Pytester) -> None:
    """Every network has addresses of its own: two workers and a random order, all on port 8080 (see also the campaign)."""
    pytester.mkdir("scenarios").joinpath("one.yaml").write_text("simnet: 1\nrun: ['true']\nservices: {api: {}}\n")
    suite(MANY.format(count=12).replace("\\\\n", "\\n"))
    result = run_apart(
        "-n2", "-p", "no:asyncio", "-W", "error", "--simnet-report", "out", "--simnet-scenarios", "scenarios"
    )
    result.assert_outcomes(passed=13)
    assert len(list(pytester.path.joinpath("out").glob("*.html"))) == 13
    result.stdout.fnmatch_lines(["*--randomly-seed=*"])


def test_in_every_kind_of_loop(suite: Suite, run_apart: Run) -> None:
    """One run with all of them present: sync tests, asyncio's, Trio's by two plugins, anyio's on both backends."""
    suite(
        """
        import asyncio
        import anyio
        import trio

        async def ask_asyncio(service):
            return await asyncio.to_thread(get, service.url, 3)

        async def ask_trio(service):
            return await trio.to_thread.run_sync(get, service.url, 3)

        pytestmark = pytest.mark.simnet("flaky.yaml")

        def test_sync(simnet):
            assert get(simnet["api"].url, 3)

        @pytest.mark.asyncio
        async def test_asyncio(simnet):
            assert await ask_asyncio(simnet["api"])

        @pytest.mark.trio
        async def test_trio(simnet):
            assert await ask_trio(simnet["api"])

        @pytest.mark.trio
        async def test_trio_world(nursery, simnet_world):
            assert await ask_trio(simnet_world["api"])

        @pytest.mark.trio
        async def test_trio_world_fails(simnet_world, nursery):
            nursery.start_soon(trio.sleep_forever)

        @pytest.mark.anyio
        async def test_anyio(simnet):
            assert await anyio.to_thread.run_sync(get, simnet["api"].url, 3)

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["trio"])
        async def test_anyio_world(simnet_world):
            assert await ask_trio(simnet_world["api"])

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["trio"])
        async def test_anyio_world_fails(simnet_world):
            pass

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_wrong_world(simnet_world):
            pass
        """
    )
    result = run_apart("-o", "asyncio_default_fixture_loop_scope=function", "-W", "error")
    result.assert_outcomes(passed=8, failed=1, errors=2)
    result.stdout.fnmatch_lines(["*`simnet_world` runs in the test's own Trio loop, and this test has none*"])
    said = result.stdout.str()
    assert said.count("✗ proof of api: fault 1 (refuse) was never reached") == 2
    assert "ERROR at teardown of test_anyio_world_fails" in said
    result.stdout.fnmatch_lines(["python -m pytest *--simnet-seed=7 --randomly-seed=*"])


@pytest.mark.skipif(shutil.which("sh") is None, reason="the programs are shell scripts")
def test_scenarios_with_a_run_line_are_tests(pytester: pytest.Pytester, run_apart: Run) -> None:
    """`--simnet-scenarios DIR`: each program is supervised, runs beside its file, and is judged with its network."""
    folder = pytester.mkdir("scenarios")
    api = "services: {api: {speaks: http, faults: [{fault: connect_times_out, when: {attempts: 1}}]}}\n"
    dials = (
        "import errno, os, socket, sys\n"
        "at = os.environ['SIMNET_API_HOST'], int(os.environ['SIMNET_API_PORT'])\n"
        "met = socket.socket().connect_ex(at)\n"
        "sys.exit(met != errno.ETIMEDOUT or int(sys.argv[1]))\n"
    )
    folder.joinpath("client.py").write_text(dials)
    for name, run_line in {
        "good": "run: python3 client.py 0",
        "list": "run: [python3, client.py, '0']",
        "bad": "run: python3 client.py 3",
        "idle": "run: 'true'",
        "slow": "run: exec sleep 60",
        "lost": "run: [no-such-program-anywhere]",
        "none": "about: no run line",
    }.items():
        within = "expect: [finishes: {within: 300ms}]\n" if name == "slow" else ""
        folder.joinpath(f"{name}.yaml").write_text(f"simnet: 1\n{run_line}\n{api}{within}")
    folder.joinpath("wrong.yaml").write_text("simnet: 1\nrun: 5\n")
    result = run_apart(
        "--simnet-scenarios", "scenarios", "-p", "no:asyncio", "-p", "no:randomly", "--continue-on-collection-errors"
    )
    result.assert_outcomes(passed=2, failed=4, errors=1)
    said = result.stdout.str()
    for words in (
        "simnet: the program ended with status 3",
        "proof of api: fault 1 (connect_times_out) was never reached",
        "no-such-program-anywhere: command not found",
        "stopped",
        "`run` is a command",
        "python -m pytest scenarios/bad.yaml::run --simnet-scenarios scenarios/bad.yaml --simnet-seed=0",
    ):
        assert words in said
    again = run_apart("scenarios/good.yaml::run", "--simnet-scenarios", "scenarios/good.yaml", "-p", "no:asyncio")
    again.assert_outcomes(passed=1)

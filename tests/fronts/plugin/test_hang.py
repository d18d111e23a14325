"""A client that hangs: its test ends, with the stack and the trace, and the next test runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]


def test_a_client_that_waits_for_ever(suite: Suite, run: Run) -> None:
    """In the test itself, in a thread, in asyncio, in Trio: the stack shows the line, the diagram what came before."""
    suite(
        """
        import asyncio
        import threading

        def ask(service):
            with socket.create_connection((service.address, service.port)) as sock:
                sock.sendall(b"x")
                sock.recv(1)  # where it hangs

        @stalls
        def test_sync(simnet):
            ask(simnet["api"])

        @stalls
        def test_thread(simnet):
            thread = threading.Thread(target=ask, args=[simnet["api"]], name="the client", daemon=True)
            thread.start()
            thread.join()

        async def ask_asyncio(service):
            reader, writer = await asyncio.open_connection(service.address, service.port)
            try:
                writer.write(b"x")
                await reader.read(1)  # where asyncio hangs
            finally:
                writer.close()

        @stalls
        def test_asyncio(simnet):
            asyncio.run(ask_asyncio(simnet["api"]))

        @stalls
        @pytest.mark.trio
        async def test_trio(simnet_world):
            import trio
            async with await trio.open_tcp_stream(simnet_world["api"].address, simnet_world["api"].port) as stream:
                await stream.send_all(b"x")
                await stream.receive_some()  # where trio hangs

        def test_next():
            pass
        """
    )
    result = run()
    result.assert_outcomes(failed=4, passed=1)
    said = result.stdout.str()
    assert said.count("simnet ended this test, which had not come to an end within 500ms") >= 4
    assert said.count("attempt 1") >= 4
    assert said.count("connection 1") >= 4
    for line in ("sock.recv(1)  # where it hangs", "thread the client:", "# where asyncio hangs", "# where trio hangs"):
        assert line in said
    assert "fronts/pytest" not in said


def test_a_fixture_that_hangs(suite: Suite, run: Run) -> None:
    """Fixtures that use the network are ended too."""
    suite(
        """
        @pytest.fixture
        def client(simnet):
            with dial(simnet["api"]) as sock:
                return sock.recv(1)

        @stalls
        def test_it(client):
            pass
        """
    )
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*return sock.recv(1)*", "*python -m pytest test_it.py::test_it*"])


def test_a_client_that_cannot_be_interrupted(suite: Suite, run_apart: Run) -> None:
    """The last resort: the stack and the trace on standard error, and the end of the process."""
    suite(
        """
        from simnet.fronts.pytest import hang
        hang.AGAIN, hang.TRIES = 0.05, 3

        @stalls
        def test_it(simnet):
            while True:
                try:
                    dial(simnet["api"]).recv(1)
                except BaseException:
                    pass  # a naive retry loop
        """
    )
    result = run_apart("-p", "no:asyncio", "-p", "no:randomly", "-s")
    assert result.ret == 70
    result.stderr.fnmatch_lines(
        ["*hangs and cannot be interrupted", "*dial(simnet?*", "*attempt 2*", "python -m pytest test_it.py*"]
    )


def test_the_users_own_interrupt_is_left_alone(suite: Suite, pytester: pytest.Pytester) -> None:
    """Ctrl-C ends the session, as ever."""
    suite(
        """
        @pytest.mark.simnet("flaky.yaml")
        def test_it(simnet):
            import signal
            signal.raise_signal(signal.SIGINT)
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio", no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED

"""`leaks="error"`: what a client leaves open is told by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Suite = Callable[[str], None]

MARK = '@pytest.mark.simnet("simnet: 1\\nservices: {api: {speaks: http}}\\n", leaks="error")\n'


def test_whatever_is_left_open_is_named(suite: Suite, run: Run) -> None:
    """A connection with its port, descriptor and age; a file by its path; a socket by its addresses."""
    suite(
        f"""
kept = []

{MARK}
def test_it(simnet, tmp_path):
    kept.append(dial(simnet["api"]))
    kept.append(open(tmp_path / "left.txt", "w"))
    kept.append(socket.create_server(("127.77.5.1", 0)))
    print("port", kept[0].getsockname()[1], "fd", kept[0].fileno(), "")
    while not simnet["api"].connections:
        pass

def test_end():
    for each in kept:
        each.close()
"""
    )
    result = run("-s")
    result.assert_outcomes(passed=2, errors=1)
    words = result.stdout.str().partition("port ")[2].split()
    result.stdout.fnmatch_lines(
        [
            f"  ✗ leaks of api: *open a connection from 127.0.0.1:{words[0]} to 127.*:8080 (ESTABLISHED, fd {words[2]}), for * *s",
            "  ✗ leaks: the client left open fd *: */left.txt",
            "  ✗ leaks: the client left open fd *: a socket at 127.77.5.1:*",
        ],
        consecutive=False,
    )


def test_whoever_closes_what_it_opens_passes(suite: Suite, run: Run) -> None:
    """Also a client whose connections end with the fixture that holds them, and one that waits for the collector only."""
    suite(
        f"""
@pytest.fixture
def client(simnet):
    with dial(simnet["api"]) as sock:
        yield sock

{MARK}
def test_fixture(client):
    client.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    assert client.recv(100)

{MARK}
def test_cycle(simnet):
    sock = dial(simnet["api"])
    cycle = [sock]
    cycle.append(cycle)

{MARK}
@pytest.mark.trio
async def test_trio(simnet_world):
    import trio
    async with await trio.open_tcp_stream(simnet_world["api"].address, 8080):
        pass
"""
    )
    run("-W", "ignore").assert_outcomes(passed=3)


def test_what_the_service_has_closed_is_still_held(suite: Suite, run: Run) -> None:
    """A connection in CLOSE_WAIT is a leak of the client's."""
    suite(
        """
kept = []

@pytest.mark.simnet("simnet: 1\\nservices: {api: {faults: [{fault: close_at_accept}]}}\\n", leaks="error")
def test_it(simnet):
    kept.append(dial(simnet["api"]))
    assert kept[0].recv(1) == b""

def test_end():
    kept[0].close()
"""
    )
    run().stdout.fnmatch_lines(["*(CLOSE_WAIT, fd *"])

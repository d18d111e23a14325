"""Tests that are given a network: alike on both, told of by Hypothesis, and kept as a file when they fail."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import trio
from hypothesis import Phase, assume, given, settings

import simnet
from simnet.strategies import schedules

SEARCH = settings(
    database=None, deadline=None, max_examples=2_000, phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False
)

LATE = """
simnet: 1
title: The API comes up late
services:
  api:
    faults: [{fault: refuse, when: {attempts: 1}}]
expect:
  - attempts: {service: api, at_most: 2}
"""


PLAIN = "simnet: 1\nservices: {api: {}}\n"


async def ask(url: str) -> bytes:
    """One question, one try."""
    host, _, port = url.rpartition("/")[2].rpartition(":")
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with trio.move_on_after(5):
            return bytes(await stream.receive_some())
    return b""


async def is_never_refused(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """What does not hold."""
    with contextlib.suppress(trio.BrokenResourceError):
        await ask(sim["api"].url)


def test_the_smallest_failure_is_kept_and_fails_again(tmp_path: Path) -> None:
    """The file that stays says who found it, and breaks the test on real sockets as it did in virtual time."""
    test = SEARCH(
        given(scenario=schedules(faults=["refuse", "reset"], max_connections=3))(
            simnet.virtual(save_failing=tmp_path)(is_never_refused)
        )
    )
    with pytest.raises(OSError, match="connect"):
        test()
    (saved,) = tmp_path.iterdir()
    text = saved.read_text("utf-8")
    assert text.startswith("# Found by ")
    assert "test_decorators.py::is_never_refused, where it raised" in text
    found = simnet.load_file(saved)
    assert [fault.kind for fault in found.services["api"].faults] == ["refuse"]
    with pytest.raises(OSError, match="connect"):
        simnet.real(is_never_refused)(scenario=saved)


def asks_patiently(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """A plain function, of a blocking library, that gives up after two tries: that is what does not hold."""
    for _ in range(2):
        try:
            assert requests.get(sim["api"].url, timeout=5).status_code < 500
        except requests.RequestException:
            time.sleep(60)
        else:
            return
    raise ConnectionError(f"nothing came in {sim.elapsed:.0f} s")


def test_a_blocking_test_is_a_plain_function(tmp_path: Path) -> None:
    """requests under `@given`: its minutes take no time, and the smallest network that breaks it is kept."""
    networks = schedules(max_connections=2, faults=["refuse", "reset"])
    test = SEARCH(given(scenario=networks)(simnet.virtual(save_failing=tmp_path)(asks_patiently)))
    with pytest.raises(ConnectionError, match="in 120 s"):
        test()
    (saved,) = tmp_path.iterdir()
    assert [str(fault.when) for fault in simnet.load_file(saved).services["api"].faults] == ["attempts 1", "attempts 2"]


def test_an_assumption_that_does_not_hold_is_no_failure(tmp_path: Path) -> None:
    """Nothing is kept of an example that Hypothesis is to forget."""

    async def is_picky(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
        await trio.lowlevel.checkpoint()
        assume(len(scenario.services["api"].faults) < 2)

    settings(SEARCH, max_examples=50)(
        given(scenario=schedules(max_connections=2))(simnet.virtual(save_failing=tmp_path)(is_picky))
    )()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("on", [simnet.virtual, simnet.real])
def test_what_the_scenario_expects_is_judged(on: object) -> None:
    """A test that ends well has still to do what the file says."""
    assert callable(on)

    async def is_hasty(sim: simnet.Trial, scenario: object, tries: int) -> None:
        for _ in range(tries):
            with contextlib.suppress(OSError):
                await ask(sim["api"].url)

    on(is_hasty)(scenario=LATE, tries=2)
    with pytest.raises(simnet.ExpectationError, match="3 attempts"):
        on(is_hasty)(scenario=LATE, tries=3)


def test_a_test_takes_sim() -> None:
    """Who forgets it is told how to write it."""

    async def has_none(scenario: simnet.Scenario) -> None: ...

    with pytest.raises(TypeError, match=r"write def has_none\(sim, scenario\)"):
        simnet.virtual(has_none)


@pytest.mark.parametrize("on", [simnet.virtual, simnet.real])
def test_who_would_run_a_client_in_the_test_is_told_what_to_do(on: object) -> None:
    """The test is run already; asyncio has its place in a plain one, and none in one of Trio."""
    assert callable(on)

    def runs(sim: Any, scenario: object) -> None:
        sim.run_sync(ask, sim["api"].url)

    async def takes_trio_for_asyncio(sim: simnet.Trial, scenario: object) -> None:
        await trio.lowlevel.checkpoint()
        asyncio.get_running_loop()

    def has_asyncio(sim: simnet.Trial, scenario: object) -> None:
        asyncio.run(asyncio.sleep(0.01))

    with pytest.raises(AttributeError, match=r"the test is run already.*asyncio\.run"):
        on(runs)(scenario=PLAIN)
    with pytest.raises(RuntimeError, match="no running event loop") as caught:
        on(takes_trio_for_asyncio)(scenario=PLAIN)
    assert "asyncio.run" in "".join(caught.value.__notes__)
    on(has_asyncio)(scenario=PLAIN)


def test_waiting_for_ever_fails_the_test() -> None:
    """With the place where it waits."""

    async def waits(sim: simnet.Trial, scenario: str) -> None:
        await trio.sleep_forever()

    with pytest.raises(simnet.NeverEndsError, match="sleep_forever"):
        simnet.virtual(waits)(scenario=LATE)

"""Calls of a client in this process: marked from any thread or task, and known where a connect is made."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import trio

import simnet
from simnet import expect
from simnet.trace.calls import calls_of
from simnet.trace.events import Attempt, CallBegan, CallEnded

MakeNet = Callable[..., AbstractContextManager[simnet.World]]


def _get(net: simnet.World, path: str = "/") -> bytes:
    with urllib.request.urlopen(net["api"].url + path, timeout=20) as answer:
        body: bytes = answer.read()
    return body


def _stubborn(net: simnet.World) -> bytes:
    for _ in range(60):
        try:
            return _get(net)
        except urllib.error.URLError:
            continue
    raise AssertionError("it never got through")


def test_a_call_has_its_tries_and_its_outcome(one_service: MakeNet) -> None:
    """Two refusals and the request that got through are one call; what is asked outside belongs to none."""
    with one_service(simnet.fault("refuse", when={"attempts": "1-2"}), speaks="http") as net:
        with net.call("get /"):
            _stubborn(net)
        _get(net)
        net.check(expect.attempts_per_call(exactly=3), expect.settles())
        (call,) = calls_of(net.trace)
    assert (call.name, call.outcome) == ("get /", "ok")
    assert [one.how for one in call.tries] == ["refused", "refused", "200"]


def test_an_exception_is_the_outcome(one_service: MakeNet) -> None:
    """It passes through, and its name is in the trace."""
    with one_service(simnet.fault("refuse"), speaks="http") as net:
        with pytest.raises(urllib.error.URLError), net.call("get /"):
            _get(net)
        (ended,) = net.trace.of(CallEnded)
    assert ended.outcome == "URLError"


def test_threads_have_calls_of_their_own(one_service: MakeNet) -> None:
    """However they are interleaved: each connect says to which call it belongs."""
    clients = 12
    with one_service(simnet.fault("refuse", when={"attempts": f"1-{clients}"}), speaks="http") as net:
        together = threading.Barrier(clients)

        def work(number: int) -> None:
            with net.call(f"client {number}"):
                together.wait(20)
                _stubborn(net)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        net.check(expect.settles())
        calls = calls_of(net.trace)
        began = {event.call for event in net.trace.of(CallBegan)}
    assert len(calls) == clients
    assert all(call.tries and call.tries[-1].how == "200" for call in calls)
    assert {event.call for event in net.trace.of(Attempt)} == began


def test_threads_at_an_open_door_have_calls_of_their_own(one_service: MakeNet) -> None:
    """Where nobody is counted before accept, the client's port tells."""
    with one_service(simnet.fault("reset", after="0 B", when={"requests": "1-6"}), speaks="http") as net:

        def work(number: int) -> None:
            with net.call(f"client {number}"):
                for _ in range(20):
                    try:
                        _get(net, f"/{number}")
                    except OSError:
                        continue
                    return

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        net.check(expect.settles())
        calls = calls_of(net.trace)
    assert sum(len(call.tries) for call in calls) == 14
    for call in calls:
        assert {one.request.target for one in call.tries if one.request} == {call.name.replace("client ", "/")}


def test_tasks_have_calls_of_their_own(one_service: MakeNet) -> None:
    """asyncio, Trio: the mark goes with the task's context; a nested call has what is done in it."""

    async def of_asyncio(net: simnet.World, number: int) -> None:
        with net.call(f"asyncio {number}"):
            await asyncio.sleep(0)
            _, writer = await asyncio.open_connection(net["api"].address, net["api"].port)
            writer.close()
            await writer.wait_closed()

    async def both(net: simnet.World) -> None:
        await asyncio.gather(of_asyncio(net, 1), of_asyncio(net, 2))

    async def of_trio(net: simnet.World) -> None:
        with net.call("outer"), net.call("inner"):
            await (await trio.open_tcp_stream(net["api"].address, net["api"].port)).aclose()

    with one_service(simnet.fault("refuse", when={"attempts": "99"}, required=False)) as net:
        asyncio.run(both(net))
        trio.run(of_trio, net)
        net.check(expect.settles())
        calls = calls_of(net.trace)
    assert {call.name: len(call.tries) for call in calls} == {"asyncio 1": 1, "asyncio 2": 1, "outer": 0, "inner": 1}


def test_a_check_raises_what_is_not_as_claimed(one_service: MakeNet) -> None:
    """With the figures and the timeline; a client that loops without a pause has no backoff."""
    with one_service(simnet.fault("refuse", when={"attempts": "1-3"}), speaks="http") as net:
        with net.call("get /"):
            _stubborn(net)
        with pytest.raises(simnet.ExpectationError, match=r"backoff: .*gap 1 was \d+ ms; backoff\(base=200ms") as raised:
            net.check(expect.backoff(base="200ms"))
        assert "━" in str(raised.value)
        net.check(expect.retries_stop_after_success())


def test_a_check_sees_what_the_client_has_just_done(one_service: MakeNet) -> None:
    """Its FIN is in the trace though it was sent a moment ago; and one left open is a leak."""
    with one_service(speaks="http") as net:
        for _ in range(20):
            _get(net)
            net.check(expect.no_leaks())
        kept = urllib.request.http.client.HTTPConnection(net["api"].address, net["api"].port)  # type: ignore[attr-defined]
        kept.request("GET", "/")
        kept.getresponse().read()
        with pytest.raises(simnet.ExpectationError, match="1 connection open in the end"):
            net.check(expect.no_leaks())
        kept.close()


def test_a_sample_that_is_too_small_does_not_pass(one_service: MakeNet) -> None:
    """Nobody shall believe that jitter was shown by one retry."""
    with one_service(speaks="http") as net, pytest.raises(simnet.ExpectationError, match="too few to judge: 0 of the 20"):
        net.check(expect.jitter())


def test_each_check_is_a_function_with_its_parameters() -> None:
    """As in YAML; wrong names and wrong parameters are refused."""
    assert expect.backoff(base="200ms").name == "backoff"
    assert "no_leaks" in dir(expect)
    with pytest.raises(AttributeError, match="the checks are"):
        expect.backof  # noqa: B018
    with pytest.raises(ValueError, match="there is no check `backof`"):
        expect.check("backof")
    with pytest.raises(ValueError, match="it claims nothing"):
        expect.backoff(grows=False)

"""Names of a scenario: really asked for, over UDP and TCP, from this process and by a client of dnspython's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.query
import dns.rcode
import pytest
import trio

import simnet
from simnet.trace.events import Answered, Applied, Attempt, Queried

QUICK = 0.3
"""Seconds that a look-up waits for an answer here, where nobody wants to wait five."""

NAMES = """
simnet: 1
services:
  api: {speaks: http}
  two: {speaks: http}
names:
  api.test: api
  both.test: [api, two]
  gone.test: nxdomain
  ill.test: servfail
  mute.test: dns_timeout
  late.test: {fault: dns_slow, delay: 150ms, to: api}
  wrong.test: {fault: dns_wrong, to: api, when: {chance: 100%}}
  long.test: {fault: dns_truncated, to: api}
  six.test: {fault: ipv6_first, to: api}
  forged.test: {fault: dns_forged, what: wrong_id, ahead: 20ms, to: api}
  junk.test: {fault: dns_forged, to: api}
"""


def addresses(name: str, family: int = socket.AF_INET) -> list[str]:
    """What getaddrinfo says."""
    return [str(row[4][0]) for row in socket.getaddrinfo(name, 80, family, socket.SOCK_STREAM)]


def test_each_name_is_what_it_is_said_to_be() -> None:
    """Every fault of a name, met through getaddrinfo, with its proof; the error is that of the C library."""
    with simnet.network(NAMES) as net, net.resolving(timeout=QUICK, attempts=2):
        here = net["api"].address
        for name in ("api.test", "API.Test.", "long.test", "forged.test"):
            assert addresses(name) == [here]
        assert [addresses("both.test") for _ in range(3)] == [[here], [net["two"].address], [here]]
        assert addresses("wrong.test") == ["127.255.255.254"]
        assert addresses("six.test", socket.AF_UNSPEC) == ["::1", here]
        errors = dict.fromkeys(("ill.test", "mute.test", "junk.test"), socket.EAI_AGAIN) | {
            "gone.test": socket.EAI_NONAME
        }
        for name, error in errors.items():
            with pytest.raises(socket.gaierror) as caught:
                addresses(name)
            assert caught.value.errno == error
        began = time.monotonic()
        assert socket.gethostbyname("late.test") == here
        assert time.monotonic() - began >= 0.15
        assert socket.gethostbyname_ex("api.test") == ("api.test", [], [here])
    kinds = {proof.kind for proof in net.trace.of(Applied)}
    assert kinds == {
        "nxdomain", "servfail", "dns_timeout", "dns_slow", "dns_wrong", "dns_rotate", "dns_truncated", "ipv6_first",
        "dns_forged",
    }  # fmt: skip
    simnet.verify(net)


def test_every_query_is_in_the_trace_with_its_answer() -> None:
    """Name, type, transport, response code and answer; a truncated one is asked for again over TCP."""
    with simnet.network(NAMES) as net, net.resolving(timeout=QUICK):
        here = net["api"].address
        addresses("api.test", socket.AF_UNSPEC)
        addresses("long.test")
    assert [(event.request, event.name, event.type, event.transport) for event in net.trace.of(Queried)] == [
        (1, "api.test", "A", "udp"), (2, "api.test", "AAAA", "udp"), (3, "long.test", "A", "udp"), (4, "long.test", "A", "tcp"),
    ]  # fmt: skip
    assert {event.request: (event.rcode, event.answers, event.truncated) for event in net.trace.of(Answered)} == {
        1: ("NOERROR", here, False), 2: ("NOERROR", "", False), 3: ("NOERROR", "", True), 4: ("NOERROR", here, False),
    }  # fmt: skip
    assert net.trace.requests("dns") == 4


def test_a_mute_server_is_asked_as_often_as_said() -> None:
    """Patience is timeout times attempts (resolv.conf(5)), for A and AAAA at once."""
    with simnet.network(NAMES) as net, net.resolving(timeout=0.1, attempts=3):
        began = time.monotonic()
        with pytest.raises(socket.gaierror):
            addresses("mute.test", socket.AF_UNSPEC)
        assert time.monotonic() - began >= 0.3
    assert len(net.trace.of(Queried)) == 6


def _by_urllib(url: str) -> object:
    return urllib.request.urlopen(url, timeout=20).status


def _by_asyncio(url: str) -> object:
    async def connect() -> object:
        _, writer = await asyncio.open_connection(*_host_and_port(url))
        peer = writer.get_extra_info("peername")[1]
        writer.close()
        await writer.wait_closed()
        return 200 if peer else 0

    return asyncio.run(connect())


def _by_trio(url: str) -> object:
    async def connect() -> object:
        async with await trio.open_tcp_stream(*_host_and_port(url)) as stream:
            return 200 if stream.socket.getpeername() else 0

    return trio.run(connect)


def _host_and_port(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    return host, int(port)


@pytest.mark.parametrize("get", [_by_urllib, _by_asyncio, _by_trio])
@pytest.mark.parametrize("name", ["api.test", "six.test"])
def test_clients_of_every_kind_find_it(get: Callable[[str], object], name: str) -> None:
    """urllib, asyncio and Trio look names up by the same function; each tries the next address after ::1 has refused."""
    with simnet.network(NAMES) as net, net.resolving(timeout=QUICK):
        assert get(f"http://{name}:{net['api'].port}/") == 200
    assert net.trace.connections("api") == 1


def test_it_is_over_with_the_block_and_foreign_names_are_untouched() -> None:
    """The functions of the socket module are the very same again, also after an exception."""
    before = socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex
    with simnet.network(NAMES) as net:
        with contextlib.suppress(KeyError), net.resolving():
            assert addresses("127.0.0.1") == ["127.0.0.1"]
            assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
            raise KeyError
        assert (socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex) == before
    assert not net.trace.of(Queried)


def test_two_networks_cannot_both_answer() -> None:
    """Whose a name would be is nobody's guess; once the first is over, the second may."""
    with simnet.network(NAMES) as one, simnet.network(NAMES) as other:
        with one.resolving(), pytest.raises(RuntimeError, match="another network resolves names in this process"):
            other.resolving().__enter__()
        with other.resolving():
            assert addresses("api.test") == [other["api"].address]


def test_a_scenario_without_names_says_so() -> None:
    """There would be nothing to resolve."""
    with simnet.network(simnet.Scenario.model_validate({"services": {"api": {}}})) as net:
        assert (dict(net.names), net.names.resolver) == ({}, None)
        with pytest.raises(ValueError, match="this scenario has no names to resolve"):
            net.resolving()


def test_threads_ask_at_the_same_time() -> None:
    """Eight threads, fifty look-ups each: every one is answered, and none is counted twice."""
    with simnet.network(NAMES) as net, net.resolving():
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: addresses("api.test")[0], range(400)))
        assert set(found) == {net["api"].address}
    assert sorted(event.request for event in net.trace.of(Queried)) == list(range(1, 401))


async def _look_up_where_the_network_lives() -> None:
    async with simnet.open_world(NAMES) as net:
        with net.resolving():
            (row,) = await trio.socket.getaddrinfo("api.test", 80, type=socket.SOCK_STREAM)
            assert row[4][0] == net["api"].address
            with pytest.raises(RuntimeError, match="would wait for itself"):
                socket.getaddrinfo("api.test", 80)


def test_a_network_does_not_wait_for_itself() -> None:
    """On Trio the asynchronous look-up works beside the network, the blocking one is refused at once."""
    trio.run(_look_up_where_the_network_lives)


def test_the_program_under_test_is_told_where_the_resolver_is() -> None:
    """By its environment; for whoever makes it an /etc/hosts, by `names`."""
    with simnet.network(NAMES) as net:
        resolver, here = net.names.resolver, net["api"].address
        assert resolver is net["dns"]
        assert net.environment()["SIMNET_DNS_ADDR"] == resolver.addr
        assert resolver.port in {53, 5300}
        assert net.names["api.test"] == net.names["both.test"] == here
        assert "gone.test" not in net.names


def test_dnspython_meets_the_same() -> None:
    """A client of another make, over UDP with TCP behind it."""
    with simnet.network(NAMES) as net:
        resolver = net["dns"]
        query = dns.message.make_query("long.test", "A")
        answer, over_tcp = dns.query.udp_with_fallback(query, resolver.address, 20, resolver.port)
        assert over_tcp
        assert [rdata.to_text() for rdata in answer.answer[0]] == [net["api"].address]
        forged = dns.message.make_query("forged.test", "A")
        answer = dns.query.udp(forged, resolver.address, 20, resolver.port, ignore_errors=True)
        assert answer.rcode() == dns.rcode.NOERROR


def test_exactly_the_first_two_queries_fail() -> None:
    """`when: {requests: 1-2}` means two, and the third is answered; the proof names them."""
    text = "simnet: 1\nservices: {api: {}}\nnames: {a.test: {fault: nxdomain, to: api, when: {requests: 1-2}}}\n"
    with simnet.network(text) as net, net.resolving():
        for _ in range(2):
            with pytest.raises(socket.gaierror):
                addresses("a.test")
        assert addresses("a.test") == [net["api"].address]
    assert [proof.target for proof in net.trace.of(Applied)] == ["request 1", "request 2"]
    assert [event.rcode for event in net.trace.of(Answered)] == ["NXDOMAIN", "NXDOMAIN", "NOERROR"]


def test_silence_keeps_no_one_waiting_at_the_end() -> None:
    """A network with queries that are never answered, or late by an hour, goes down at once."""
    text = "simnet: 1\nservices: {api: {}}\nnames: {a.test: {fault: dns_slow, delay: 1h, to: api}}\n"
    began = time.monotonic()
    with simnet.network(text) as net, net.resolving(timeout=0.1, attempts=1), contextlib.suppress(socket.gaierror):
        addresses("a.test")
    assert time.monotonic() - began < 15
    assert threading.active_count() < 20


def test_a_name_that_is_given_to_connect_is_not_asked_for() -> None:
    """The C library looks it up, in the system's way; that simnet learns of the attempt makes no query of its own."""
    refused = "{fault: refuse, when: {attempts: 1}}"
    text = f"simnet: 1\nservices: {{api: {{at: 127.0.0.1, faults: [{refused}]}}}}\nnames: {{localhost: nxdomain}}\n"
    with simnet.network(text.replace("nxdomain", "{fault: nxdomain, required: false}")) as net, net.resolving():
        for first in (True, False):
            with socket.socket() as client, pytest.raises(ConnectionRefusedError) if first else contextlib.nullcontext():
                client.connect(("localhost", net["api"].port))
        assert net.trace.of(Queried) == ()
    assert [attempt.counted for attempt in net.trace.of(Attempt, "api")] == ["by audit", "by audit"]

"""Faults of HTTP on the wire: what curl, http.client and requests make of each, and the proof."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import requests

import simnet
from simnet.errors import ScenarioError
from simnet.trace.events import Applied, Closed, NotReached, RequestBegan, ServiceTrouble

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, Proofs

CURL = shutil.which("curl")
curl_is_here = pytest.mark.skipif(CURL is None, reason="curl is not here")

BODY = b"hello from simnet\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
GUARD = 30


def curl(service: simnet.ServiceHandle, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run curl on the service, quietly; its exit status is what it makes of the reply."""
    command = [CURL or "curl", "--silent", "--max-time", "20", *options, service.url]
    return subprocess.run(command, capture_output=True, check=False, timeout=GUARD)


@curl_is_here
@pytest.mark.parametrize(
    ("fault", "options", "status", "received"),
    [
        (simnet.http_truncated(after="10 B"), (), 18, BODY[:10]),
        (simnet.http_truncated(by="chunked"), (), 18, BODY),
        (simnet.bad_chunk(after="10 B"), (), 56, None),
        (simnet.garbage(), (), 1, b""),
        (simnet.reply_lost(), (), 52, b""),
        (simnet.reply_lost(ending="RST"), (), 56, b""),
        (simnet.reply_lost(ending="silence"), ("--max-time", "0.4"), 28, b""),
        (simnet.wrong_length(by="5 B"), ("--max-time", "0.4"), 28, BODY),
        (simnet.wrong_length(by="5 B", too="short"), (), 0, BODY[:-5]),
        (simnet.redirect_loop(urls=2), ("--location", "--max-redirs", "4"), 47, None),
        (simnet.status(status=404), ("--fail",), 22, b""),
        (simnet.header_drip(rate="20 B/s"), ("--max-time", "0.4"), 28, b""),
        (simnet.body_drip(rate="10 B/s"), ("--speed-limit", "100", "--speed-time", "1"), 28, None),
        (simnet.header_drip(rate="1 kB/s"), (), 0, BODY),
        (simnet.interim_103(delay="50ms"), (), 0, BODY),
    ],
    ids=lambda value: value.kind if isinstance(value, simnet.Fault) else "",
)
def test_what_curl_makes_of_it(
    one_service: MakeNet,
    applied: Proofs,
    *,
    fault: simnet.Fault,
    options: tuple[str, ...],
    status: int,
    received: bytes | None,
) -> None:
    """Its exit status tells that it met just this fault; the trace has the proof, of request 1, with the client's state."""
    with one_service(fault, speaks="http") as net:
        done = curl(net["api"], *options)
        proof = applied(net)[0]
    assert done.returncode == status, done.stderr
    assert received is None or done.stdout == received
    assert (proof.kind, proof.target) == (fault.kind, "request 1")
    assert "client_tcp_state" in proof.evidence


def ask(service: simnet.ServiceHandle, *targets: str) -> list[tuple[int, bytes]]:
    """Get each target on one connection of http.client: (status, body)."""
    found = []
    with contextlib.closing(http.client.HTTPConnection(service.address, service.port, timeout=GUARD)) as connection:
        for target in targets:
            connection.request("GET", target)
            with connection.getresponse() as reply:
                found.append((reply.status, reply.read()))
    return found


def test_http_client_takes_early_hints_for_the_reply(one_service: MakeNet, applied: Proofs) -> None:
    """Row 27 of the clients' bugs: CPython's http.client gives 103, and the reply as that of the next request.

    Where a version skips interim replies it gives 200 and each its own; both are told apart, and the fault is proven.
    """
    with one_service(simnet.interim_103(delay="50ms", when={"requests": 1}), speaks="http") as net:
        found = ask(net["api"], "/alice", "/bob")
        proof = applied(net)[0]
    assert found in ([(103, b""), (200, BODY)], [(200, BODY), (200, BODY)])
    assert proof.evidence["status"] == 103


def test_a_short_body_is_an_error_or_it_is_not(one_service: MakeNet) -> None:
    """Row 02: `read` counts and complains, and requests does so since urllib3 2; `read1` is content (cpython#115997)."""
    with one_service(simnet.http_truncated(after="10 B"), speaks="http") as net:
        service = net["api"]
        with pytest.raises(http.client.IncompleteRead) as short:
            ask(service, "/")
        assert (short.value.partial, short.value.expected) == (BODY[:10], 8)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(service.url, timeout=GUARD)


def test_requests_goes_round_in_circles_thirty_times(one_service: MakeNet) -> None:
    """It gives up by counting, and says so; every one of its requests was struck."""
    with one_service(simnet.redirect_loop(urls=3), speaks="http") as net:
        with pytest.raises(requests.TooManyRedirects):
            requests.get(net["api"].url, timeout=GUARD)
        assert net["api"].requests == 31
    assert len(net.trace.of(Applied)) == 31


@pytest.mark.parametrize("how", ["seconds", "date"])
def test_urllib3_waits_as_long_as_retry_after_says(one_service: MakeNet, how: str) -> None:
    """Rows 36 and 19: 503 with Retry-After, in both forms, then the reply; the trace has the seconds that were asked for."""
    fault = simnet.status(retry_after="1s", retry_after_as=how, when={"requests": 1})
    with one_service(fault, speaks="http") as net, requests.Session() as session:
        session.mount(
            "http://", requests.adapters.HTTPAdapter(max_retries=requests.adapters.Retry(1, status_forcelist=[503]))
        )
        began = time.monotonic()
        reply = session.get(net["api"].url, timeout=GUARD)
        took = time.monotonic() - began
    assert (reply.status_code, reply.content) == (200, BODY)
    assert took >= 0.99  # monotonic clock and wall clock need not agree to the last millisecond
    assert [event.request for event in net.trace.of(RequestBegan)] == [1, 2]


@pytest.mark.parametrize(("lingers", "sent"), [("0s", "RST"), ("200ms", "FIN")])
def test_an_early_answer_closes_on_an_unread_body(one_service: MakeNet, applied: Proofs, lingers: str, sent: str) -> None:
    """Row 03: the answer is there to be read, the body is not read, and the kernel answers it with RST."""
    size = 8 << 20
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
    with one_service(simnet.early_response(lingers=lingers), speaks="http") as net:
        with socket.create_connection((net["api"].address, net["api"].port), GUARD) as sock:
            with pytest.raises(ConnectionError):
                sock.sendall(head + bytes(size))
            answer = sock.recv(65536)
        proof = applied(net)[0]
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert (proof.evidence["status"], proof.evidence["sent"], proof.evidence["body_promised"]) == (413, sent, size)
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how) == ("service", "RST")


def test_a_client_that_waits_for_leave_waits_in_vain(one_service: MakeNet, applied: Proofs) -> None:
    """Nothing comes until it sends its body unasked; then the request is served as if nothing had been amiss."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    with one_service(simnet.continue_withheld(), speaks="http") as net:
        with socket.create_connection((net["api"].address, net["api"].port), 0.3) as sock:
            sock.sendall(head)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            sock.settimeout(GUARD)
            sock.sendall(b"x")
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        proof = applied(net)[0]
    assert proof.evidence["client_tcp_state"] == "ESTABLISHED"


def test_what_does_not_apply_is_not_said_to_have_struck(one_service: MakeNet) -> None:
    """No request expected 100, so the fault was never reached, and the run says so."""
    with one_service(simnet.continue_withheld(), speaks="http") as net:
        assert ask(net["api"], "/") == [(200, BODY)]
    assert [event.kind for event in net.trace.of(NotReached)] == ["continue_withheld"]


def test_faults_of_the_stream_work_on_top(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """A reset after 30 bytes of a 503 that is late: three faults, one reply, each with its proof."""
    faults = simnet.status(), simnet.latency(delay="50ms"), simnet.reset(after="30 B")
    with one_service(*faults, speaks="http") as net:
        met = client(send=GET, read=1000).meet(net["api"])
        assert (met.what, met.received) == ("ECONNRESET", b"HTTP/1.1 503 Service Unavailable\r\n"[:30])
        assert met.seconds >= 0.05
        assert {proof.kind for proof in applied(net, 2)} >= {"reset", "latency"}


def test_a_request_that_is_never_whole_keeps_its_number(one_service: MakeNet, client: type[Client]) -> None:
    """A client that breaks off in its body has made no request; the next one is the second all the same."""
    broken = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhal"
    with one_service(simnet.status(when={"requests": 2}), speaks="http") as net:
        client(send=broken, read=0).meet(net["api"])
        while not net.trace.of(ServiceTrouble):
            time.sleep(0.002)
        met = client(send=GET, read=30).meet(net["api"])
        assert met.received.startswith(b"HTTP/1.1 503 ")
        assert net["api"].requests == 1


def test_a_fault_of_requests_is_refused_where_there_are_none(one_service: MakeNet) -> None:
    """Live as in a file: `echo` has no requests."""
    with one_service() as net, pytest.raises(ScenarioError, match="`status` can never strike `api`, which speaks echo"):
        net["api"].set(simnet.status())

"""Faults of the TLS handshake: what the client's own TLS library says, and the proof."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.scenario import ServiceSpec
from simnet.services import PROTOCOLS
from simnet.services.contract import Tls
from simnet.trace.events import Accepted, Applied, ClientHelloSeen, Closed, HandshakeDone, HandshakeFailed, RequestBegan

if TYPE_CHECKING:
    from tests.world.conftest import Proofs

PATIENCE = 20.0


def scenario(*faults: simnet.Fault, speaks: str = "http") -> simnet.Scenario:
    """One service, `api`, that speaks TLS and has these faults."""
    spec = ServiceSpec(speaks=PROTOCOLS[speaks](speaks=speaks), tls=Tls(), faults=faults)
    return simnet.Scenario(services={"api": spec}, seed=1)


def greet(net: simnet.World, patience: float = PATIENCE, *, verify: bool = True) -> str:
    """Do the handshake as Python's ssl does by default; what came of it."""
    context = ssl.create_default_context(cafile=net.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python's own default, which Debian's has not
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    service = net["api"]
    try:
        with (
            socket.create_connection((service.address, service.port), patience) as plain,
            context.wrap_socket(plain, server_hostname=service.address) as client,
        ):
            return client.version() or ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except ssl.SSLError as error:
        return error.reason or str(error)
    except TimeoutError:
        return "timed out"
    except ConnectionResetError:
        return "ECONNRESET"


CERTIFICATES: dict[str, tuple[str, str]] = {
    "tls_expired": ("certificate has expired", "alert certificate_expired"),
    "tls_not_yet_valid": ("certificate is not yet valid", "alert bad_certificate"),
    "tls_self_signed": ("self-signed certificate", "alert unknown_ca"),
    "tls_unknown_ca": ("unable to get local issuer certificate", "alert unknown_ca"),
    "tls_wrong_host": ("IP address mismatch", "alert bad_certificate"),
}
"""What OpenSSL 3 finds wrong, and the alert that it sends for it."""


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_flawed_certificate_is_refused_by_its_alert(kind: str, applied: Proofs) -> None:
    """The client finds just this flaw, its alert comes back, and no request ever does."""
    found, alert = CERTIFICATES[kind]
    with simnet.network(scenario(simnet.fault(kind))) as net:
        assert found in greet(net)
        (proof,) = applied(net)
    assert proof.evidence["client"] == alert
    (failed,) = net.trace.of(HandshakeFailed)
    assert f"alert {failed.alert}" == alert
    assert not net.trace.of(HandshakeDone)
    assert not net.trace.of(RequestBegan)


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_client_that_verifies_nothing_goes_on(kind: str, applied: Proofs) -> None:
    """The certificate was presented all the same, and the trace says that this client took it."""
    with simnet.network(scenario(simnet.fault(kind))) as net:
        assert greet(net, verify=False) == "TLSv1.3"
        (proof,) = applied(net)
    assert proof.evidence["client"] == "went on"
    assert net.trace.of(HandshakeDone)


def test_what_was_presented_is_in_the_proof(applied: Proofs) -> None:
    """The dates and names in the evidence are those of the certificate that the client saw."""
    faults = simnet.tls_expired(since="90s"), simnet.tls_wrong_host(host="old-api.test", when={"connections": "2-"})
    first = faults[0].model_copy(update={"when": simnet.fault("tls_reset", when={"connections": 1}).when})
    with simnet.network(scenario(first, faults[1])) as net:
        greet(net)
        greet(net)
        expired, elsewhere = applied(net, 2)
    until = dt.datetime.strptime(str(expired.evidence["valid_until"]), "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=dt.UTC)
    assert 85 < (dt.datetime.now(dt.UTC) - until).total_seconds() < 90 + PATIENCE
    assert elsewhere.evidence["names"] == "old-api.test"


def test_a_stall_leaves_the_connection_up(applied: Proofs) -> None:
    """`tls_stall` reads the ClientHello and answers nothing: the client's own timeout ends it."""
    with simnet.network(scenario(simnet.tls_stall())) as net:
        assert greet(net, 0.3) == "timed out"
        (proof,) = applied(net)
    assert (proof.evidence["client_tcp_state"], proof.evidence["unacknowledged"]) == ("ESTABLISHED", 0)
    assert str(proof.evidence["client_hello"]).startswith("TLSv1.3")
    (closed,) = net.trace.of(Closed)
    assert closed.bytes_out == 0


def test_a_stall_for_a_time_goes_on_afterwards(applied: Proofs) -> None:
    """`tls_stall` with `for` and `after` cuts the flight in two, and the handshake is finished in the end."""
    with simnet.network(scenario(simnet.tls_stall(after="100 B", for_="150ms"))) as net:
        assert greet(net) == "TLSv1.3"
        (proof,) = applied(net)
    assert proof.evidence["bytes_before"] == 100
    (hello,), (done,) = net.trace.of(ClientHelloSeen), net.trace.of(HandshakeDone)
    assert done.t - hello.t >= 0.15


@pytest.mark.parametrize("after", [0, 1, 300])
def test_a_reset_comes_after_exactly_so_many_bytes(after: int, applied: Proofs) -> None:
    """`tls_reset` lets so many bytes of the handshake out, then the client's kernel has a RST."""
    with simnet.network(scenario(simnet.tls_reset(after=f"{after} B"))) as net:
        assert greet(net) == "ECONNRESET"
        (proof,) = applied(net)
    assert (proof.evidence["bytes_before"], proof.evidence["client_tcp_state"]) == (after, "gone")
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how, closed.bytes_out) == ("service", "RST", after)


def test_plain_text_is_no_tls(applied: Proofs) -> None:
    """`tls_plaintext` answers in HTTP, and whoever looks at the bytes finds a response."""
    with simnet.network(scenario(simnet.tls_plaintext())) as net:
        assert greet(net) == "WRONG_VERSION_NUMBER"
        (proof,) = applied(net)
    assert proof.evidence["sent"] == "HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_old_version_is_refused_by_an_alert(version: str, applied: Proofs) -> None:
    """`tls_old_version` chooses a version that the client did not offer; it says so by `protocol_version`."""
    with simnet.network(scenario(simnet.tls_old_version(version=version))) as net:
        assert greet(net) == "UNSUPPORTED_PROTOCOL"
        (proof,) = applied(net)
    assert (proof.evidence["client"], proof.evidence["sent"]) == (
        "alert protocol_version",
        f"ServerHello of TLS {version}",
    )


def test_only_the_chosen_connection_is_struck() -> None:
    """`when: connections` holds for the handshake as for all else; what never came is not reached."""
    fault = simnet.tls_expired(when={"connections": 2})
    with simnet.network(scenario(fault)) as net:
        assert [greet(net)[:7] for _ in range(3)] == ["TLSv1.3", "certifi", "TLSv1.3"]
    assert [event.target for event in net.trace.of(Applied)] == ["connection 2"]


@pytest.mark.parametrize("after", [None, "5 B"])
def test_an_end_without_close_notify(after: str | None, applied: Proofs) -> None:
    """`tls_no_close_notify`: the client gets the bytes, then the end of TCP and none of TLS."""
    fault = simnet.tls_no_close_notify() if after is None else simnet.tls_no_close_notify(after=after)
    with simnet.network(scenario(fault, speaks="echo")) as net:
        context = ssl.create_default_context(cafile=net.ca_file)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # set by Python 3.11.2, for one
        address, port = net["api"].address, net["api"].port
        with (
            socket.create_connection((address, port), PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=address, suppress_ragged_eofs=False) as client,
        ):
            client.sendall(b"hello, world")
            received = b""
            while len(received) < (12 if after is None else 5):
                received += client.recv(99)
            if after is None:  # of TCP alone: SSLSocket.shutdown would leave TLS
                with socket.socket(fileno=os.dup(client.fileno())) as beneath:
                    beneath.shutdown(socket.SHUT_WR)
            with pytest.raises(ssl.SSLError, match=r"(?i)eof"):
                client.recv(99)
        (proof,) = applied(net)
    assert received == (b"hello, world" if after is None else b"hello")
    assert (proof.evidence["sent"], proof.evidence["close_notify"]) == ("FIN", False)


CURL: dict[str, int] = {
    "tls_stall": 28,
    "tls_reset": 35,
    "tls_plaintext": 35,
    "tls_old_version": 35,
    **dict.fromkeys(CERTIFICATES, 60),
}
"""The exit status of curl: 28 timeout, 35 handshake failed, 60 certificate not verified (curl(1), EXIT CODES)."""


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_curl_says_what_it_documents() -> None:
    """A program that knows nothing of simnet ends with the status that its manual gives for each failure."""
    services = {
        kind: ServiceSpec(speaks=PROTOCOLS["http"](speaks="http"), tls=Tls(), faults=(simnet.fault(kind),))
        for kind in CURL
    }
    with simnet.network(simnet.Scenario(services=services, seed=1)) as net:
        running = {
            kind: subprocess.Popen(
                [
                    "curl",
                    "-s",
                    "--max-time",
                    "2" if kind == "tls_stall" else "20",
                    "--cacert",
                    str(net.ca_file),
                    net[kind].url,
                ],
                stdout=subprocess.DEVNULL,
            )
            for kind in CURL
        }
        assert {kind: program.wait(60) for kind, program in running.items()} == CURL
    simnet.verify(net)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_curl_is_not_deceived_by_a_truncation() -> None:
    """A body that is cut off is an error for curl: 18 (partial file) or 56 (receive error), by its version."""
    http = PROTOCOLS["http"].model_validate({"speaks": "http", "routes": [{"body": "x" * 500}]})
    spec = ServiceSpec(speaks=http, tls=Tls(), faults=(simnet.tls_no_close_notify(after="400 B"),))
    with simnet.network(simnet.Scenario(services={"api": spec}, seed=1)) as net:
        command = ["curl", "-s", "--max-time", "20", "--cacert", str(net.ca_file), net["api"].url]
        assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode in {18, 56}
    simnet.verify(net)


@pytest.fixture(scope="module")
def port() -> Iterator[simnet.World]:
    """A service with TLS for those who speak none, and one with a fault of each sort."""
    sorts: list[Callable[[], simnet.Fault]] = [simnet.tls_expired, simnet.tls_old_version, simnet.tls_plaintext]
    specs = {f"s{n}": ServiceSpec(tls=Tls(), faults=(sort(),)) for n, sort in enumerate(sorts, 1)}
    with simnet.network(simnet.Scenario(services={"s0": ServiceSpec(tls=Tls()), **specs})) as net:
        yield net


def hellos() -> st.SearchStrategy[bytes]:
    """A real ClientHello, to be broken."""
    leaving = ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(ssl.MemoryBIO(), leaving, server_hostname="api.test")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    whole = leaving.read()
    at, value = st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=3)
    return st.builds(lambda a, v: whole[:a] + v + whole[a + len(v) :], at, value) | st.builds(lambda a: whole[:a], at)


@settings(max_examples=60, deadline=None)
@given(service=st.sampled_from(["s0", "s1", "s2", "s3"]), data=st.binary(max_size=300) | hellos())
def test_no_bytes_break_it(port: simnet.World, service: str, data: bytes) -> None:
    """Whatever comes in place of a ClientHello, the connection ends, and the next client finds the service as ever."""
    where = port[service]
    with socket.create_connection((where.address, where.port), PATIENCE) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except ConnectionError:
            pass
    assert port.trace.of(Accepted)


def test_after_all_that_nothing_is_stuck(port: simnet.World) -> None:
    """Every connection that was accepted has ended, and each was told of once."""
    until = time.monotonic() + PATIENCE
    while len(port.trace.of(Closed)) < len(port.trace.of(Accepted)) and time.monotonic() < until:
        time.sleep(0.005)
    accepted = {(event.service, event.connection) for event in port.trace.of(Accepted)}
    closed = [(event.service, event.connection) for event in port.trace.of(Closed)]
    assert sorted(closed) == sorted(accepted)

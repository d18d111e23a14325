"""TLS on a service: what a client and the service agree on, and that the faults of the stream work beneath it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import simnet
from simnet.scenario import ServiceSpec
from simnet.services import PROTOCOLS
from simnet.services.contract import Tls
from simnet.trace.events import Applied, ClientHelloSeen, Closed, HandshakeDone, HandshakeFailed
from simnet.values import Endpoint
from simnet.world.kernel.tcp_info import TcpState, tcp_info

PATIENCE = 20.0
SILENCE = 0.03
"""Seconds of nothing, after all that is due has come, that a client takes for silence."""


@contextlib.contextmanager
def serving(
    *faults: simnet.Fault, tls: Tls | None = None, speaks: str = "echo", at: str | None = None
) -> Iterator[simnet.World]:
    """A network with one service that speaks TLS."""
    where = None if at is None else Endpoint.parse(at)
    spec = ServiceSpec(at=where, speaks=PROTOCOLS[speaks](speaks=speaks), tls=tls or Tls(), faults=faults)
    with simnet.network(simnet.Scenario(services={"api": spec}, seed=1)) as net:
        yield net


@contextlib.contextmanager
def connected(
    net: simnet.World, name: str | None = None, context: ssl.SSLContext | None = None
) -> Iterator[ssl.SSLSocket]:
    """A client that has done its handshake; it takes an end without close_notify for the error that it is."""
    service = net["api"]
    context = context or ssl.create_default_context(cafile=net.ca_file)
    with (
        socket.create_connection((service.address, service.port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=name or service.address, suppress_ragged_eofs=False) as client,
    ):
        yield client


def hear(client: ssl.SSLSocket, due: int) -> tuple[bytes, str]:
    """Everything up to the end, and how that came: EOF (announced), truncated, RST, or silence after all that is due.

    CPython tells of a RST and of a FIN without close_notify alike (SSL_read_ex gives 0); the kernel tells them apart.
    """
    received = b""
    try:
        while True:
            client.settimeout(PATIENCE if len(received) < due else SILENCE)
            if not (data := client.recv(65536)):
                return received, "EOF"
            received += data
    except (ssl.SSLEOFError, ConnectionResetError):
        return received, "RST" if tcp_info(client).state is TcpState.CLOSE else "truncated"
    except TimeoutError:
        return received, "silence"


@pytest.mark.parametrize("at", ["127.94.1.1:7201", pytest.param("[::1]:7201", id="ipv6")])
def test_client_and_service_agree(at: str) -> None:
    """Version, cipher, application protocol and server name are in the trace as the client has them."""
    with serving(tls=Tls(names=("api.test",), alpn=("h2", "http/1.1")), at=at) as net:
        context = ssl.create_default_context(cafile=net.ca_file)
        context.set_alpn_protocols(["http/1.1", "ftp"])
        with connected(net, "api.test", context) as client:
            client.sendall(b"hello")
            assert client.recv(9) == b"hello"
            agreed = client.cipher(), client.selected_alpn_protocol(), client.version()
        assert net["api"].url.startswith("tls://")
    (hello,) = net.trace.of(ClientHelloSeen)
    assert (hello.server_name, hello.alpn, hello.versions.split()[0]) == ("api.test", "http/1.1 ftp", "TLSv1.3")
    (done,) = net.trace.of(HandshakeDone)
    assert agreed[0] is not None
    assert (done.version, done.cipher, done.alpn) == (agreed[2], agreed[0][0], agreed[1])


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_service_speaks_the_versions_that_it_is_told_to(version: str) -> None:
    """With one version alone that one is agreed on; a client that knows only the other is refused, and the trace tells."""
    with serving(tls=Tls.model_validate({"versions": [version]})) as net:
        with connected(net) as client:
            assert client.version() == f"TLSv{version}"
        other = ssl.create_default_context(cafile=net.ca_file)
        if version == "1.2":
            other.minimum_version = ssl.TLSVersion.TLSv1_3
        else:
            other.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"), connected(net, context=other):
            pass
    (failed,) = net.trace.of(HandshakeFailed)
    assert failed.why == "unsupported protocol"


def test_an_ordinary_http_client_gets_through() -> None:
    """requests with the CA of the world: the URL is https, the request is a request, the connection is kept."""
    with serving(speaks="http") as net, requests.Session() as session:
        session.verify = str(net.ca_file)
        session.trust_env = False
        for _ in range(3):
            assert session.get(net["api"].url, timeout=PATIENCE).text == "hello from simnet\n"
        assert (net["api"].url[:8], net["api"].requests, net["api"].connections) == ("https://", 3, 1)


def test_the_ca_is_a_private_file_that_is_gone_afterwards() -> None:
    """Nobody else can enter its folder, its name is in the environment, and it ends with the world."""
    with serving() as net:
        assert net.ca_file is not None
        ca = net.ca_file
        assert stat.S_IMODE(ca.parent.stat().st_mode) == 0o700
        assert net.environment()["SIMNET_CA"] == str(ca)
        assert "SSL_CERT_FILE" not in net.environment()
    assert not ca.parent.exists()
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as plain:
        assert plain.ca_file is None
        assert "SIMNET_CA" not in plain.environment()


def test_a_program_is_told_to_trust_where_the_scenario_says_so() -> None:
    """`client: {trust: true}` names the CA in the variables that TLS libraries read, too."""
    with simnet.network("simnet: 1\nservices: {api: {tls: true}}\nclient: {trust: true}\n") as net:
        names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        assert {net.environment()[name] for name in names} == {str(net.ca_file)}


def test_a_certificate_of_the_client() -> None:
    """A service that requires one takes the world's, and refuses a client that has none."""
    with serving(tls=Tls(client_certificate="required", versions=("1.2",))) as net:
        context = ssl.create_default_context(cafile=net.ca_file)
        with pytest.raises(ssl.SSLError, match=r"(?i)alert"), connected(net, context=context):
            pass
        certificate = Path(net.environment()["SIMNET_CLIENT_CERT"])
        assert stat.S_IMODE(certificate.stat().st_mode) == 0o600
        context.load_cert_chain(certificate)
        with connected(net, context=context) as client:
            client.sendall(b"me")
            assert client.recv(9) == b"me"
    (failed,) = net.trace.of(HandshakeFailed)
    assert failed.why == "peer did not return a certificate"


def test_two_worlds_of_one_process_have_one_ca() -> None:
    """So that fifty worlds cost no more than one; the keys of their services are their own."""
    with serving() as one, serving() as other:
        assert one.ca_file is not None
        assert other.ca_file is not None
        assert one.ca_file != other.ca_file
        assert one.ca_file.read_bytes() == other.ca_file.read_bytes()


def test_an_end_is_announced_by_both() -> None:
    """A client that closes as TLS wants it gets the service's close_notify; the end is the client's FIN."""
    with serving() as net, connected(net) as client:
        client.sendall(b"bye")
        assert client.recv(9) == b"bye"
        client.unwrap().close()
    (closed,) = net.trace.of(Closed)
    assert (closed.how, closed.bytes_out > 3) == ("FIN", True)


@pytest.fixture(scope="module")
def echo() -> Iterator[simnet.World]:
    """One network for all examples; faults are switched live."""
    with serving() as running:
        yield running


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 16_000), share=st.floats(0, 1), kind=st.sampled_from(["reset", "truncate", "stall"]))
def test_a_cut_counts_plain_bytes(echo: simnet.World, size: int, share: float, kind: str) -> None:
    """The program at the other end reads just so many bytes before the end, as it would without TLS.

    What it sends is one record, so that it is sent before the service can read any of it.
    """
    after = int(size * share)
    echo["api"].set(simnet.fault(kind, after=f"{after} B"))
    data = os.urandom(size)
    with connected(echo) as client:
        client.sendall(data)
        received, end = hear(client, after if kind == "stall" else size + 1)
    assert received == data[:after]
    assert end == {"reset": "RST", "truncate": "EOF", "stall": "silence"}[kind]


def test_shapes_lose_nothing() -> None:
    """A reply that is late, narrow and in pieces comes whole, and each shape is proven."""
    shapes = simnet.latency(delay="20ms", jitter="10ms"), simnet.drip(size="100 B", every="2ms")
    data = os.urandom(3000)
    with serving(*shapes) as net, connected(net) as client:
        client.sendall(data)
        assert b"".join(_take(client, 3000)) == data
        client.unwrap()
    assert {event.kind for event in net.trace.of(Applied)} == {"latency", "drip"}


def _take(client: ssl.SSLSocket, size: int) -> Iterator[bytes]:
    while size:
        piece = client.recv(size)
        assert piece
        size -= len(piece)
        yield piece


def test_what_cannot_be_is_not_switched_on() -> None:
    """A fault of the handshake is refused where there is none, before anything changes."""
    with simnet.network("simnet: 1\nservices: {api: {faults: [{fault: refuse, when: {attempts: 9}}]}}\n") as net:
        with pytest.raises(
            simnet.ScenarioError, match=r"`tls_stall` strikes in the TLS handshake(.|\n)*give the service"
        ):
            net["api"].set(simnet.tls_stall())
        with pytest.raises(simnet.ScenarioError, match="`api` speaks echo, which has no requests"):
            net["api"].set(simnet.stall(when={"requests": 1}))


@pytest.mark.parametrize("name", ["a", "api.test", "*.api.test", "10.test", "a-b.c-d.test", "x" * 63 + ".test"])
def test_any_host_name_can_be_in_a_certificate(name: str) -> None:
    """What the scenario takes for a name, the client finds in the certificate."""
    host = name.replace("*", "any")
    with serving(tls=Tls(names=(name,))) as net, connected(net, host) as client:
        assert client.version() == "TLSv1.3"


@pytest.mark.parametrize(
    "name", ["", "API.test", "a..b", ".a", "-a", "a-", "a--b", "xn--a", "a_b", "*", "a.*.b", "x" * 64, "ä.test"]
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    """Whatever no certificate could hold is refused when the scenario is made."""
    with pytest.raises(ValidationError, match="is not a host name in lower case"):
        Tls(names=(name,))


KILLED = """
import os, signal, simnet
with simnet.network("simnet: 1\\nservices: {api: {tls: true}}\\n") as net:
    print(net.ca_file, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_world_has_left_is_taken_away_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder stays until another world needs one; those of the living, and one that is being made, are left alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    ran = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=90, check=False)
    left, made = Path(ran.stdout.strip()), tmp_path / "simnet-ca-being-made"
    made.mkdir()
    assert left.parent.parent == tmp_path, ran.stderr
    assert left.exists()
    with serving() as one, serving() as other:
        assert not left.parent.exists()
        assert one.ca_file is not None
        assert other.ca_file is not None
        assert sorted(tmp_path.iterdir()) == sorted([one.ca_file.parent, other.ca_file.parent, made])
    assert list(tmp_path.iterdir()) == [made]

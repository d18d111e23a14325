"""PostgreSQL, Redis and nginx behind the proxy, with clients that know nothing of it: intact, and failing as planned."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import time
from collections.abc import Iterator

import pytest

import simnet
from simnet.trace.events import Applied, Dialled
from tests.servers.conftest import Place, program

GUARD = 20.0


@contextlib.contextmanager
def behind(place: Place, *faults: simnet.Fault) -> Iterator[simnet.World]:
    """A proxy before the server, with these faults."""
    with simnet.network(f"simnet: 1\nservices:\n  link: {{proxy: {{upstream: '{place[0]}:{place[1]}'}}}}\n") as net:
        net["link"].set(*faults)
        yield net


def proven(net: simnet.World, kind: str) -> bool:
    """Whether that fault was applied."""
    return any(proof.kind == kind for proof in net.trace.of(Applied))


FAILING = [
    (simnet.reset, {"after": "20 B"}),
    (simnet.stall, {"after": "20 B"}),
    (simnet.black_hole, {"after": "20 B"}),
]
failing = pytest.mark.parametrize(("kind", "parameters"), FAILING, ids=["reset", "stall", "black_hole"])


class TestRedis:
    """redis-py."""

    @staticmethod
    def client(net: simnet.World, timeout: float = GUARD) -> object:
        """A client without retries of its own."""
        redis = pytest.importorskip("redis")
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        link = net["link"]
        return redis.Redis(link.address, link.port, socket_timeout=timeout, retry=Retry(NoBackoff(), 0))

    def test_intact(self, redis_server: Place) -> None:
        """Two thousand values, written in one pipeline and read one by one, are what they were."""
        with behind(redis_server) as net, contextlib.closing(self.client(net)) as client:  # type: ignore[type-var]
            pipeline = client.pipeline(transaction=False)  # type: ignore[attr-defined]
            for number in range(2000):
                pipeline.set(f"key {number}", f"value {number}" * (number % 50))
            assert all(pipeline.execute())
            for number in range(0, 2000, 7):
                assert client.get(f"key {number}") == (f"value {number}" * (number % 50)).encode()  # type: ignore[attr-defined]
        assert net.trace.of(Dialled)[0].errno == ""

    def test_late(self, redis_server: Place) -> None:
        """Every answer is late by the latency."""
        with behind(redis_server, simnet.latency(delay="80ms")) as net, contextlib.closing(self.client(net)) as client:  # type: ignore[type-var]
            client.ping()  # type: ignore[attr-defined]
            began = time.monotonic()
            client.ping()  # type: ignore[attr-defined]
            assert time.monotonic() - began >= 0.08
        assert proven(net, "latency")

    @failing
    def test_failing(self, redis_server: Place, kind: object, parameters: dict[str, str]) -> None:
        """A reset is a connection error, a silence a timeout of the client's own."""
        redis = pytest.importorskip("redis")
        with behind(redis_server) as net, contextlib.closing(self.client(net, 0.5)) as client:  # type: ignore[type-var]
            client.set("long", "x" * 4000)  # type: ignore[attr-defined]
            client.close()  # type: ignore[attr-defined]
            net["link"].set(kind(**parameters))  # type: ignore[operator]
            with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
                client.get("long")  # type: ignore[attr-defined]
        assert proven(net, net.trace.of(Applied)[0].kind)


class TestPostgres:
    """psycopg."""

    @staticmethod
    def connect(net: simnet.World) -> object:
        """A connection; a statement may take a second."""
        psycopg = pytest.importorskip("psycopg")
        link = net["link"]
        options = "host={} port={} user=simnet dbname=postgres sslmode=disable connect_timeout=10 tcp_user_timeout=1000"
        return psycopg.connect(options.format(link.address, link.port), autocommit=True)

    def test_intact(self, postgres_server: Place) -> None:
        """A hundred thousand rows come back in order, and eight megabytes in one value."""
        with behind(postgres_server) as net, self.connect(net) as connection:  # type: ignore[attr-defined]
            rows = connection.execute("select n, md5(n::text) from generate_series(1, 20000) n").fetchall()
            assert rows == [(n, hashlib.md5(str(n).encode()).hexdigest()) for n in range(1, 20001)]
            data = bytes(range(256)) * 16384
            assert connection.execute("select %b::bytea", [data]).fetchone() == (data,)

    def test_late(self, postgres_server: Place) -> None:
        """Each answer is late by the latency, in either direction."""
        late = simnet.latency(delay="80ms", direction="to_upstream")
        with behind(postgres_server, late) as net, self.connect(net) as connection:  # type: ignore[attr-defined]
            began = time.monotonic()
            assert connection.execute("select 1").fetchone() == (1,)
            assert time.monotonic() - began >= 0.08
        assert proven(net, "latency")

    def test_reset(self, postgres_server: Place) -> None:
        """A RST in the middle of the rows is an operational error."""
        psycopg = pytest.importorskip("psycopg")
        with behind(postgres_server, simnet.reset(after="20 kB")) as net:
            with pytest.raises(psycopg.OperationalError), self.connect(net) as connection:  # type: ignore[attr-defined]
                connection.execute("select n from generate_series(1, 20000) n").fetchall()
        assert proven(net, "reset")

    @pytest.mark.parametrize("kind", ["stall", "black_hole"])
    def test_silent(self, postgres_server: Place, kind: str) -> None:
        """A statement that is never answered: in a program of its own, which nothing but its own patience ends."""
        pytest.importorskip("psycopg")
        code = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('select n from generate_series(1, 20000) n').fetchall()"
        import sys  # noqa: PLC0415

        with behind(postgres_server, simnet.fault(kind, after="20 kB")) as net:
            where = f"host={net['link'].address} port={net['link'].port} user=simnet dbname=postgres sslmode=disable"
            with subprocess.Popen([sys.executable, "-c", code, where]) as client:
                until = time.monotonic() + GUARD
                while not proven(net, kind) and time.monotonic() < until:
                    time.sleep(0.01)
                assert client.poll() is None
                client.kill()
        assert proven(net, kind)


class TestNginx:
    """curl."""

    @staticmethod
    def curl(net: simnet.World, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Get something."""
        *options, path = arguments
        command = [program("curl"), "--silent", "--max-time", "20", *options, f"http://{net['link'].addr}/{path}"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60)

    def test_intact(self, nginx_server: Place) -> None:
        """64 MiB through the proxy are 64 MiB, by their SHA-256."""
        due = hashlib.sha256()
        for number in range(64):
            due.update(bytes([number]) * (1 << 20))
        with behind(nginx_server) as net:
            got = self.curl(net, "large")
        assert (got.returncode, hashlib.sha256(got.stdout).digest()) == (0, due.digest())

    def test_late(self, nginx_server: Place) -> None:
        """The answer is late by the latency."""
        with behind(nginx_server, simnet.latency(delay="100ms")) as net:
            began = time.monotonic()
            assert self.curl(net, "small").stdout == b"hello from nginx\n"
            assert time.monotonic() - began >= 0.1
        assert proven(net, "latency")

    @pytest.mark.parametrize(
        ("kind", "status"), [("reset", 56), ("stall", 28), ("black_hole", 28)], ids=["reset", "stall", "black_hole"]
    )
    def test_failing(self, nginx_server: Place, kind: str, status: int) -> None:
        """curl reports what the kernel told it: 56 for a RST, 28 for its own patience."""
        with behind(nginx_server, simnet.fault(kind, after="20 B")) as net:
            assert self.curl(net, "--max-time", "1", "small").returncode == status
        assert proven(net, kind)

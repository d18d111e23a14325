"""A session with a real server, recorded, and replayed without the server: the client gets the same answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import simnet
from simnet.trace.events import ServiceTrouble
from tests.servers.conftest import Place

REDIS = """
import os, redis
client = redis.Redis(os.environ["SIMNET_SERVER_HOST"], int(os.environ["SIMNET_SERVER_PORT"]), socket_timeout=20)
print(client.ping(), client.set("recorded", "value"), client.get("recorded"), client.incrby("recorded count", 5))
print(sorted(client.hgetall("nothing")), client.lpush("recorded list", 1, 2, 3), client.lrange("recorded list", 0, -1))
client.delete("recorded", "recorded count", "recorded list")
client.close()
"""

POSTGRES = """
import os, psycopg
where = f"host={os.environ['SIMNET_SERVER_HOST']} port={os.environ['SIMNET_SERVER_PORT']}"
with psycopg.connect(f"{where} user=simnet dbname=postgres sslmode=disable") as connection:
    print(connection.execute("select n, n * n from generate_series(1, 5) n").fetchall())
    print(connection.execute("select %s::text || 'b', null, now() > '2001-01-01'", ["a"]).fetchone())
    try:
        connection.execute("select nonsense")
    except psycopg.errors.UndefinedColumn as error:
        print(error)
"""


@pytest.mark.parametrize("library", ["redis", "psycopg"])
def test_the_client_gets_the_same_answers(library: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Replayed by the script alone, on another address, the same program prints the same."""
    pytest.importorskip(library)
    place: Place = request.getfixturevalue("redis_server" if library == "redis" else "postgres_server")
    file, code = tmp_path / "recorded.yaml", REDIS if library == "redis" else POSTGRES
    upstream = f"{place[0]}:{place[1]}"
    client = [sys.executable, "-c", code]
    command = [sys.executable, "-m", "simnet", "record", "--upstream", upstream, "-o", str(file), "--", *client]
    real = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert real.returncode == 0, real.stderr
    assert "recorded in" in real.stderr
    with simnet.network(file) as net:
        replay = subprocess.run(
            client, capture_output=True, text=True, check=False, timeout=60, env={**net.environment(), "PATH": ""}
        )
    assert (replay.stdout, replay.returncode) == (real.stdout, 0), replay.stderr
    assert not net.trace.of(ServiceTrouble)

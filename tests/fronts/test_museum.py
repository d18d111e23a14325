"""`simnet museum` with exhibits of the test's own, whose versions are programs that need no installation."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import typer

from simnet.errors import ScenarioError
from simnet.fronts.inbox import Inbox, StoppedError
from simnet.fronts.museum import collection
from simnet.fronts.museum.batch import show_all
from simnet.fronts.museum.collection import find
from simnet.fronts.museum.command import museum
from simnet.fronts.museum.record import Record
from simnet.fronts.museum.visit import Visit, visit

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]

TEMPLATE: Final = """\
simnet: 1
title: Twice where once is enough
services: {{api: {{speaks: http}}}}
expect:
  - requests: {{exactly: 1}}
bug:
  of: a client of the test's
  found: It was written so.
  look_at: the second request
  bad: {{program: {program}, run: [{program}, client.sh, "{bad}"], label: the bad, {more}}}
  good: {{program: sh, run: [sh, client.sh, "1"], label: the good, shows: hello}}
"""

CLIENT: Final = """\
for n in $(seq $1); do
  python3 -S -c 'import os, socket
host, port = os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])
client = socket.create_connection((host, port))
client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
print(client.makefile().read())'
done
"""

Write = Callable[..., Path]
Leaving = Callable[[Path], Inbox]


@pytest.fixture
def exhibit(tmp_path: Path) -> Write:
    """Write an exhibit: how often the bad version asks, and what more there is to say of it."""

    def write(bad: object = 2, program: str = "sh", more: str = "shows: hello", client: str = CLIENT) -> Path:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "client.sh").write_text(client, "utf-8")
        (file := folder / "twice.yaml").write_text(TEMPLATE.format(bad=bad, program=program, more=more), "utf-8")
        return file

    return write


def quiet(_: object) -> None:
    """Nobody listens."""


def seen(name: object, inbox: Inbox | None = None) -> Visit:
    """Both versions, shown."""
    (found,) = find(str(name))
    return visit(found, inbox or queue.SimpleQueue(), quiet)


def status_of(file: Path, *, as_json: bool = False) -> int:
    """With which status the command ends."""
    with pytest.raises(typer.Exit) as over:
        museum([str(file)], as_json=as_json)
    return over.value.exit_code


def test_both_versions_are_shown(simnet: Simnet, exhibit: Write) -> None:
    """The bad one fails and the good one holds: two diagrams, what was printed, the verdicts, and status 0."""
    ran = simnet("museum", exhibit())
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "✗ requests: there were 2 requests, expected exactly 1" in ran.stdout
    assert ran.stdout.count("hello from simnet") == 3
    assert ran.stdout.splitlines()[-1] == "bad version fails as told: yes; good version holds: yes"
    bad, good = ran.stdout.split("\ngood  the good\n")
    assert "connection 2 accepted" in bad
    assert "connection 2 accepted" not in good


def test_a_bad_version_that_is_good_is_told(exhibit: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Where every expectation holds, nothing was shown: status 100, and the document says why."""
    assert status_of(exhibit(bad=1), as_json=True) == 100
    found = json.loads(capsys.readouterr().out)
    assert (found["as_told"], found["bad"]["departure"]) == (False, "every expectation held")
    assert (found["good"]["run"]["ok"], found["good"]["departure"]) == (True, "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"client": "exit 0"}, "the client never came to a service"),
        ({"more": "shows: something else"}, 'the client did not print "something else"'),
        ({"client": f"{CLIENT}\nexit 3"}, "the client ended with status 3, and none is expected"),
    ],
)
def test_a_client_that_broke_on_its_way_has_shown_nothing(exhibit: Write, change: dict[str, str], why: str) -> None:
    """It is not enough that an expectation does not hold: the client came, printed what is told, and ended as it may."""
    record = seen(exhibit(**change)).record
    assert not record.as_told
    assert record.bad.departure == why


def test_a_program_that_is_not_here(exhibit: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither version is run, and the status is that of a machine that cannot."""
    assert status_of(exhibit(program="no-such-program")) == 69
    said = capsys.readouterr().out
    assert "there is no no-such-program here" in said
    assert "bad version fails as told: not run; good version holds: not run" in said


def test_a_client_runs_by_itself(exhibit: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder of its scenario, with the variables of the exhibit, and without what could bring in other versions."""
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    record = seen(exhibit(client="echo $(ls) $MOOD ${PYTHONPATH-clean}", more="env: {MOOD: merry}")).record
    assert record.bad.output == "client.sh twice.yaml merry clean\n"


def test_a_signal_ends_the_client(exhibit: Write, tmp_path: Path, leaving: Leaving) -> None:
    """Whoever visits may leave at any time, and nothing of the client is left."""
    pid = tmp_path / "pid"
    file = exhibit(client=f"sleep 1000 & echo $! > {pid}.part; mv {pid}.part {pid}; wait")
    with pytest.raises(StoppedError):
        seen(file, leaving(pid))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_many_are_shown_side_by_side(exhibit: Write) -> None:
    """Each by a command of its own; their records are in the order of the collection, whoever comes first."""
    exhibits = [one for name in ("no-such", "none-such") for one in find(str(exhibit(program=name)))]
    heard = list[Record]()
    inbox: Inbox = queue.SimpleQueue()
    records = show_all(exhibits, 2, inbox, heard.append)
    assert [record.unavailable.split(": ")[1].split(";")[0] for record in records] == [
        "there is no no-such here",
        "there is no none-such here",
    ]
    assert sorted(map(str, heard)) == sorted(map(str, records))


def test_a_signal_ends_them_all(exhibit: Write, tmp_path: Path, leaving: Leaving) -> None:
    """The commands end, and with them their clients."""
    pid = tmp_path / "pid"
    file = exhibit(client=f"echo $$ > {pid}.part; mv {pid}.part {pid}; sleep 1000")
    with pytest.raises(StoppedError):
        show_all(find(str(file)), 1, leaving(pid), quiet)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_the_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All that there are, each with its versions and whether it can be shown here."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/nonexistent")
    museum()
    said = capsys.readouterr().out
    for one in collection.collection():
        assert one.name in said
        assert one.scenario.title in said
    assert "redis-py: redis==4.5.1 → redis==4.5.5" in said
    assert "installs" in said
    museum(as_json=True)
    listed = json.loads(capsys.readouterr().out)["exhibits"]
    assert [one["name"] for one in listed] == [one.name for one in collection.collection()]


def test_what_is_no_exhibit(tmp_path: Path) -> None:
    """A near name is suggested; a scenario that shows no bug is refused, whatever its name."""
    with pytest.raises(ScenarioError, match="did you mean redis_cancelled_get"):
        find("redis_canceled_get")
    (plain := tmp_path / "plain.yaml").write_text("simnet: 1\nservices: {api: {}}\n")
    with pytest.raises(ScenarioError, match="shows no bug"):
        find(str(plain))


def test_a_number_stands_for_all_that_have_it() -> None:
    """`simnet museum 3` is four clients in one trouble; a name without its number is enough."""
    assert {one.name for one in find("3")} == {one.name for one in find("03")}
    assert len(find("03")) == 4
    assert [one.name for one in find("redis_cancelled_get")] == ["01_redis_cancelled_get"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the exhibit's program is curl, which is not here")
def test_an_exhibit_of_the_collection() -> None:
    """The one that needs no installation is as told."""
    assert seen("curl_resends_post").record.as_told

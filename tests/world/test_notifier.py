"""Programs that are supervised: exact attempts for any of them, and nothing else changed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Applied, Attempt, Failed, Observed
from simnet.world.notifier import parse_address

TEXT = "simnet: 1\nservices: {api: {faults: [{fault: refuse, when: {attempts: '%s'}}]}}\n"

RETRY = """
import os, socket
for attempt in range(1, 8):
    sock = socket.socket(%s)
    sock.setblocking(%s)
    try:
        sock.connect((%r + os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])))
        print("served")
    except ConnectionRefusedError:
        print("refused")
    except BlockingIOError:
        import select
        select.select([], [sock], [])
        print("refused" if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) else "served")
    sock.close()
"""

EIGHT_THREADS = """
import os, socket, threading
def retry():
    for _ in range(10):
        sock = socket.socket()
        try:
            sock.connect((os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])))
            print("served\\n", end="", flush=True)
        except ConnectionRefusedError:
            print("refused\\n", end="", flush=True)
        sock.close()
threads = [threading.Thread(target=retry) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

FORKS = """
import os, socket
for _ in range(4):
    if os.fork() == 0:
        sock = socket.socket()
        try:
            sock.connect((os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])))
            os.write(1, b"served ")
        except ConnectionRefusedError:
            os.write(1, b"refused ")
        os._exit(0)
    os.wait()
"""


def run(net: simnet.World, command: Sequence[str], **options: str) -> str:
    """Run a program under supervision to its end; what it printed."""
    environment = {**os.environ, **net.environment(), **options}
    with net.supervising() as supervision:
        launched = supervision.command(command, None)
        pipe = subprocess.PIPE
        with subprocess.Popen(
            launched, env=environment, pass_fds=supervision.pass_fds, stdout=pipe, stderr=pipe, text=True
        ) as program:
            supervision.started()
            said, complaint = program.communicate(timeout=90)
    assert program.returncode == 0, complaint
    return said


def python(code: str) -> list[str]:
    """The command that runs this code."""
    return [sys.executable, "-I", "-S", "-c", code]


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "not blocking"])
@pytest.mark.parametrize("mapped", [False, True], ids=["IPv4", "v4-mapped"])
def test_a_retry_loop_without_a_pause_meets_exactly_the_plan(*, blocking: bool, mapped: bool) -> None:
    """Another program that retries at once is refused and served exactly as planned, on all kinds of socket."""
    family, prefix = ("socket.AF_INET6", "::ffff:") if mapped else ("", "")
    with simnet.network(TEXT % "1-2,5") as net:
        said = run(net, python(RETRY % (family, blocking, prefix))).split()
    assert said == ["refused", "refused", "served", "served", "refused", "served", "served"]
    assert [attempt.counted for attempt in net.trace.of(Attempt)] == ["by notifier"] * 7
    assert len(net.trace.of(Applied)) == 3
    simnet.verify(net)


def test_ipv6_is_as_exact() -> None:
    """A service on ::1 meets its client exactly as planned."""
    with simnet.network(TEXT.replace("{api: {", "{api: {at: '[::1]', ") % "1-3") as net:
        said = run(net, python(RETRY % ("socket.AF_INET6", True, ""))).split()
    assert said == ["refused"] * 3 + ["served"] * 4
    simnet.verify(net)


REFUSED_ELSEWHERE = """
import socket
for _ in range(3):
    with socket.socket(socket.AF_INET6) as sock:
        assert sock.connect_ex(("::1", %d)) == 111
"""

ON_THE_SHARED_ADDRESS = TEXT.replace("{api: {", "{api: {at: '[::1]', ") % "1-3"


@pytest.fixture
def shut_port() -> Iterator[int]:
    """A port of ::1 where nobody listens."""
    with socket.socket(socket.AF_INET6) as shut:
        shut.bind(("::1", 0))
        yield shut.getsockname()[1]


def test_what_is_refused_elsewhere_on_the_shared_address_is_not_counted(shut_port: int) -> None:
    """A blocking connect that was refused at another port of ::1, by whomever, is no attempt at the service there."""
    with simnet.network(ON_THE_SHARED_ADDRESS) as net:
        said = run(net, python(REFUSED_ELSEWHERE % shut_port + RETRY % ("socket.AF_INET6", True, ""))).split()
    assert said == ["refused"] * 3 + ["served"] * 4
    assert [attempt.number for attempt in net.trace.of(Attempt)] == list(range(1, 8))


def test_strangers_on_the_shared_address_are_not_counted_while_the_program_starts(shut_port: int) -> None:
    """Who is to be supervised is announced: what others have refused on ::1 before it runs is none of its attempts."""
    with simnet.network(ON_THE_SHARED_ADDRESS) as net, net.supervising() as supervision:
        subprocess.run(python(REFUSED_ELSEWHERE % shut_port), check=True, timeout=60)
        net.catch_up()
        launched = supervision.command(["true"], None)
        with subprocess.Popen(launched, pass_fds=supervision.pass_fds):
            supervision.started()
    assert not net.trace.of(Attempt)


def test_where_a_program_cannot_be_supervised_its_attempts_on_the_shared_address_are_counted() -> None:
    """If no notifier comes, blocking connects that were refused on ::1 are counted by what the kernel says."""
    with simnet.network(ON_THE_SHARED_ADDRESS.replace("1-3", "1-")) as net, net.supervising() as supervision:
        supervision.started()
        subprocess.run(python(REFUSED_ELSEWHERE % net["api"].port), check=True, timeout=60)
    assert [observed.by for observed in net.trace.of(Observed)] == ["nobody"]
    assert [attempt.counted for attempt in net.trace.of(Attempt)][:3] == ["by destroy event"] * 3


def test_services_on_the_shared_address_have_each_their_own_attempts() -> None:
    """A refused socket has forgotten which of them it had dialled; who had announced it knows."""
    services = "simnet: 1\nservices:\n" + "".join(
        f"  {name}: {{at: '[::1]', faults: [{{fault: refuse, when: {{attempts: 1-{last}}}}}]}}\n"
        for name, last in (("one", 2), ("two", 4))
    )
    code = """
import os, socket
for _ in range(5):
    for name in ("ONE", "TWO"):
        with socket.socket(socket.AF_INET6) as sock:
            print(sock.connect_ex((os.environ[f"SIMNET_{name}_HOST"], int(os.environ[f"SIMNET_{name}_PORT"]))))
"""
    with simnet.network(services) as net:
        said = run(net, python(code)).split()
    assert said == ["111"] * 4 + ["0", "111"] * 2 + ["0", "0"]
    for name in ("one", "two"):
        assert [attempt.number for attempt in net.trace.of(Attempt, name)] == list(range(1, 6))
    simnet.verify(net)


def test_eight_threads_at_once_are_numbered_without_gap_or_double() -> None:
    """Eighty attempts of eight threads have the numbers 1 to 80, and exactly the planned ones are refused."""
    with simnet.network(TEXT % "1-5,20-30,77") as net:
        said = run(net, python(EIGHT_THREADS)).split()
    assert said.count("refused") == 17
    assert said.count("served") == 63
    assert [attempt.number for attempt in net.trace.of(Attempt)] == list(range(1, 81))
    refused = {*range(1, 6), *range(20, 31), 77}
    assert {proof.target for proof in net.trace.of(Applied)} == {f"attempt {number}" for number in refused}
    assert not net.trace.of(Failed)


def test_children_of_the_program_are_supervised_as_well() -> None:
    """Attempts of forked children are announced and exact."""
    with simnet.network(TEXT % "2") as net:
        assert run(net, python(FORKS)).split() == ["served", "refused", "served", "served"]
    simnet.verify(net)


def test_connects_to_others_go_on_untouched() -> None:
    """A program that dials something else, by TCP, UDP or a Unix socket, finds it as without simnet."""
    code = """
import os, socket, sys
def outcome(*connect):
    sock = socket.socket(*connect[:2])
    try:
        sock.connect(connect[2])
        return "connected"
    except OSError as error:
        return str(error.errno)
print(outcome(socket.AF_INET, socket.SOCK_STREAM, (sys.argv[1], int(sys.argv[2]))))
print(outcome(socket.AF_INET, socket.SOCK_STREAM, ("127.93.3.1", 7399)))
print(outcome(socket.AF_INET, socket.SOCK_DGRAM, (os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"]))))
print(outcome(socket.AF_UNIX, socket.SOCK_STREAM, "/nowhere/at/all"))
"""
    with socket.create_server(("127.93.3.1", 7398)) as other, simnet.network(TEXT % "1") as net:
        address, port = other.getsockname()
        said = run(net, [*python(code), address, str(port)]).split()
    assert said == ["connected", "111", "connected", "2"]
    assert not net.trace.of(Attempt)


def test_ten_thousand_connects_are_all_announced() -> None:
    """A client that makes 10,000 connects is announced each time, and its first and last are refused."""
    code = """
import os, socket
served = 0
for _ in range(10_000):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    try:
        sock.connect((os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])))
        served += 1
    except ConnectionRefusedError:
        pass
    sock.close()
print(served)
"""
    with simnet.network(TEXT % "1,10000") as net:
        assert run(net, python(code)) == "9998\n"
        assert net["api"].attempts == 10_000
    assert {proof.target for proof in net.trace.of(Applied)} == {"attempt 1", "attempt 10000"}
    assert not net.trace.of(Failed)


def test_a_program_killed_at_its_connect_leaves_the_network_up() -> None:
    """Children that connect all the time are killed at any moment: neither the notifier nor the next attempt is harmed."""
    code = """
import os, random, signal, socket, time
at = os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])
def dial():
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
        sock.connect(at)
said, says = os.pipe()
for _ in range(100):
    child = os.fork()
    if not child:
        dial()
        os.write(says, b".")
    while not child:
        dial()
    os.read(said, 1)
    time.sleep(random.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
dial()
print("alive")
"""
    with simnet.network(TEXT % "1000000-") as net:
        assert run(net, python(code)) == "alive\n"
        assert net["api"].attempts >= 100
        socket.create_connection((net["api"].address, net["api"].port)).close()


def test_the_limit_of_open_files_is_the_programs() -> None:
    """The program has the limit that the scenario says, soft and hard."""
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as net, net.supervising() as supervision:
        command = supervision.command(["sh", "-c", "ulimit -Sn; ulimit -Hn"], 57)
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True) as program:
            supervision.started()
            said, _ = program.communicate(timeout=60)
    assert said.split() == ["57", "57"]


def test_the_trace_says_who_observes() -> None:
    """A supervised run says so."""
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as net:
        run(net, ["true"])
    (observed,) = net.trace.of(Observed)
    assert (observed.by, observed.why) == ("notifier", "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_meets_exactly_the_plan() -> None:
    """curl, started three times with no pause, is refused twice and served the third time, twenty times over."""
    loop = 'for attempt in 1 2 3; do curl --noproxy "*" -s -o /dev/null "$SIMNET_API_URL"; echo $?; done'
    text = TEXT.replace("{api: {", "{api: {speaks: http, ") % "1-2"
    for _ in range(20):
        with simnet.network(text) as net:
            assert run(net, ["sh", "-c", loop]).split() == ["7", "7", "0"]
        assert net.trace.attempts() == 3
        simnet.verify(net)


@given(st.binary(max_size=128))
def test_any_bytes_are_an_address_or_none(data: bytes) -> None:
    """Whatever lies in the program's memory, reading it as an address gives an address or None."""
    found = parse_address(data)
    if found is not None:
        address, port = found
        assert socket.getaddrinfo(address, port, flags=socket.AI_NUMERICHOST)

"""The readers of the seam: TCP_INFO of any kernel, counters, socket options."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.errors import MachineError
from simnet.world.kernel.counters import parse_counters, read_counters
from simnet.world.kernel.options import abort_on_close, min_ttl, no_delay, set_min_ttl
from simnet.world.kernel.tcp_info import LAYOUT, OLDEST, TcpState, parse_tcp_info, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]
NAMES = st.text("ABCdef019", min_size=1, max_size=8)


def test_the_tcp_info_of_an_old_kernel_is_read() -> None:
    """A struct that ends after tcpi_total_retrans gives what it has; the fields it lacks read 0."""
    raw = bytes([TcpState.ESTABLISHED, 0, 3, 0, 2, 0, 0, 0]) + struct.pack("=24I", *range(100, 124))
    assert len(raw) == OLDEST
    info = parse_tcp_info(raw)
    assert (info.state, info.retransmits, info.backoff) == (TcpState.ESTABLISHED, 3, 2)
    assert (info.rto_us, info.unacked, info.sacked, info.lost) == (100, 104, 105, 106)
    assert (info.rtt_us, info.total_retransmits) == (115, 123)
    assert (info.bytes_acked, info.segs_out, info.bytes_sent) == (0, 0, 0)


@settings(deadline=None)
@given(st.binary(min_size=OLDEST, max_size=400), st.sampled_from(TcpState))
def test_tcp_info_of_any_length_is_read(raw: bytes, state: TcpState) -> None:
    """Whatever a kernel adds at the end, what simnet reads does not change."""
    raw = bytes([state]) + raw[1:]
    assert parse_tcp_info(raw) == parse_tcp_info(raw + b"tail" * (len(raw) >= LAYOUT.size))
    assert parse_tcp_info(raw).state is state


@given(st.binary(max_size=OLDEST - 1))
def test_a_tcp_info_that_is_none_is_refused(raw: bytes) -> None:
    """A struct shorter than any Linux gives is an error that says so, never a wrong number."""
    with pytest.raises(MachineError, match=f"TCP_INFO is {len(raw)} bytes long here, Linux gives {OLDEST}"):
        parse_tcp_info(raw)


def test_this_kernel_gives_every_field(net: Net, until: Until) -> None:
    """Both ends of a connection that carried 10,000 bytes agree, down to the last field that is read."""
    client, accepted = net.connected(net.listener())
    client.sendall(b"x" * 10_000)
    until(lambda: tcp_info(client).bytes_acked > 10_000)  # the SYN counts as one
    sender, receiver = tcp_info(client), tcp_info(accepted)
    assert (sender.state, receiver.state) == (TcpState.ESTABLISHED, TcpState.ESTABLISHED)
    assert (sender.bytes_sent, receiver.bytes_received) == (10_000, 10_000)
    assert sender.data_segs_out == receiver.data_segs_in >= 1
    assert sender.segs_out > sender.data_segs_out
    assert (sender.bytes_retransmitted, sender.notsent_bytes, sender.unacked) == (0, 0, 0)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(-1, 2**63), min_size=1), max_size=4))
def test_counters_are_read_as_they_are_written(groups: dict[str, dict[str, int]]) -> None:
    """Pairs of lines, names and numbers, come out as group + name -> number."""
    text = "".join(f"{g}: {' '.join(c)}\n{g}: {' '.join(map(str, c.values()))}\n" for g, c in groups.items())
    expected = [(group + name, number) for group, counters in groups.items() for name, number in counters.items()]
    assert list(parse_counters(text)) == expected


def test_the_counters_that_proofs_use_are_there() -> None:
    """This kernel has the counters that simnet shows as evidence."""
    counters = read_counters()
    for name in ("TcpAttemptFails", "TcpOutRsts", "TcpExtListenOverflows", "TcpExtTCPMinTTLDrop"):
        assert counters[name] >= 0


def test_a_refused_attempt_is_counted(net: Net) -> None:
    """A refused connect raises AttemptFails and OutRsts."""
    before = read_counters()
    net.dial(net.bound())
    after = read_counters()
    assert after["TcpAttemptFails"] > before["TcpAttemptFails"]
    assert after["TcpOutRsts"] > before["TcpOutRsts"]


def test_options_take_effect_and_are_undone(net: Net) -> None:
    """The minimum TTL goes on and off; SO_LINGER and TCP_NODELAY read back as set."""
    sock = net.client()
    assert min_ttl(sock) == 0
    set_min_ttl(sock, on=True)
    assert min_ttl(sock) == 255
    set_min_ttl(sock, on=False)
    assert min_ttl(sock) == 0
    abort_on_close(sock)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == struct.pack("ii", 1, 0)
    no_delay(sock)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0

"""What is known of an attempt whose socket outlives the network."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import simnet
from simnet.trace.events import Applied, AttemptOver

if TYPE_CHECKING:
    from tests.world.conftest import MakeNet


def test_refused_sockets_that_are_still_open_at_the_end_are_proven(one_service: MakeNet) -> None:
    """A refused socket that somebody keeps (in a traceback) leaves no destroy event: it is looked at itself, each of them."""
    with contextlib.ExitStack() as kept, one_service(simnet.refuse()) as net:
        for _ in range(3):
            sock = kept.enter_context(socket.socket())
            assert sock.connect_ex((net["api"].address, net["api"].port)) != 0
    assert sorted(proof.target for proof in net.trace.of(Applied)) == ["attempt 1", "attempt 2", "attempt 3"]
    assert [over.outcome for over in net.trace.of(AttemptOver)] == ["refused"] * 3
    simnet.verify(net)

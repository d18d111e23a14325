"""Who may come to a service: what the death of an unknown socket can mean.

Law: a refused attempt that nobody had announced is known by the death of its socket alone. Who starts the program under
test knows whether that can be an attempt at all.
"""

from __future__ import annotations

from enum import Enum

from simnet.world.kernel.destroyed import Death

__all__ = ["Comers"]

SHARED = frozenset({"127.0.0.1", "::1"})
"""Addresses that belong to all programs of the machine; the others of 127.0.0.0/8 are leased."""


class Comers(Enum):
    """Who may come unannounced."""

    ANYBODY = "anybody"

    NAMED = "named"
    """Others, on an address that is everybody's: a death that does not say which port was dialled is none of ours."""

    NOBODY = "nobody"
    """So the death of an unknown socket is no attempt.

    (A listener of the program's own at our address leaves such deaths when it is closed: its queue is disconnected
    as a refused socket is, which forgets the port. inet_csk_listen_stop, net/ipv4/inet_connection_sock.c.)
    """

    def may_have_died(self, death: Death) -> bool:
        """Whether this can be the death of somebody who came unannounced."""
        return self is Comers.ANYBODY or (self is Comers.NAMED and death.remote[1] != 0)

    @classmethod
    def beside_the_announced(cls, address: str) -> Comers:
        """Who comes to this address but those who are meant to come, whose every attempt is announced."""
        return cls.NAMED if address in SHARED else cls.ANYBODY

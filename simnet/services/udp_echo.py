"""`udp_echo`: sends each datagram back to where it came from (RFC 862, UDP based echo service).

A service of its own and not an option of `echo`: it has no connections, so nearly every fault is another one, and
`when` counts datagrams, which are its requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.services.contract import Service, Transport


@final
class UdpEcho(Service):
    """Send back every datagram."""

    summary: ClassVar[str] = "sends each datagram back (UDP); datagrams count as requests"
    default_port: ClassVar[int] = 7007
    transports: ClassVar[frozenset[Transport]] = frozenset({Transport.UDP})
    scheme: ClassVar[str] = "udp"
    has_requests: ClassVar[bool] = True

    speaks: Literal["udp_echo"] = "udp_echo"

    @override
    def datagram(self, data: bytes) -> Sequence[bytes]:
        return [data]


SERVICE = UdpEcho

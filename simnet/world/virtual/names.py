"""What getaddrinfo finds in the virtual network.

Law: numbers stand for themselves, `localhost` for this machine (RFC 6761 section 6.3), and every other name for what the
caller says; nobody outside is ever asked. An unknown name is EAI_NONAME, as from a resolver with an empty zone.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Found", "VirtualNames"]

Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

KINDS = ((socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP))


class VirtualNames:
    """Names and their addresses, in the order in which they are to be found."""

    def __init__(self, hosts: Mapping[str, Sequence[str]]) -> None:
        self._hosts = {"localhost": ("127.0.0.1",), **{name.lower(): tuple(found) for name, found in hosts.items()}}

    def find(
        self, host: str | bytes | None, port: int | str | bytes | None, family: int = 0, kind: int = 0
    ) -> list[Found]:
        """What getaddrinfo(3) returns. Raises `socket.gaierror`."""
        name = host.decode("ascii") if isinstance(host, bytes) else host or "localhost"
        number = int(port or 0)
        found = [
            (_family(address), one, protocol, "", _written(address, number))
            for address in self._addresses(name.rstrip(".").lower())
            if family in {0, _family(address)}
            for one, protocol in KINDS
            if kind in {0, one}
        ]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    def _addresses(self, name: str) -> Sequence[str]:
        try:
            return (str(ipaddress.ip_address(name)),)
        except ValueError:
            return self._hosts.get(name, ())


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _written(address: str, port: int) -> Any:
    return (address, port, 0, 0) if ":" in address else (address, port)

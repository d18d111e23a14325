"""dnspython's resolver, all defaults left (five seconds in all, over again by UDP); and with a second in all, and tries."""

from __future__ import annotations

import dns.exception
import dns.resolver
from patience import patiently
from where import host_and_port


def resolver(target: str) -> dns.resolver.Resolver:
    """It asks our server, and none of the machine's."""
    made = dns.resolver.Resolver(configure=False)
    host, made.port = host_and_port(target)
    made.nameservers = [host]
    return made


def _address(asked: dns.resolver.Resolver, *, tcp: bool) -> bytes:
    return str(asked.resolve("orders.test", "A", tcp=tcp)[0].to_text()).encode()


def _patient(target: str, *, tcp: bool) -> bytes:
    made = resolver(target)
    made.timeout, made.lifetime = 0.5, 1.0
    return patiently(lambda: _address(made, tcp=tcp), dns.exception.DNSException, OSError)


def get(target: str) -> bytes:
    """The address, by UDP."""
    return _address(resolver(target), tcp=False)


def get_by_tcp(target: str) -> bytes:
    """The address, by TCP."""
    return _address(resolver(target), tcp=True)


def patient_get(target: str) -> bytes:
    """Half a second for each datagram, a second in all, three times."""
    return _patient(target, tcp=False)


def patient_get_by_tcp(target: str) -> bytes:
    """Half a second for each connection, a second in all, three times."""
    return _patient(target, tcp=True)

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


def _address(asked: dns.resolver.Resolver) -> bytes:
    return str(asked.resolve("orders.test", "A")[0].to_text()).encode()


def get(target: str) -> bytes:
    """The address."""
    return _address(resolver(target))


def patient_get(target: str) -> bytes:
    """Half a second for each datagram, a second in all, three times."""
    made = resolver(target)
    made.timeout, made.lifetime = 0.5, 1.0
    return patiently(lambda: _address(made), dns.exception.DNSException)

"""The `names` of a scenario -> the service that answers for them.

Law: `names` is sugar and no second mechanism: what it describes is a `dns` service like any other, with records and
faults, which a file could spell out. A list of services is a rotation, so the kind for that is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simnet.faults import KINDS, Fault
from simnet.scenario.model import NameSpec, ServiceSpec
from simnet.services.dns import Dns, Record
from simnet.values import Duration

__all__ = ["resolver"]


def resolver(names: Mapping[str, NameSpec], addresses: Mapping[str, str]) -> ServiceSpec:
    """The service that knows `names`, with the addresses that the services of the file have got."""
    records = tuple(record for name, spec in names.items() for record in _records(name, spec, addresses))
    faults = tuple(fault for name, spec in names.items() for fault in _faults(name, spec))
    return ServiceSpec(speaks=Dns(records=records), faults=faults)


def _records(name: str, spec: NameSpec, addresses: Mapping[str, str]) -> Iterator[Record]:
    """With a TTL of 0, so that nobody keeps what the next query may answer otherwise (RFC 1035 section 3.2.1)."""
    for address in dict.fromkeys(addresses[service] for service in spec.to):
        yield Record(name=name, type="AAAA" if ":" in address else "A", value=address, ttl=Duration(0))


def _faults(name: str, spec: NameSpec) -> Iterator[Fault]:
    if spec.fault is not None:
        yield spec.fault.model_copy(update={"name": name})
    elif len(spec.to) > 1:
        yield KINDS["dns_rotate"].model_validate({"fault": "dns_rotate", "name": name, "required": False})

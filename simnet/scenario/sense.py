"""What must hold between the parts of a scenario, though each part alone is fine.

Law: pure, and asked of a sketch, so that the loader can ask it of a file that has other mistakes as well and the model
of a scenario made in Python. A mistake says where by a path of keys and positions; who knows lines translates it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from simnet.scenario.words import did_you_mean, nearest, shown
from simnet.services import Service
from simnet.values import Endpoint

__all__ = [
    "NAME", "RESOLVER", "CheckSketch", "Mistake", "NameSketch", "Path", "ServiceSketch", "mistakes", "variable",
]  # fmt: skip

Path = tuple[str | int, ...]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")

RESOLVER = "dns"
"""The service that `names` brings up by itself."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at `path`, and the cure. `at_key` points at the last key itself, not at what stands behind it."""

    path: Path
    message: str
    cure: str
    at_key: bool = False

    def __str__(self) -> str:
        return f"{self.message}; {self.cure}"


@dataclass(frozen=True, slots=True)
class ServiceSketch:
    """What is known of a service; `at` and `protocol` are None where they are wrong or left out."""

    name: str
    at: Endpoint | None
    protocol: str | None
    asked: tuple[frozenset[str], ...]
    """The conditions under the `when` of each fault."""
    misfits: tuple[tuple[int, str, str], ...] = ()
    """The faults that can never strike here: position, kind, and the moment at which they would."""
    has_requests: bool = False
    dials: str | None = None
    """The upstream of a proxy."""
    gets_requests_by: str = Service.gets_requests_by
    steered: tuple[bool, ...] = ()
    """Of each fault, whether it is to strike what is sent to the upstream."""
    tls: bool = False
    keeps_ledger: bool = False


@dataclass(frozen=True, slots=True)
class NameSketch:
    """What is known of a name: the services that it resolves to (`path` leads there), the kind of its fault."""

    name: str
    to: tuple[str, ...]
    fault: str | None = None
    path: Path = ()
    also: tuple[str, ...] = ()
    """What could have been meant beside a service."""


@dataclass(frozen=True, slots=True)
class CheckSketch:
    """What is known of an entry of `expect`: the services that it names, by parameter."""

    name: str
    services: tuple[tuple[str, str], ...] = ()
    needs_ledger: bool = False


def variable(name: str) -> str:
    """The part of an environment variable that a service's name becomes: `my-api` gives `MY_API`."""
    return name.replace("-", "_").upper()


def mistakes(
    services: tuple[ServiceSketch, ...], checks: tuple[CheckSketch, ...], names: tuple[NameSketch, ...] = ()
) -> Iterator[Mistake]:
    """Everything that does not fit together."""
    if not services:
        yield Mistake(("services",), "there is no service", "name at least one: `services: {api: {}}`", at_key=True)
    yield from _names(services)
    yield from _addresses(services)
    for service in services:
        yield from _requests(service)
        yield from _misfits(service)
        yield from _steered(service)
    yield from _dialled(services)
    yield from _resolved(services, names)
    yield from _checked(services, checks, resolver=bool(names))


def _names(services: tuple[ServiceSketch, ...]) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for name in (service.name for service in services):
        path = ("services", name)
        if not NAME.fullmatch(name):
            yield Mistake(path, f"{shown(name)} cannot be a service's name", _why_not(name), at_key=True)
        elif (other := first.setdefault(variable(name), name)) != name:
            clash = f"`{name}` and `{other}` would both be SIMNET_{variable(name)}_HOST for the client"
            yield Mistake(path, clash, "give one of them another name", at_key=True)


def _why_not(name: str) -> str:
    if len(name) > 48:
        return "the longest name has 48 characters"
    return "write a letter, then letters, digits, - or _ (it becomes part of an environment variable)"


def _addresses(services: tuple[ServiceSketch, ...]) -> Iterator[Mistake]:
    first: dict[tuple[str, int], str] = {}
    for service in services:
        if service.at is None or service.at.address is None or service.at.port is None:
            continue
        place = (str(ipaddress.ip_address(service.at.address)), service.at.port)
        other = first.setdefault(place, service.name)
        if other != service.name:
            message = f"`{service.name}` is at {service.at}, and so is `{other}`"
            yield Mistake(("services", service.name, "at"), message, "give one of them another port or address")


def _requests(service: ServiceSketch) -> Iterator[Mistake]:
    if service.has_requests or service.protocol is None:
        return
    for number, asked in enumerate(service.asked):
        if "requests" in asked:
            path = ("services", service.name, "faults", number, "when", "requests")
            message = f"`{service.name}` speaks {service.protocol}, which has no requests"
            yield Mistake(path, message, f"write `connections`, or {service.gets_requests_by}", at_key=True)


def _steered(service: ServiceSketch) -> Iterator[Mistake]:
    for number, steered in enumerate(service.steered):
        if steered and service.dials is None and service.protocol is not None:
            path = ("services", service.name, "faults", number, "direction")
            message = f"`{service.name}` speaks {service.protocol} and has no upstream"
            yield Mistake(path, message, "leave `direction` out, or let it speak `proxy`", at_key=True)


def _dialled(services: tuple[ServiceSketch, ...]) -> Iterator[Mistake]:
    """Upstreams that are services of the file: they must be there, and must not lead back."""
    named = {service.name: service for service in services}
    for service in services:
        if service.dials is None or service.protocol is None:
            continue
        path: Path = ("services", service.name, service.protocol, "upstream")
        if NAME.fullmatch(service.dials) and service.dials not in named:
            others = [name for name in named if name != service.name]
            cure = did_you_mean(service.dials, others) if others else "write the address of a server: 127.0.0.1:5432"
            yield Mistake(path, f"there is no service {shown(service.dials)}", cure)
        elif service.tls:
            path = ("services", service.name, "tls")
            message = f"`{service.name}` passes on what its upstream says, TLS too, and has none of its own"
            yield Mistake(path, message, "leave `tls` out", at_key=True)
        elif _leads_back(service, services):
            message = f"what is sent to `{service.name}` would come back to it for ever"
            yield Mistake(path, message, "name the server that is to answer in the end")


def _leads_back(service: ServiceSketch, services: tuple[ServiceSketch, ...]) -> bool:
    places = {service.name: service for service in services} | {
        str(service.at): service for service in services if service.at is not None
    }
    seen: set[str] = set()
    at: ServiceSketch | None = service
    while at is not None and at.dials is not None and at.name not in seen:
        seen.add(at.name)
        at = places.get(at.dials)
    return at is not None and at.name == service.name and at.dials is not None


def _near(word: str, services: list[str], also: tuple[str, ...]) -> list[str]:
    """The services; with all else that would do, if what was written is near to one of them."""
    return [*services, *also] if nearest(word, also) else services


PASSED_ON = "passed on"
"""In place of a moment: the fault strikes who speaks itself, and the service is a proxy."""

_STRIKES = {
    "at_query": "queries for names",
    "at_datagram": "datagrams (UDP)",
    "at_request": "requests of HTTP",
    "at_rest": "connections that HTTP keeps between two requests",
}


def _misfits(service: ServiceSketch) -> Iterator[Mistake]:
    for number, kind, moment in service.misfits:
        if moment == PASSED_ON:
            message = f"`{service.name}` passes on what its upstream says, and `{kind}` is for who speaks itself"
            cure = "a proxy has the faults of connect, accept and reply; `simnet faults` lists them"
            yield Mistake(("services", service.name, "faults", number, "fault"), message, cure)
            continue
        if moment == "at_tls":
            message = f"`{kind}` strikes in the TLS handshake, and `{service.name}` does not speak TLS"
            cure = f"write `tls: true` beneath `{service.name}`"
            yield Mistake(("services", service.name, "faults", number, "fault"), message, cure)
            continue
        message = f"`{service.name}` speaks {service.protocol}, and `{kind}` strikes {_STRIKES.get(moment, 'connections (TCP)')}"
        cures = {
            "at_query": "give it to a service that speaks dns, or to a name under `names`",
            "at_request": "write `speaks: http`",
            "at_rest": "write `speaks: http`",
        }
        cure = cures.get(moment, "give it to a service that has them; `simnet faults` tells what strikes what")
        yield Mistake(("services", service.name, "faults", number, "fault"), message, cure)


def _resolved(services: tuple[ServiceSketch, ...], names: tuple[NameSketch, ...]) -> Iterator[Mistake]:
    known = [service.name for service in services]
    for name in names:
        path: Path = ("names", name.name, *name.path)
        for position, service in enumerate(name.to):
            if known and service not in known:
                where = (*path, position) if len(name.to) > 1 else path
                message = f"there is no service {shown(service)} that {name.name} could resolve to"
                yield Mistake(where, message, did_you_mean(service, _near(service, known, name.also)))
        if name.fault in known and not name.to:
            cure = f"write `{{to: {name.fault}}}` or `{{fault: {name.fault}}}`, or give the service another name"
            yield Mistake(path, f"`{name.fault}` is a service of this file and a fault", cure)
    for taken in (service for service in known if names and variable(service) == variable(RESOLVER)):
        message = f"`names` brings up a service `{RESOLVER}` of its own, which answers for them"
        yield Mistake(("services", taken), message, "give yours another name", at_key=True)


def _checked(
    services: tuple[ServiceSketch, ...], checks: tuple[CheckSketch, ...], *, resolver: bool
) -> Iterator[Mistake]:
    names = [*(service.name for service in services), *([RESOLVER] if resolver else [])]
    for number, check in enumerate(checks):
        for parameter, service in check.services:
            if names and service not in names:
                path = ("expect", number, check.name, parameter)
                yield Mistake(path, f"there is no service {shown(service)}", did_you_mean(service, names))
        asked = {service for _, service in check.services}
        meant = [service for service in services if not asked or service.name in asked]
        if check.needs_ledger and meant and not any(service.keeps_ledger for service in meant):
            who = f"`{meant[0].name}` keeps no ledger" if asked else "no service keeps a ledger"
            message, cure = f"{who}, by which this could be judged", "let it speak http, without `ledger: false`"
            yield Mistake(("expect", number, check.name), message, cure, at_key=True)

"""The scenario: a file of format 1 as a frozen value.

Law: a scenario that exists is valid, whether it was read from a file, made in Python or drawn by Hypothesis. Which
fault, protocol or check an entry means is decided by its name, from the lists that the folders are; no kind is named
here. Nothing here reads a file or knows a line number: `load.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializeAsAny,
    model_validator,
)

from simnet.checks import CHECKS
from simnet.checks.contract import Check
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Direction
from simnet.scenario import sense
from simnet.scenario.words import did_you_mean, unprintable
from simnet.services import PROTOCOLS, Service
from simnet.services.echo import Echo
from simnet.values import Endpoint

__all__ = ["FORMAT", "ClientSpec", "Heading", "Scenario", "ServiceSpec"]

FORMAT = 1
"""The number behind the key `simnet:`."""


def _text(text: str) -> str:
    if (found := unprintable(text)) is not None:
        raise ValueError(f"the control character U+{ord(text[found]):04X} has no place in a text; leave it out")
    return text


def _chosen(what: str, name: object, kinds: Mapping[str, Any]) -> Any:
    """The class in `kinds` called `name`; `ValueError` with the nearest name if there is none."""
    if isinstance(name, str) and name in kinds:
        return kinds[name]
    raise ValueError(f"there is no {what} `{name}`; {did_you_mean(str(name), kinds)}")


def _fault(entry: object) -> object:
    if isinstance(entry, Mapping):
        return _chosen("fault", entry.get("fault"), KINDS).model_validate(entry)
    return entry


def _service(entry: object) -> object:
    if isinstance(entry, str):
        return _chosen("protocol", entry, PROTOCOLS)()
    if isinstance(entry, Mapping):
        return _chosen("protocol", entry.get("speaks"), PROTOCOLS).model_validate(entry)
    return entry


def _check(entry: object) -> object:
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, parameters = next(iter(entry.items()))
        return _chosen("check", name, CHECKS).model_validate(parameters)
    return entry


def _named(check: Check) -> dict[str, Any]:
    return {check.name: check.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


Text = Annotated[str, Field(strict=True), AfterValidator(_text)]
AnyFault = Annotated[SerializeAsAny[Fault], BeforeValidator(_fault)]
AnyService = Annotated[SerializeAsAny[Service], BeforeValidator(_service)]
AnyCheck = Annotated[Check, BeforeValidator(_check), PlainSerializer(_named)]


class ServiceSpec(BaseModel):
    """One service: where it is, what it speaks, how it fails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Endpoint | None = Field(None, description="address, port or both; what is left out is leased")
    speaks: AnyService = Field(Echo(), description="its protocol; a protocol with options is a key of its own")
    faults: tuple[AnyFault, ...] = Field((), description="how it fails; of several at the door the first that applies")


class ClientSpec(BaseModel):
    """What the program under test is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_files: int | None = Field(None, ge=8, le=1_048_576, strict=True, description="its RLIMIT_NOFILE")
    ports: int | None = Field(None, ge=1, le=10_000, strict=True, description="how many ephemeral ports it may dial from")


def _sketch(name: str, spec: ServiceSpec) -> sense.ServiceSketch:
    asked = tuple(frozenset(condition.value for condition in fault.when.asked) for fault in spec.faults)
    steered = tuple(fault.towards is Direction.TO_UPSTREAM for fault in spec.faults)
    speaks, has_requests = spec.speaks, spec.speaks.tells_requests
    return sense.ServiceSketch(
        name, spec.at, speaks.speaks, asked, has_requests, speaks.dials, speaks.gets_requests_by, steered
    )


class Heading(BaseModel):
    """What a scenario says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text = Field("", description="one line: what goes wrong")
    about: Text = Field("", description="what a client should make of it")
    seed: Annotated[int, Field(strict=True)] | None = Field(
        None, description="what is left to chance is drawn from this number; 0, if left out"
    )


class Scenario(Heading):
    """A whole file."""

    services: dict[str, ServiceSpec] = Field(description="the servers that fail, by name; at least one")
    client: ClientSpec = Field(ClientSpec(), description="what the program under test is given")
    expect: tuple[AnyCheck, ...] = Field((), description="claims about the run, checked on its trace")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        services = tuple(_sketch(name, spec) for name, spec in self.services.items())
        checks = tuple(sense.CheckSketch(check.name, getattr(check, "service", None)) for check in self.expect)
        found = [str(mistake) for mistake in sense.mistakes(services, checks)]
        if found:
            raise ValueError("; ".join(found))
        return self

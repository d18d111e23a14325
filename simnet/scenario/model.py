"""The scenario: a file of format 1 as a frozen value.

Law: a scenario that exists is valid, whether it was read from a file, made in Python or drawn by Hypothesis. Which
fault, protocol or check an entry means is decided by its name, from the lists that the folders are; no kind is named
here. Nothing here reads a file or knows a line number: `load.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializeAsAny,
    field_validator,
    model_validator,
)

from simnet.checks import CHECKS
from simnet.checks.contract import Check
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Direction, Stage
from simnet.scenario import sense
from simnet.scenario.bug import Bug, lacks
from simnet.scenario.command import Command
from simnet.scenario.lesson import Lesson, Text
from simnet.scenario.sense import PASSED_ON
from simnet.scenario.words import did_you_mean
from simnet.services import PROTOCOLS, Service
from simnet.services.contract import Tls
from simnet.services.echo import Echo
from simnet.values import Duration, Endpoint

__all__ = ["FORMAT", "NAME_KINDS", "ClientSpec", "Heading", "NameSpec", "Scenario", "ServiceSpec", "misfits_of"]

FORMAT = 1
"""The number behind the key `simnet:`."""


NAME_KINDS = {name: kind for name, kind in KINDS.items() if kind.moment() == "at_query"}
"""The kinds of fault that a name can have."""


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


def _tls(entry: object) -> object:
    """`true` is TLS as it comes, `false` none."""
    return (Tls() if entry else None) if isinstance(entry, bool) else entry


def _check(entry: object) -> object:
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, parameters = next(iter(entry.items()))
        return _chosen("check", name, CHECKS).model_validate(parameters)
    return entry


def _named(check: Check) -> dict[str, Any]:
    return {check.name: check.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


AnyFault = Annotated[SerializeAsAny[Fault], BeforeValidator(_fault)]
AnyService = Annotated[SerializeAsAny[Service], BeforeValidator(_service)]
AnyTls = Annotated[Tls | None, BeforeValidator(_tls, json_schema_input_type=bool | Tls)]
AnyCheck = Annotated[Check, BeforeValidator(_check), PlainSerializer(_named)]


class ServiceSpec(BaseModel):
    """One service: where it is, what it speaks, how it fails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Endpoint | None = Field(None, description="address, port or both; what is left out is leased")
    speaks: AnyService = Field(Echo(), description="its protocol; a protocol with options is a key of its own")
    tls: AnyTls = Field(None, description="whether it speaks TLS: true, or the options of it")
    faults: tuple[AnyFault, ...] = Field((), description="how it fails; of several at the door the first that applies")


class ClientSpec(BaseModel):
    """What the program under test is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_files: int | None = Field(None, ge=8, le=1_048_576, strict=True, description="its RLIMIT_NOFILE")
    ports: int | None = Field(None, ge=1, le=10_000, strict=True, description="how many ephemeral ports it may dial from")
    trust: bool = Field(
        default=False,
        strict=True,
        description="whether SSL_CERT_FILE and its like tell it to trust the CA of the services with `tls`",
    )
    lookup_timeout: Duration | None = Field(
        None, description="how long it waits for a resolver's answer, 1s to 30s; as it likes (glibc: 5s), if left out"
    )
    lookup_attempts: int | None = Field(
        None,
        ge=1,
        le=5,
        strict=True,
        description="how often it asks a silent resolver; as it likes (glibc: 2), if left out",
    )

    @field_validator("lookup_timeout")
    @classmethod
    def _as_resolv_conf_has_it(cls, value: Duration | None) -> Duration | None:
        if value is not None and (value.microseconds % 1_000_000 or not 1 <= value.seconds <= 30):
            raise ValueError(f"resolvers wait for 1 to 30 whole seconds (resolv.conf(5)), not {value}; write 1s or 5s")
        return value

    @property
    def lookup_options(self) -> tuple[str, ...]:
        """How it looks names up, in the words of resolv.conf(5)."""
        timeout = None if self.lookup_timeout is None else self.lookup_timeout.microseconds // 1_000_000
        said = {"timeout": timeout, "attempts": self.lookup_attempts}
        return tuple(f"{option}:{value}" for option, value in said.items() if value is not None)


class NameSpec(BaseModel):
    """What a name resolves to, and how it fails. Several services take turns, unless there is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[str, ...] = Field((), description="the service, or the services, whose address it has")
    fault: SerializeAsAny[Fault] | None = Field(None, description="how it fails; always the truth, if left out")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, entry: object) -> object:
        """`api`, `nxdomain`, `[a, b]` or `{fault: dns_slow, delay: 2s, to: api}`"""
        if isinstance(entry, str):
            return {"fault": _fault({"fault": entry})} if entry in NAME_KINDS else {"to": (entry,)}
        if isinstance(entry, list | tuple):
            return {"to": tuple(entry)}
        if not isinstance(entry, Mapping):
            return entry
        to = entry.get("to", ())
        rest = {key: value for key, value in entry.items() if key != "to"}
        spoiled = _fault(rest) if isinstance(rest.get("fault"), str) else rest.get("fault")
        return {"to": (to,) if isinstance(to, str) else tuple(to), "fault": spoiled}

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.fault is None and not self.to:
            raise ValueError("a name resolves to a service or has a fault; write `to` or `fault`")
        if self.fault is not None and self.fault.kind not in NAME_KINDS:
            raise ValueError(f"`{self.fault.kind}` is no fault of a name; {did_you_mean(self.fault.kind, NAME_KINDS)}")
        if self.fault is not None and not self.to and (self.fault.needs_answer or self.fault.when.asked):
            raise ValueError(f"`{self.fault.kind}` needs a service that the name resolves to; write `to`")
        return self


def _written(spec: NameSpec) -> object:
    """A name in the shortest form that a file can have."""
    to: Any = spec.to[0] if len(spec.to) == 1 else list(spec.to)
    if spec.fault is None:
        return {"to": to} if isinstance(to, str) and to in NAME_KINDS else to
    fields = spec.fault.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"fault"})
    if not fields and not spec.to:
        return spec.fault.kind
    return {"fault": spec.fault.kind, **fields, **({"to": to} if spec.to else {})}


AnyName = Annotated[NameSpec, PlainSerializer(_written)]


def _sketch(name: str, spec: ServiceSpec) -> sense.ServiceSketch:
    asked = tuple(frozenset(condition.value for condition in fault.when.asked) for fault in spec.faults)
    misfits = misfits_of(spec.speaks, spec.faults, tls=spec.tls is not None)
    speaks, steered = spec.speaks, tuple(fault.towards is Direction.TO_UPSTREAM for fault in spec.faults)
    return sense.ServiceSketch(
        name,
        spec.at,
        speaks.speaks,
        asked,
        misfits,
        has_requests=speaks.tells_requests,
        dials=speaks.dials,
        steered=steered,
        tls=spec.tls is not None,
        keeps_ledger=speaks.keeps_ledger,
        gets_requests_by=speaks.gets_requests_by,
    )


def misfits_of(
    speaks: type[Service] | Service, faults: Iterable[Fault | None], *, tls: bool
) -> tuple[tuple[int, str, str], ...]:
    """The faults that can never strike a service that speaks so: position, kind, and the moment at which they would."""
    placed = [(number, fault) for number, fault in enumerate(faults) if fault is not None]
    plain = [(number, fault) for number, fault in placed if fault.asks_for_tls() and not tls]
    lost = [(number, fault) for number, fault in placed if not speaks.meets(fault.moment())]
    if speaks.passes_on and not lost:
        own = {Stage.TLS, Stage.REQUEST, Stage.BETWEEN}
        return tuple((number, fault.kind, PASSED_ON) for number, fault in placed if fault.stage in own)
    return tuple((number, fault.kind, fault.moment()) for number, fault in lost or plain)


class Heading(BaseModel):
    """What a scenario says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text = Field("", description="one line: what goes wrong")
    about: Text = Field("", description="what a client should make of it")
    seed: Annotated[int, Field(strict=True)] | None = Field(
        None, description="what is left to chance is drawn from this number; 0, if left out"
    )
    run: Command | None = Field(
        None, description="the program under test: a text for the shell, or a list of words; run where one asks for it"
    )


class Scenario(Heading):
    """A whole file."""

    services: dict[str, ServiceSpec] = Field(description="the servers that fail, by name; at least one")
    client: ClientSpec = Field(ClientSpec(), description="what the program under test is given")
    names: dict[str, AnyName] = Field({}, description="what names resolve to, and how they fail")
    expect: tuple[AnyCheck, ...] = Field((), description="claims about the run, checked on its trace")
    lesson: Lesson | None = Field(None, description="what a student is told, asked and shown; `simnet learn` teaches it")
    bug: Bug | None = Field(
        None, description="the bug of a real client that it shows; `simnet museum` runs both versions"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        services = tuple(_sketch(name, spec) for name, spec in self.services.items())
        checks = tuple(sense.CheckSketch(check.name, check.services_named(), check.needs_ledger) for check in self.expect)
        kinds = {name: None if spec.fault is None else spec.fault.kind for name, spec in self.names.items()}
        names = tuple(sense.NameSketch(name, spec.to, kinds[name]) for name, spec in self.names.items())
        found = [str(mistake) for mistake in sense.mistakes(services, checks, names)]
        if self.bug is not None:
            found += map(str, lacks(self.bug, run=self.run is not None, expect=bool(self.expect)))
        if found:
            raise ValueError("; ".join(found))
        return self

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001 - as Hypothesis and IPython call it
        """Where a scenario is shown (a falsifying example, a notebook): as its file, ready to be pasted."""
        from simnet.scenario.dump import dump  # noqa: PLC0415 - which needs this module

        printer.text(f'load_text("""\\\n{dump(self)}""")')

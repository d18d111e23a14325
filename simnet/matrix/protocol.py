"""What the clients of the matrix are served when nothing fails, as one YAML file for each protocol defines it.

Law: a protocol is data: a service as in a scenario, the target that clients are given, and the bytes that it promises
them. A failure is this service with one fault, so that whatever it delivers else is the failure's doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from simnet.errors import Problem, ScenarioError
from simnet.scenario.load import load_text
from simnet.scenario.model import FORMAT, ServiceSpec

__all__ = ["SERVICE", "Promised", "Protocol", "read_protocol"]

SERVICE = "api"
"""The name of the one service."""


def _service(entry: object) -> object:
    """The entry as it would stand in a scenario. Raises `ScenarioError` with what is wrong in it."""
    if isinstance(entry, ServiceSpec) or not isinstance(entry, Mapping):
        return entry
    text = yaml.safe_dump({"simnet": FORMAT, "services": {SERVICE: entry}}, sort_keys=False, allow_unicode=True)
    return load_text(text, "service").services[SERVICE]


class Promised(BaseModel):
    """What a client that succeeds has got, as text in UTF-8."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    get: str
    post: str

    def of(self, call: str) -> bytes:
        """The bytes of one call."""
        return (self.get if call == "get" else self.post).encode()


class Protocol(BaseModel):
    """One file of `protocols/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="its name, which definitions of clients give in `speaks`"
    )
    target: str = Field(description="what a client is given; {addr}, {host} and {port} stand for the service's")
    target_tls: str | None = Field(None, description="the same over TLS; without it no failure of TLS is tried")
    service: Annotated[ServiceSpec, BeforeValidator(_service)] = Field(description="the service, as in a scenario")
    promised: Promised = Field(description="what a client gets that is served")
    body: str = Field("amount=5", description="what is submitted")
    effect: str | None = Field(None, description="of a script: the request by whose arrival a submission takes effect")

    def in_words(self, *, host: str, port: str, tls: bool) -> str:
        """The target, with these in it."""
        pattern = self.target_tls if tls and self.target_tls is not None else self.target
        addr = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return pattern.replace("{addr}", addr).replace("{host}", host).replace("{port}", port)


def read_protocol(text: str, name: str) -> Protocol:
    """The protocol that the text of the file called `name` defines. Raises `ScenarioError` with what is wrong."""
    entry: Any = yaml.safe_load(text)
    try:
        return Protocol.model_validate(entry)
    except ValidationError as error:
        said = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        raise ScenarioError([Problem(name, 0, 0, f"{where}: {message}") for where, message in said]) from None

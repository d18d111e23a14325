"""`proxy`: a real server behind simnet; all faults of a stream strike, in either direction.

It speaks nothing itself: the engine dials the upstream for each connection and passes on what both say, their FINs and
RSTs with it (`world/relay.py`). Only loopback is dialled, unless `allow_upstream` repeats the very address: a mistyped
upstream must not send a test's traffic to a machine of somebody else's.
"""

from __future__ import annotations

import ipaddress
import re
from typing import ClassVar, Literal, Self, final

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from simnet.services.contract import Conversation, Service
from simnet.values import is_loopback

__all__ = ["Proxy"]

ADDRESS = re.compile(r"(?:(?P<four>[0-9.]+)|\[(?P<six>[0-9A-Fa-f:.]+)\]):(?P<port>[0-9]{1,5})")
SERVICE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")


@final
class Proxy(Service):
    """Pass everything on to a real server, and back."""

    summary: ClassVar[str] = "passes everything on to a server, and back: a real one on loopback, or another of the file"
    default_port: ClassVar[int] = 7090
    passes_on: ClassVar[bool] = True

    speaks: Literal["proxy"] = "proxy"
    upstream: str = Field(description="the server: 127.0.0.1:5432, [::1]:5432, or the name of another service")
    allow_upstream: str | None = Field(None, description="the same address again, if it is not of loopback")

    @field_validator("upstream", "allow_upstream")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or SERVICE_NAME.fullmatch(value):
            return value
        match = ADDRESS.fullmatch(value)
        if match is None:
            raise ValueError(f'"{value}" is not an address with a port; write 127.0.0.1:5432 or [::1]:5432')
        try:
            ipaddress.ip_address(match["four"] or match["six"])
        except ValueError:
            raise ValueError(f'"{value}" is not an IP address; write 127.0.0.1:5432 or [::1]:5432') from None
        if not 1 <= int(match["port"]) <= 65535:
            raise ValueError(f"port {match['port']} is not between 1 and 65535; write the port of the server")
        return value

    @model_validator(mode="after")
    def _may_be_dialled(self) -> Self:
        match = ADDRESS.fullmatch(self.upstream)
        if match is None:
            if self.allow_upstream is not None:
                raise ValueError(f"the upstream `{self.upstream}` is a service of this file; leave `allow_upstream` out")
            return self
        if not is_loopback(match["four"] or match["six"]) and self.allow_upstream != self.upstream:
            raise ValueError(
                f"upstream {self.upstream} is not on loopback, and simnet dials nothing else unasked;"
                f" write `allow_upstream: {self.upstream}` as well, if it is meant"
            )
        return self

    @property
    @override
    def dials(self) -> str:
        """The upstream, as written."""
        return self.upstream

    @override
    async def converse(self, talk: Conversation) -> None:
        raise AssertionError("the engine relays a service that dials")


SERVICE = Proxy

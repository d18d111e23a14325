"""`dns`: a resolver is asked neither too often nor for half of the addresses.

`queries` bounds how often one name and type is asked for: of a name that does not exist, or a resolver that fails, more
would be a loop. With `both`, whoever asks for A asks for AAAA as well, or the other way round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.events import Queried
from simnet.trace.journal import Trace
from simnet.trace.wording import shown


@final
class Dns(RunCheck):
    """Names must be looked up with measure."""

    name: ClassVar[str] = "dns"
    summary: ClassVar[str] = "a name is asked for no more often than this, and for both kinds of address"
    family: ClassVar[Family] = Family.PLACES
    decides: ClassVar[str] = "P31"
    one: ClassVar[str] = "query"
    needed: ClassVar[int] = 1
    example: ClassVar[Mapping[str, str | int | bool]] = {"queries": 4}

    queries: int | None = Field(None, ge=1, le=1_000_000, strict=True, description="how often one name and type is asked")
    both: bool = Field(default=False, strict=True, description="whether A and AAAA must both be asked for")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.queries is None and not self.both:
            raise ValueError("it claims nothing: write `queries` or `both: true`")
        return self

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        asked = Counter((event.name, event.type) for event in trace.of(Queried, self.service))
        return asked.total(), self._wrong(asked)

    def _wrong(self, asked: Counter[tuple[str, str]]) -> Iterator[Finding]:
        for (name, kind), count in asked.items():
            if self.queries is not None and count > self.queries:
                yield f"{shown(name)} {kind} was asked for {count} times, expected at most {self.queries}", ()
        for name in dict.fromkeys(name for name, _ in asked) if self.both else ():
            kinds = {kind for each, kind in asked if each == name} & {"A", "AAAA"}
            if len(kinds) == 1:
                missing = ({"A", "AAAA"} - kinds).pop()
                yield f"{shown(name)} was asked for {kinds.pop()} and never for {missing}", ()


CHECK = Dns

"""The `bug:` of a scenario: which bug of a real client it shows, and the two environments that tell bad from good.

Law: text only. Nothing here changes what the network does, and nothing is installed or run from here (`simnet museum`
does, when asked). What is to be installed is a name and a version for the package index: never an option, an address or
a path, so that no file can send an installer elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simnet.scenario.command import Command
from simnet.scenario.lesson import Said, Text
from simnet.scenario.sense import Mistake
from simnet.scenario.words import shown

__all__ = ["Bug", "Environment", "lacks"]

_VERSION = r"[A-Za-z0-9.*+!_-]+"
_CLAUSE = rf"(==|~=|!=|<=|>=|<|>)\s*{_VERSION}"
_PYTHON = re.compile(
    rf"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._,-]+\])?\s*({_CLAUSE}(\s*,\s*{_CLAUSE})*)?"
)
_NODE = re.compile(r"(@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*(@[A-Za-z0-9.^~+-]+)?")
_THREAD = re.compile(r"^https://[!-~]+$")


def _requirement(written: str) -> str:
    """PEP 508 without addresses and markers."""
    if not _PYTHON.fullmatch(written):
        raise ValueError(f"{shown(written)} is no name of a Python package with its version; write redis==4.5.1")
    return written


def _npm_package(written: str) -> str:
    if not _NODE.fullmatch(written):
        raise ValueError(f"{shown(written)} is no name of an npm package with its version; write ioredis@5.3.2")
    return written


def _thread(written: str) -> str:
    if not _THREAD.fullmatch(written):
        raise ValueError(f"{shown(written)} is no address of a thread; write it from https:// on")
    return written


Requirement = Annotated[str, Field(strict=True), AfterValidator(_requirement)]
NpmPackage = Annotated[str, Field(strict=True), AfterValidator(_npm_package)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Thread = Annotated[str, Field(strict=True, json_schema_extra={"pattern": _THREAD.pattern}), AfterValidator(_thread)]

KINDS = ("python", "node", "program")


class Environment(BaseModel):
    """In what the client runs: packages of Python or of Node, or a program that is installed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]}
    )

    python: tuple[Requirement, ...] = Field(
        (), json_schema_extra={"minItems": 1}, description="a list of packages for pip: redis==4.5.1"
    )
    node: tuple[NpmPackage, ...] = Field(
        (), json_schema_extra={"minItems": 1}, description="a list of packages for npm: ioredis@5.3.2"
    )
    program: str | None = Field(
        None, strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", description="the name of a program that is installed"
    )
    label: Text = Field("", description="what it is called in a table; what is installed, if left out")
    run: Command | None = Field(None, description="the command; the scenario's own `run`, if left out")
    env: dict[Variable, Text] = Field({}, description="variables of the client's environment")
    shows: Text = Field("", description="a text that the client prints in it: proof that it got as far as is told")

    @property
    def name(self) -> str:
        """What it is called: the label, or what is installed."""
        return self.label or ", ".join((*self.python, *self.node)) or self.program or ""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind)]
        if len(given) != 1:
            here = f"both {' and '.join(f'`{kind}`' for kind in given)}" if given else "nothing"
            raise ValueError(
                f"an environment is made of one thing, and here is {here};"
                " write `python: [redis==4.5.1]`, `node: [ioredis@5.3.2]` or `program: curl`"
            )
        return self


class Bug(BaseModel):
    """What is told about the bug: whose it is, where it was discussed, and in what it shows."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"anyOf": [{"required": ["issues"]}, {"required": ["found"]}]}
    )

    of: Said = Field(description="the library or the program", examples=["redis-py"])
    issues: tuple[Thread, ...] = Field((), description="a list of the addresses of public threads, https://...")
    found: Text = Field(
        "", description="how it was found, and what the documentation promises; for a bug without a thread"
    )
    look_at: Said = Field(description="what to look at in the two diagrams, in one sentence")
    bad: Environment = Field(description="the environment in which it shows", examples=["{python: [redis==4.5.1]}"])
    good: Environment = Field(description="the one in which it does not", examples=["{python: [redis==4.5.5]}"])

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if not self.issues and not self.found.strip():
            raise ValueError("a bug has a thread, or says how it was found; write `issues: [https://...]` or `found:`")
        return self


def lacks(bug: Bug, *, run: bool, expect: bool) -> Iterator[Mistake]:
    """What the rest of the scenario must have so that the bug can be seen, and has not."""
    for side, environment in (("bad", bug.bad), ("good", bug.good)):
        if not run and environment.run is None:
            cure = f"write `run:` at the top of the file, or beneath `{side}`"
            yield Mistake(("bug", side), f"there is no command for `{side}`", cure, at_key=True)
    if not expect:
        message = "a bug is told by what is expected, and nothing is"
        yield Mistake(("bug",), message, "write `expect:` with what the bad version breaks", at_key=True)

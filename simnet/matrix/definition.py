"""A client of the matrix, as one YAML file defines it: what it needs, how it is asked, in which settings.

Law: a definition is data. It says which function or command fetches and which submits, and nothing about what should
come out of it. Whatever is wrong in it is told at once, with the file, the key and the cure.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from simnet.errors import Problem, ScenarioError

__all__ = ["PLACES", "REST", "Call", "Client", "Needs", "Setting", "Way", "read_client"]

REST = 0.5
"""Seconds between the two calls of a failure about reuse; commands of `calls` keep to it themselves."""

PLACES = ("url", "host", "port", "body", "here", "python", "node_modules", "build")
"""What may stand in braces in the words of a command."""

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_PLACE = re.compile(r"\{([a-z_]+)\}")


class Setting(enum.StrEnum):
    """How a client is set up."""

    PLAIN = "plain"
    """As its own documentation shows it first, all defaults left."""
    WELL_SET_UP = "well_set_up"
    """With time-outs and bounded retries, as a careful user sets it up."""


class Way(enum.StrEnum):
    """What a client is asked to do."""

    GET = "get"
    """Fetch: it changes nothing, and may be repeated."""
    POST = "post"
    """Submit a body: done twice, it has an effect twice."""
    CALLS = "calls"
    """Fetch, rest, submit, in one process, on one kept connection where the client keeps any."""


def _words(entry: object) -> object:
    """A command is a list of words, a function one word; YAML reads `8` in a list as a number."""
    if isinstance(entry, list | tuple):
        odd = [word for word in entry if not isinstance(word, str)]
        if odd:
            raise ValueError(f"{odd[0]!r} is not a word of a command; put it in quotes")
        unknown = [name for word in entry for name in _PLACE.findall(word) if name not in PLACES]
        if unknown:
            raise ValueError(
                f"nothing is put in place of {{{unknown[0]}}}; there are {', '.join(f'{{{p}}}' for p in PLACES)}"
            )
        return tuple(entry)
    if isinstance(entry, str) and not _FUNCTION.fullmatch(entry):
        raise ValueError(f"`{entry}` is neither `module:function` nor a list of words; a command is a list: [curl, -sS]")
    return entry


Command = Annotated[tuple[str, ...], Field(min_length=1)]
Call = Annotated[str | Command, BeforeValidator(_words)]
"""`module:function` of Python, or the words of a command."""


class Needs(BaseModel):
    """What must be on the machine; a client that lacks something is left out, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    python: tuple[str, ...] = Field(
        (), description="distributions of Python, as pip names them, with or without a version"
    )
    node: tuple[str, ...] = Field((), description="packages of npm")
    program: tuple[str, ...] = Field((), description="programs on the PATH")
    java: bool = Field(default=False, strict=True, description="whether it needs a JDK")
    go: bool = Field(default=False, strict=True, description="whether it needs the go command")

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list(cls, entry: object) -> object:
        if not isinstance(entry, dict):
            return entry
        return {key: (value,) if isinstance(value, str) else value for key, value in entry.items()}

    @property
    def programs(self) -> tuple[str, ...]:
        """All programs that it needs, those of a language among them."""
        languages = {
            "node": bool(self.node),
            "npm": bool(self.node),
            "java": self.java,
            "javac": self.java,
            "go": self.go,
        }
        return (*self.program, *(name for name, needed in languages.items() if needed and name not in self.program))


class SetUp(BaseModel):
    """How a client is asked in one setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    get: Call = Field(description="how it fetches: function(target) -> bytes, or a command")
    post: Call | None = Field(None, description="how it submits: function(target, body) -> bytes, or a command")
    calls: Call | None = Field(None, description="a command that fetches, rests for 0.5 s and submits, in one process")

    def can(self, way: Way) -> bool:
        """Whether it can be asked so: functions are called one after the other in one process, commands cannot be."""
        match way:
            case Way.GET:
                return True
            case Way.POST:
                return self.post is not None
            case Way.CALLS:
                return self.calls is not None or (isinstance(self.get, str) and isinstance(self.post, str))


class Client(BaseModel):
    """One file of `clients/`, or of a user's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=40, description="its name: a column's head")
    title: str = Field("", max_length=80, description="its name in full")
    speaks: str = Field("http", pattern=r"^[a-z][a-z0-9_]*$", description="the protocol")
    needs: Needs = Field(Needs(), description="what must be on the machine")
    version: Call | str = Field("", description="code of Python that prints its version, or a command that does")
    build: Command | None = Field(
        None, description="a command that compiles it into the folder {build}, once for each state of the files beside it"
    )
    plain: SetUp = Field(description="as its documentation shows it first")
    well_set_up: SetUp | None = Field(None, description="with time-outs and bounded retries")

    @model_validator(mode="before")
    @classmethod
    def _version_may_be_code(cls, entry: object) -> object:
        """Only a list is a command here."""
        if isinstance(entry, dict) and isinstance(entry.get("version"), list):
            return {**entry, "version": _words(entry["version"])}
        return entry

    @model_validator(mode="after")
    def _builds_what_it_uses(self) -> Self:
        words = [word for set_up in self.set_ups() for call in _calls_of(set_up) for word in call]
        if self.build is None and any("{build}" in word for word in words):
            raise ValueError("{build} is a folder that `build` fills, and there is no `build`; write the command")
        return self

    def set_ups(self) -> Sequence[SetUp]:
        """All its settings."""
        return [each for each in (self.plain, self.well_set_up) if each is not None]

    def set_up(self, setting: Setting) -> SetUp | None:
        """How it is asked in that setting; None if the file does not say."""
        return self.plain if setting is Setting.PLAIN else self.well_set_up

    @property
    def in_python(self) -> bool:
        """Whether functions of Python are called, so that it needs an interpreter."""
        return any(isinstance(set_up.get, str) for set_up in self.set_ups())


PARTS: Mapping[str, type[BaseModel]] = {"needs": Needs, "plain": SetUp, "well_set_up": SetUp}
"""The keys that have keys of their own."""


def _calls_of(set_up: SetUp) -> Iterator[tuple[str, ...]]:
    yield from (call for call in (set_up.get, set_up.post, set_up.calls) if isinstance(call, tuple))


def read_client(text: str, name: str) -> Client:
    """The client that the text of the file called `name` defines. Raises `ScenarioError` with every mistake of it."""
    try:
        entry = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        said = getattr(error, "problem", None) or "it cannot be read"
        raise ScenarioError([Problem(name, line, column, f"this is not YAML: {said}")]) from None
    if not isinstance(entry, dict):
        raise ScenarioError([Problem(name, 0, 0, "this defines no client", "write `client: NAME`, `plain: {get: ...}`")])
    try:
        return Client.model_validate(entry)
    except ValidationError as error:
        raise ScenarioError([_problem(name, text, dict(each)) for each in error.errors()]) from None


def _problem(name: str, text: str, error: dict[str, Any]) -> Problem:
    """A mistake, with the line where its key first stands."""
    keys = [str(key) for key in error["loc"] if isinstance(key, str) and not key.startswith(("function-", "tuple"))]
    said = str(error["msg"]).removeprefix("Value error, ")
    where = ".".join(keys)
    line = _line_of(text, keys[0]) if keys else 0
    if error["type"] == "extra_forbidden":
        known = PARTS.get(keys[0], Client) if keys[1:] else Client
        near = difflib.get_close_matches(keys[-1], known.model_fields, 1)
        cure = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known.model_fields)}"
        return Problem(name, line, 1 if line else 0, f"there is no key `{where}`", cure)
    if error["type"] == "missing":
        return Problem(name, line, 1 if line else 0, f"the key `{where}` is missing")
    return Problem(name, line, 1 if line else 0, f"{where}: {said}" if where else said)


def _line_of(text: str, key: str) -> int:
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 0)

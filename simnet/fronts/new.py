"""`simnet new`: five questions, or their flags, and a commented scenario is written.

Law: what is written loads, or nothing is written; a file that exists is never touched. The words beside each line are those
of the kinds themselves.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic_core import PydanticUndefined

from simnet.errors import MachineError, ScenarioError
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition
from simnet.fronts.show import DIM, GOOD, Screen, text
from simnet.scenario import load_text
from simnet.scenario.words import did_you_mean
from simnet.services import PROTOCOLS

__all__ = ["Wanted", "new", "page"]

WIDTH: Final = 79
"""Cells of a line, so that a terminal of 80 does not wrap it."""
COLUMN: Final = 20
"""Where the comments beside parameters begin, behind their indentation."""

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="Where to write it, such as flaky.yaml.")]
Title = Annotated[str | None, typer.Option("--title", show_default=False, help="What goes wrong, in one line.")]
Service = Annotated[str | None, typer.Option("--service", show_default=False, help="The name of the service.")]
Speaks = Annotated[str | None, typer.Option("--speaks", show_default=False, help="What it speaks.")]
Kind = Annotated[str | None, typer.Option("--fault", show_default=False, help="How it fails.")]
When = Annotated[str | None, typer.Option("--when", show_default=False, help="Which ones meet it, such as 1-2.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answers to the five questions."""

    title: str
    service: str = "api"
    speaks: str = "http"
    fault: str = "refuse"
    when: str = "1-2"

    @property
    def kind(self) -> type[Fault]:
        """The kind of fault."""
        return KINDS[self.fault]


def new(  # noqa: PLR0913 - one for each question
    file: File,
    *,
    title: Title = None,
    service: Service = None,
    speaks: Speaks = None,
    fault: Kind = None,
    when: When = None,
) -> None:
    """Write a commented scenario, after five questions; each has a flag."""
    if file.exists():
        raise typer.BadParameter(f"{file} exists; choose another name, or remove it first", param_hint="FILE")
    wanted = _answered(Wanted("The service comes up late"), "title", "What goes wrong, in one line", title)
    wanted = _answered(wanted, "service", "What is the service called", service)
    wanted = _answered(wanted, "speaks", "What does it speak", speaks)
    wanted = _answered(_with_a_fault(wanted), "fault", "How does it fail (`simnet faults` lists the kinds)", fault)
    if unit := _unit(wanted.kind):
        wanted = _answered(wanted, "when", f"Which {unit.value} meet it", when)
    written = page(str(file), wanted)
    load_text(written, str(file))
    try:
        file.write_text(written, "utf-8")
    except OSError as error:
        raise MachineError(f"{file} cannot be written: {error.strerror}") from None
    screen = Screen()
    screen.line(("wrote ", GOOD), text(file))
    screen.line(("simnet explain ", ""), text(file), ("   tells what each attempt will meet", DIM))


def page(file: str, wanted: Wanted) -> str:
    """The text of the file."""
    return "\n".join(_lines(file, wanted)) + "\n"


def _lines(file: str, wanted: Wanted) -> Iterator[str]:
    variable = f"SIMNET_{wanted.service.replace('-', '_').upper()}_{'URL' if wanted.speaks == 'http' else 'ADDR'}"
    yield f"# simnet run {file} -- CMD"
    yield f"# CMD finds the service in ${variable}"
    yield "simnet: 1"
    yield f"title: {_scalar(wanted.title)}"
    yield ""
    yield "services:"
    yield f"  {wanted.service}:"
    yield from _commented(4, f"speaks: {wanted.speaks}", PROTOCOLS[wanted.speaks].summary)
    if wanted.kind.asks_for_tls():
        yield "    tls: true"
    yield "    faults:"
    yield f"      - fault: {wanted.fault}"
    yield from _comment(8, wanted.kind.summary)
    yield from _comment(8, f"a client sees: {wanted.kind.client_sees}")
    yield from _parameters(wanted.kind)
    yield from _condition(wanted.kind, wanted.when)
    yield ""
    yield "expect:  # judged when CMD has ended; `simnet checks` lists what can be claimed"
    yield f"  - attempts: {{service: {wanted.service}, at_most: 5}}"
    yield "  # - finishes: {within: 30s, exit: 0}"


def _scalar(title: str) -> str:
    """Plain where that cannot be misread, else in quotes: a text of JSON is one of YAML."""
    return title if re.fullmatch(r"[A-Z][a-z]+( [A-Za-z]+,?)+", title) else json.dumps(title, ensure_ascii=False)


def _parameters(kind: type[Fault]) -> Iterator[str]:
    """Those of the example as they are, and all others as comments with their defaults."""
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if key in {"fault", "when", "required"}:
            continue
        given = kind.example.get(key)
        default = "..." if field.default in {PydanticUndefined, None} else field.default
        shown = f"{key}: {given}" if given is not None else f"# {key}: {getattr(default, 'value', default)}"
        yield from _commented(8, f"{shown:<{COLUMN}}", str(field.description))


def _condition(kind: type[Fault], when: str) -> Iterator[str]:
    unit = _unit(kind)
    others = ", ".join(f"`{c.value}`" for c in Condition if c in kind.honours and c is not unit)
    if unit and when:
        numbers = f'"{when}"' if "," in when else when
        line = f"when: {{{unit.value}: {numbers}}}"
        yield from _commented(8, line, f"or by {others}") if others else [f"{' ' * 8}{line}"]


def _commented(indent: int, words: str, comment: str) -> Iterator[str]:
    """The comment behind the words if both fit one line of a terminal, or else above them."""
    line = f"{' ' * indent}{words}  # {comment}"
    if len(line) <= WIDTH:
        yield line
    else:
        yield from _comment(indent, comment)
        yield f"{' ' * indent}{words.rstrip()}"


def _comment(indent: int, words: str) -> Iterator[str]:
    before = f"{' ' * indent}# "
    yield from textwrap.wrap(words, WIDTH, initial_indent=before, subsequent_indent=before)


def _unit(kind: type[Fault]) -> Condition | None:
    """What its `when` counts, first of all."""
    counted = (Condition.ATTEMPTS, Condition.CONNECTIONS, Condition.REQUESTS)
    return next((condition for condition in counted if condition in kind.honours), None)


def _answered(wanted: Wanted, field: str, question: str, given: str | None) -> Wanted:
    """With the flag's word, or what is said: asked again until a scenario can be made of it. Else as it is."""
    if given is not None:
        return _known(replace(wanted, **{field: given}))
    if not sys.stdin.isatty():
        return wanted

    def heeded(said: str) -> Wanted:
        return _loads(_known(replace(wanted, **{field: said})), with_any_fault=field == "speaks")

    answer: Wanted = typer.prompt(question, default=getattr(wanted, field), value_proc=heeded)
    return answer


def _known(wanted: Wanted) -> Wanted:
    """Raises `BadParameter` if there is no such protocol, or no such kind."""
    _one_of("protocol", wanted.speaks, PROTOCOLS)
    _one_of("fault", wanted.fault, KINDS)
    return wanted


def _loads(wanted: Wanted, *, with_any_fault: bool) -> Wanted:
    """Raises `BadParameter` with what is wrong with its page, and the cure."""
    try:
        load_text(page("", _with_a_fault(wanted) if with_any_fault else wanted))
    except ScenarioError as error:
        first = error.problems[0]
        raise typer.BadParameter(f"{first.message}; {first.cure}") from None
    return wanted


def _with_a_fault(wanted: Wanted) -> Wanted:
    """With the first that its protocol can have, if its own is none of them."""
    for kind in (wanted.fault, *KINDS):
        with contextlib.suppress(typer.BadParameter):
            return _loads(replace(wanted, fault=kind), with_any_fault=False)
    return wanted


def _one_of(what: str, name: str, kinds: Mapping[str, object]) -> str:
    if name not in kinds:
        cure = did_you_mean(name, kinds, "simnet faults" if what == "fault" else "")
        raise typer.BadParameter(
            f"there is no {what} `{name}`; {cure}", param_hint="--fault" if what == "fault" else "--speaks"
        )
    return name

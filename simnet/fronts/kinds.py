"""`simnet faults [KIND]`: what can go wrong here, from the fault files themselves."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from pydantic_core import PydanticUndefined
from rich.console import RenderableType
from rich.text import Text

from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition
from simnet.fronts.manual import faults_page
from simnet.fronts.options import AsJson
from simnet.fronts.show import BAD, DIM, GOOD, NAME, Screen, heading, indented, table
from simnet.services import protocol_for
from simnet.world.kernel.levers import LeverResult, probe

__all__ = ["faults", "lacking"]

Kind = Annotated[str | None, typer.Argument(metavar="[KIND]", show_default=False, help="Tell all about this kind.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="The page docs/faults.md: all about all of them.")]
OF_HTTP = {"at_request", "at_rest"}
"""The moments of a request; only what speaks HTTP has them."""
COMMON = {"fault", "when", "required"}


def faults(kind: Kind = None, *, as_json: AsJson = False, markdown: AsMarkdown = False) -> None:
    """List the kinds of fault, or tell all about one."""
    if markdown:
        Screen().console.file.write(faults_page())
        return
    if kind is not None and kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, 1)
        cure = f"did you mean `{near[0]}`?" if near else "`simnet faults` lists them"
        raise typer.BadParameter(f"there is no fault `{kind}`; {cure}", param_hint="KIND")
    wanted = {kind: KINDS[kind]} if kind else dict(KINDS)
    lacks = {name: lacking(found) for name, found in wanted.items()}
    screen = Screen()
    if as_json:
        rows = [_document(name, found, lacks[name]) for name, found in wanted.items()]
        screen.json(rows[0] if kind else {"faults": rows})
    elif kind:
        screen.print(*_one(kind, wanted[kind], lacks[kind]))
    else:
        screen.print(*_all(wanted, lacks, wide=screen.wide))


_tried: dict[Any, LeverResult] = {}


def lacking(kind: type[Fault]) -> tuple[LeverResult, ...]:
    """The levers that the kind needs and this machine does not have; each lever is tried once."""
    for lever in kind.needs:
        if lever not in _tried:
            _tried[lever] = probe(lever)
    return tuple(_tried[lever] for lever in kind.needs if not _tried[lever].available)


def _all(
    kinds: Mapping[str, type[Fault]], lacks: Mapping[str, tuple[LeverResult, ...]], *, wide: bool
) -> Iterator[RenderableType]:
    for stage, group in itertools.groupby(kinds.items(), lambda item: item[1].stage):
        yield heading(stage.value)
        made = table("", "", *([""] if wide else []), rule=False)
        made.columns[0].no_wrap, made.columns[0].width = True, max(map(len, KINDS))
        if wide:
            made.columns[1].ratio, made.columns[2].ratio, made.expand = 6, 5, True
        for name, kind in group:
            more = [Text(kind.client_sees, DIM)] if wide else []
            made.add_row(Text(name, "yellow"), Text(kind.summary), *more)
            for result in lacks[name]:
                made.add_row("", Text(f"not available here: {result.why}", BAD), *([""] if wide else []))
        yield indented(made)
        yield Text()
    yield Text("simnet faults KIND tells the parameters and what a client sees.", DIM)


def _one(name: str, kind: type[Fault], lacks: tuple[LeverResult, ...]) -> Iterator[RenderableType]:
    yield Text.assemble((name, NAME), f"  {kind.summary}")
    yield Text()
    facts = table("", "", rule=False)
    facts.columns[0].no_wrap = True
    facts.add_row(Text("a client sees", DIM), kind.client_sees)
    facts.add_row(Text("strikes at", DIM), kind.stage.value)
    if kind.moment() in OF_HTTP:
        facts.add_row(Text("for", DIM), "services that have requests (http)")
    facts.add_row(Text("timed by", DIM), ", ".join(c.value for c in Condition if c in kind.honours) or "nothing")
    facts.add_row(Text("needs", DIM), "; ".join(lever.value for lever in kind.needs) or "nothing of the kernel")
    facts.add_row(Text("on this machine", DIM), _here(lacks))
    yield indented(facts)
    yield Text()
    if rows := _parameters(kind):
        made = table("Parameter", "Default", "Meaning")
        made.columns[0].no_wrap = made.columns[1].no_wrap = True
        for row in rows:
            made.add_row(
                Text(row["name"], "yellow"),
                Text(row["default"] or "required", "" if row["default"] else NAME),
                row["meaning"],
            )
        yield indented(made)
        yield Text()
    yield Text("In a scenario:", DIM)
    yield indented(Text("\n".join(_yaml(name, kind))), by=4)


def _here(lacks: tuple[LeverResult, ...]) -> Text:
    if not lacks:
        return Text("available", GOOD)
    return Text("\n".join(f"not available: {result.why}" for result in lacks), BAD)


def _parameters(kind: type[Fault]) -> list[dict[str, str]]:
    """Name as in YAML, default ("" if it must be given), and meaning."""
    return [
        {
            "name": field.alias or name,
            "default": ""
            if field.default is PydanticUndefined
            else "none"
            if field.default is None
            else str(field.default),
            "meaning": field.description or "",
        }
        for name, field in kind.model_fields.items()
        if name not in COMMON
    ]


def _yaml(name: str, kind: type[Fault]) -> list[str]:
    lines = ["speaks: http"] if kind.moment() in OF_HTTP else []
    lines += ["faults:", f"  - fault: {name}", *(f"    {key}: {value}" for key, value in kind.example.items())]
    first = next((condition for condition in Condition if condition in kind.honours), None)
    sample = {"attempts": "1-2", "connections": "1", "requests": "2", "during": "5s..8s", "chance": "10%"}
    return lines if first is None else [*lines, f"    when: {{{first.value}: {sample[first.value]}}}"]


def _document(name: str, kind: type[Fault], lacks: tuple[LeverResult, ...]) -> dict[str, object]:
    return {
        "kind": name,
        "stage": kind.stage.value,
        "summary": kind.summary,
        "client_sees": kind.client_sees,
        "timed_by": [c.value for c in Condition if c in kind.honours],
        "speaks": protocol_for(kind.moment()),
        "needs": [lever.value for lever in kind.needs],
        "parameters": _parameters(kind),
        "available": not lacks,
        "why_not": [result.why for result in lacks],
    }

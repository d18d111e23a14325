"""`simnet checks [NAME]`: what can be claimed of a client, from the check files themselves; also as a page of the docs.

Law: what a check is for, its parameters and which property it decides are said in its file; here is only what no check
can decide, and why.
"""

from __future__ import annotations

import difflib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer
from pydantic_core import PydanticUndefined
from rich.console import RenderableType
from rich.text import Text

from simnet.checks import CHECKS, Check
from simnet.checks.contract import Family
from simnet.fronts.options import AsJson
from simnet.fronts.show import DIM, NAME, Screen, heading, indented, table

__all__ = ["NOT_DECIDED", "checks", "page"]

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False, help="Tell all about this check.")]
AsPage = Annotated[bool, typer.Option("--markdown", help="Print the page of the docs.")]

NOT_DECIDED: Mapping[str, str] = {
    "P12": "gRPC push-back is a trailer of HTTP/2, and no fake service speaks HTTP/2: a client that needs it cannot talk to one.",
    "P16": "The trace does not hold header fields of requests but those that say what belongs together (X-Call-Id,"
    " Idempotency-Key), so a deadline that is passed on (grpc-timeout) is not seen.",
}
"""The properties that no check here decides, and why."""


def checks(name: Name = None, *, as_json: AsJson = False, markdown: AsPage = False) -> None:
    """List what can be expected of a client, or tell all about one check."""
    if name is not None and name not in CHECKS:
        near = difflib.get_close_matches(name, CHECKS, 1)
        cure = f"did you mean `{near[0]}`?" if near else "`simnet checks` lists them"
        raise typer.BadParameter(f"there is no check `{name}`; {cure}", param_hint="NAME")
    screen = Screen()
    if markdown:
        screen.console.file.write(page())
    elif as_json:
        rows = [_document(each) for each in CHECKS.values() if name in {None, each.name}]
        screen.json(rows[0] if name else {"checks": rows})
    elif name:
        screen.print(*_one(CHECKS[name]))
    else:
        screen.print(*_all())


def _families() -> Iterator[tuple[Family, list[type[Check]]]]:
    for family in Family:
        if found := [check for check in CHECKS.values() if check.family is family]:
            yield family, found


def _all() -> Iterator[RenderableType]:
    for family, found in _families():
        yield heading(family.value)
        made = table("", "", rule=False)
        made.columns[0].no_wrap, made.columns[0].width = True, max(map(len, CHECKS))
        for check in found:
            made.add_row(Text(check.name, "yellow"), Text(check.summary))
        yield indented(made)
        yield Text()
    yield Text("simnet checks NAME tells the parameters.", DIM)


def _one(check: type[Check]) -> Iterator[RenderableType]:
    yield Text.assemble((check.name, NAME), f"  {check.summary}")
    for paragraph in _about(check):
        yield Text()
        yield indented(Text(paragraph))
    yield Text()
    if rows := _parameters(check):
        made = table("Parameter", "Default", "Meaning")
        made.columns[0].no_wrap = made.columns[1].no_wrap = True
        for row in rows:
            made.add_row(Text(row["name"], "yellow"), Text(row["default"] or "required"), row["meaning"])
        yield indented(made)
        yield Text()
    yield Text("In a scenario:", DIM)
    yield indented(Text(f"expect:\n  - {_yaml(check)}"), by=4)
    yield Text("In Python:", DIM)
    yield indented(Text(_python(check)), by=4)


def _about(check: type[Check]) -> Sequence[str]:
    """What its file says below the first line, a line for each paragraph."""
    said = inspect.cleandoc(sys.modules[check.__module__].__doc__ or "")
    return [re.sub(r"\s*\n\s*", " ", part) for part in said.split("\n\n")[1:]]


def _parameters(check: type[Check]) -> list[dict[str, str]]:
    """Name as in YAML, default ("" if it must be given), and meaning."""
    return [
        {"name": name, "default": _shown(field.default), "meaning": field.description or ""}
        for name, field in check.model_fields.items()
    ]


def _shown(default: object) -> str:
    if default is PydanticUndefined:
        return ""
    if default is None or isinstance(default, bool):
        return "none" if default is None else str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def _example(check: type[Check]) -> Mapping[str, object]:
    return check.example or ({"at_most": 5} if "at_most" in check.model_fields else {})


def _yaml(check: type[Check]) -> str:
    return f"{check.name}: {{{', '.join(f'{key}: {value}' for key, value in _example(check).items())}}}"


def _python(check: type[Check]) -> str:
    return f"net.check(simnet.expect.{check.name}({', '.join(f'{key}={value!r}' for key, value in _example(check).items())}))"


def _document(check: type[Check]) -> dict[str, object]:
    return {
        "name": check.name,
        "family": check.family.value,
        "summary": check.summary,
        "decides": [part for part in check.decides.split(", ") if part],
        "parameters": _parameters(check),
        "example": dict(_example(check)),
    }


def page() -> str:
    """The page of the docs."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Checks"
    yield ""
    yield "<!-- written by `simnet checks --markdown` -->"
    yield ""
    yield (
        "A check is a claim about a trace. Each can stand under `expect:` of a scenario, in a test as"
        ' `net.check(simnet.expect.backoff(base="200ms"))`, and be put to a stored trace by'
        " `simnet check-trace FILE.jsonl --expect FILE.yaml`. An answer says what it stands on: the sample, and the tolerance"
        " (20 ms and 5 % of the promised time, if nothing else is said). A claim about figures of which there were too few is"
        " neither held nor refuted; such a run does not pass."
    )
    yield ""
    yield "P1 to P40 are the properties of a good client that the checks decide; those that none does are at the end, with the reason."
    for family, found in _families():
        yield f"\n## {family.value[0].upper()}{family.value[1:]}"
        for check in found:
            yield from _section(check)
    yield "\n## What is not decided\n"
    decided = {part for check in CHECKS.values() for part in check.decides.split(", ")}
    yield from (f"- **{name}**: {why}" for name, why in NOT_DECIDED.items() if name not in decided)


def _section(check: type[Check]) -> Iterator[str]:
    yield f"\n### `{check.name}`{f' ({check.decides})' if check.decides else ''}\n"
    yield f"{check.summary[0].upper()}{check.summary[1:]}."
    yield from (f"\n{paragraph}" for paragraph in _about(check))
    yield f"\n```yaml\n- {_yaml(check)}\n```\n"
    yield "| parameter | default | meaning |\n|---|---|---|"
    for row in _parameters(check):
        yield f"| `{row['name']}` | {row['default'] or '*required*'} | {row['meaning']} |"

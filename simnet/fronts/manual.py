"""Pages of the documentation that are made from the code, so that they cannot fall behind it.

Law: what stands here comes from the kinds themselves; `tests/test_pages.py` compares the stored pages with what is made now.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydantic_core import PydanticUndefined

from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition

__all__ = ["faults_page"]

COMMON = {"fault", "when", "required"}


def faults_page() -> str:
    """`docs/faults.md`: every kind of failure, in the order of a connection's life."""
    return "\n".join(_faults()) + "\n"


def _faults() -> Iterator[str]:
    yield "# The failures"
    yield ""
    yield "Every kind, in the order of a connection's life. This page is made by `simnet faults --markdown`;"
    yield "`simnet faults KIND` tells the same in a terminal, and whether this machine can do it; `scenarios/KIND.yaml` runs it."
    yield ""
    for stage, group in itertools.groupby(KINDS.items(), lambda item: item[1].stage):
        kinds = list(group)
        yield f"## {stage.value}"
        yield ""
        yield "| kind | what happens | what a client sees |"
        yield "|---|---|---|"
        yield from (
            f"| [`{name}`](#{name}) | {_cell(kind.summary)} | {_cell(kind.client_sees)} |" for name, kind in kinds
        )
        yield ""
        for name, kind in kinds:
            yield from _kind(name, kind)


def _kind(name: str, kind: type[Fault]) -> Iterator[str]:
    timed = ", ".join(f"`{c.value}`" for c in Condition if c in kind.honours) or "nothing"
    yield f"### {name}"
    yield ""
    yield f"{kind.summary[0].upper()}{kind.summary[1:]}. Timed by {timed}."
    if kind.needs:
        yield f"Needs of the kernel: {'; '.join(lever.value for lever in kind.needs)}."
    yield ""
    yield "```yaml"
    yield f"- fault: {name}"
    yield from (f"  {key}: {value}" for key, value in kind.example.items())
    yield "```"
    yield ""
    fields = {field.alias or key: field for key, field in kind.model_fields.items() if key not in COMMON}
    if fields:
        yield "| parameter | default | meaning |"
        yield "|---|---|---|"
        for key, field in fields.items():
            default = "required" if field.default is PydanticUndefined else _cell(str(field.default))
            yield f"| `{key}` | {default} | {_cell(field.description or '')} |"
        yield ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|")

"""`simnet doctor`: what this machine can do: each lever of the kernel tried, each kind of fault really run once.

Law: nothing is concluded from version numbers; a kind works if a plain client met it and the kernel proves it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence

import typer
from rich.console import RenderableType
from rich.text import Text

from simnet.errors import MachineError
from simnet.faults import KINDS
from simnet.fronts.demo import Demonstration, Shown, demonstrate
from simnet.fronts.options import AsJson
from simnet.fronts.show import BAD, DIM, GOOD, Screen, clock, heading, indented, table, text
from simnet.fronts.statuses import Status
from simnet.fronts.tour import demonstration_document
from simnet.trace.wording import plural
from simnet.world.kernel.levers import LeverResult, probe_all

__all__ = ["doctor"]


def doctor(*, as_json: AsJson = False) -> None:
    """Prove every lever and every kind of fault on this machine."""
    levers = probe_all()
    can = _kinds_that_can(levers)
    result, trouble = _try(can)
    screen = Screen()
    if as_json:
        screen.json(_document(levers, can, result, trouble))
    else:
        screen.print(*_page(levers, can, result, trouble))
    if len(can) < len(KINDS) or result is None or result.unproven:
        raise typer.Exit(Status.UNAVAILABLE)


def _kinds_that_can(levers: Sequence[LeverResult]) -> tuple[str, ...]:
    missing = {result.lever for result in levers if not result.available}
    return tuple(name for name, kind in KINDS.items() if not missing & set(kind.needs))


def _try(kinds: Sequence[str]) -> tuple[Demonstration | None, str]:
    try:
        return demonstrate(kinds), ""
    except MachineError as error:
        return None, str(error)


def _page(
    levers: Sequence[LeverResult], can: Sequence[str], result: Demonstration | None, trouble: str
) -> Iterator[RenderableType]:
    yield heading("Levers", f"what the kernel lets us do ({platform.system()} {platform.release()})")
    yield indented(_levers(levers))
    yield Text()
    yield heading("Faults", "each met once by a plain client")
    if result is None:
        yield indented(text(trouble, BAD))
    else:
        yield indented(_faults(result))
    for kind in KINDS.keys() - set(can):
        yield indented(Text(f"✗ {kind} is not available here: it needs {_missing(kind, levers)}", BAD))
    yield Text()
    yield _verdict(levers, result)


def _levers(levers: Sequence[LeverResult]) -> RenderableType:
    made = table("", "", "", "", rule=False)
    made.columns[1].ratio, made.columns[3].ratio, made.expand = 4, 5, True
    made.columns[2].justify, made.columns[2].no_wrap = "right", True
    for result in levers:
        said = text(result.saw, DIM) if result.available else text(f"{result.saw}: {result.why}", BAD)
        made.add_row(_mark(good=result.available), result.lever.value, clock(result.seconds), said)
    return made


def _faults(result: Demonstration) -> RenderableType:
    made = table("", "", "", "", rule=False)
    made.columns[1].no_wrap = True
    made.columns[2].justify, made.columns[2].no_wrap = "right", True
    for one in result.shown:
        made.add_row(_mark(good=one.proven), one.kind, clock(one.seen.seconds), _saw(one))
    return made


def _saw(one: Shown) -> Text:
    said = Text(str(one.seen))
    if not one.proven:
        said.append(f"\nnot proven: {one.proof.last or one.proof.outcome if one.proof else 'nothing planned'}", BAD)
    return said


def _mark(*, good: bool) -> Text:
    return Text("✓", GOOD) if good else Text("✗", BAD)


def _missing(kind: str, levers: Sequence[LeverResult]) -> str:
    needs = KINDS[kind].needs
    return "; ".join(f"{r.lever.value} ({r.why})" for r in levers if r.lever in needs and not r.available)


def _verdict(levers: Sequence[LeverResult], result: Demonstration | None) -> Text:
    proven = 0 if result is None else len(result.shown) - len(result.unproven)
    work = sum(result.available for result in levers)
    words = f"{work} of {plural(len(levers), 'lever')} and {proven} of {len(KINDS)} kinds work here"
    good = proven == len(KINDS)
    return Text.assemble(("✓ " if good else "✗ ", GOOD if good else BAD), words)


def _document(
    levers: Sequence[LeverResult], can: Sequence[str], result: Demonstration | None, trouble: str
) -> dict[str, object]:
    tried = [
        {"lever": r.lever.value, "available": r.available, "saw": r.saw, "seconds": round(r.seconds, 4), "why": r.why}
        for r in levers
    ]
    shown = {} if result is None else demonstration_document(result)
    missing = {kind: _missing(kind, levers) for kind in KINDS if kind not in can}
    ok = not missing and result is not None and not result.unproven
    return {
        "ok": ok,
        "system": platform.platform(),
        "levers": tried,
        "kinds": shown.get("kinds", []),
        "not_available": missing,
        "trouble": trouble,
    }

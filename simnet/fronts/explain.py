"""`simnet explain FILE`: what attempt 1, 2, 3 ... of each service will meet, before anything runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from simnet.fronts.forecast import Meeting, Outlook, Stretch, forecast
from simnet.fronts.options import AsJson, ScenarioFile, Seed
from simnet.fronts.show import DIM, GOOD, NAME, Screen, heading, indented, table, text
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import Plan, ServicePlan, make_plan
from simnet.scenario import Scenario, load_file
from simnet.trace.wording import plural
from simnet.values import Duration

__all__ = ["explain"]

Attempts = Annotated[int, typer.Option("--attempts", min=1, max=10_000, help="How many of each to look ahead, at least.")]


def explain(file: ScenarioFile, *, attempts: Attempts = 8, seed: Seed = None, as_json: AsJson = False) -> None:
    """Say what each attempt, connection and request will meet, before anything runs."""
    scenario = load_file(file)
    plan = make_plan(scenario, DRY_LEASE, seed)
    screen = Screen()
    if as_json:
        screen.json(_document(file, scenario, plan, attempts))
    else:
        screen.print(*_page(scenario, plan, screen, attempts))


def _page(scenario: Scenario, plan: Plan, screen: Screen, count: int) -> Iterator[RenderableType]:
    yield text(plan.title or "An untitled scenario", NAME)
    if scenario.about.strip():
        yield from (text(line, DIM) for line in scenario.about.strip().splitlines())
    for service in plan.services:
        yield Text()
        yield from _service(scenario, service, screen, count)
    yield Text()
    yield from _footer(plan, count)


def _service(scenario: Scenario, service: ServicePlan, screen: Screen, count: int) -> Iterator[RenderableType]:
    leased = ", for example (leased anew for each run)" if _is_leased(scenario, service) else ""
    yield Text.assemble(text(service.name, NAME), f"  {service.addr}", (f"{leased}, speaks {_speech(service)}", DIM))
    yield indented(_table(forecast(service, count), wide=screen.wide))


def _speech(service: ServicePlan) -> str:
    return f"{service.speaks.speaks} over TLS" if service.tls else service.speaks.speaks


def _is_leased(scenario: Scenario, service: ServicePlan) -> bool:
    spec = scenario.services.get(service.name)  # the resolver of `names` is no service of the file
    at = None if spec is None else spec.at
    return at is None or at.address is None or at.port is None


def _table(outlooks: Sequence[Outlook], *, wide: bool) -> RenderableType:
    made = table("", "", "", rule=False)
    made.columns[0].no_wrap = made.columns[1].no_wrap = True
    unit = ""
    for outlook in outlooks:
        if outlook.since or outlook.until is not None:
            made.add_row(Text("" if outlook.unit == unit else outlook.unit, DIM), "", Text(_span(outlook), DIM))
            unit = outlook.unit
        for stretch in outlook.stretches:
            name = Text("" if outlook.unit == unit else outlook.unit, DIM)
            made.add_row(name, Text(_numbers(stretch)), _meets(stretch, outlook.unit, wide=wide))
            unit = outlook.unit
        if outlook.drawn:
            last = outlook.stretches[-1].last or 0
            made.add_row("", Text(f"{last + 1} and later", DIM), Text("as the seed draws", DIM))
    return made


def _span(outlook: Outlook) -> str:
    since = f"from {Duration.of(outlook.since)}" if outlook.since else "at first,"
    return f"{since} until {Duration.of(outlook.until)}:" if outlook.until is not None else f"{since} on:"


def _numbers(stretch: Stretch) -> str:
    if stretch.last is None:
        return "each" if stretch.first == 1 else f"{stretch.first} and later"
    return f"{stretch.first}" if stretch.first == stretch.last else f"{stretch.first}–{stretch.last}"


def _meets(stretch: Stretch, unit: str, *, wide: bool) -> RenderableType:
    if not stretch.meets:
        return Text("let in" if unit == "attempt" else "served", GOOD)
    return Group(*(line for meeting in stretch.meets for line in _met(meeting, wide=wide)))


def _met(meeting: Meeting, *, wide: bool) -> Iterator[Text]:
    """What happens, and what a client sees of it: in one line if there is room."""
    line = Text.assemble((meeting.kind, "yellow"), f"  {meeting.does}", f" {meeting.only}" if meeting.only else "")
    sees = Text(f"→ {meeting.client_sees}", DIM)
    if wide:
        yield line.append("  ").append_text(sees)
    else:
        yield from (line, sees)


def _footer(plan: Plan, count: int) -> Iterator[RenderableType]:
    drawn = any(part.drawn for service in plan.services for part in forecast(service, count))
    if drawn:
        yield Text(f"Drawn by chance with seed {plan.seed}: the same seed draws the same again.", DIM)
    if plan.open_files is not None:
        yield Text(f"The program under test may have {plural(plan.open_files, 'open file')} at a time.", DIM)
    if plan.checks:
        yield heading("Expected")
        for check in plan.checks:
            said = ", ".join(
                f"{name} {value}" for name, value in check.model_dump(mode="json", exclude_defaults=True).items()
            )
            yield indented(Text.assemble((check.name, ""), (f"  {said}", DIM)))
    else:
        yield Text("Nothing is expected of the client; every fault that is not left to chance must strike.", DIM)


def _document(file: Path, scenario: Scenario, plan: Plan, count: int) -> dict[str, object]:
    services = [
        {
            "name": service.name,
            "address": service.address,
            "port": service.port,
            "leased": _is_leased(scenario, service),
            "speaks": service.speaks.speaks,
            "tls": service.tls is not None,
            "forecast": [dataclasses.asdict(part) for part in forecast(service, count)],
        }
        for service in plan.services
    ]
    return {
        "file": str(file),
        "title": plan.title,
        "seed": plan.seed,
        "open_files": plan.open_files,
        "services": services,
    }

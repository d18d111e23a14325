"""`simnet diagnose ADDRESS:PORT`: why one cannot connect, on this machine, in order of evidence.

Law: it looks and dials as any client would, changes nothing, and stays on loopback.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from simnet.fronts.diagnosis import look
from simnet.fronts.diagnosis.causes import Cause, Certainty, causes, headline
from simnet.fronts.diagnosis.dial import dial, resolve
from simnet.fronts.diagnosis.facts import Facts
from simnet.fronts.options import AsJson
from simnet.fronts.show import BAD, DIM, GOOD, NAME, Screen, indented, table, text
from simnet.fronts.statuses import Status

__all__ = ["diagnose", "facts_of"]

STYLE = {Certainty.SEEN: "bold yellow", Certainty.LIKELY: "yellow", Certainty.POSSIBLE: DIM}
WELL = {"works", "wants_tls"}

Asked = Annotated[str, typer.Argument(metavar="ADDRESS:PORT", show_default=False, help="Such as 127.0.0.1:62893.")]
Patience = Annotated[float, typer.Option("--timeout", min=0.2, max=30, help="Seconds to wait for an answer.")]
Ask = Annotated[bool, typer.Option("--ask/--no-ask", help="Whether to send `GET / HTTP/1.0` to a silent server.")]


def diagnose(asked: Asked, *, timeout: Patience = 1.5, ask: Ask = True, as_json: AsJson = False) -> None:
    """Tell why one cannot connect to an address of this machine, and what to try next."""
    try:
        facts = facts_of(asked, timeout, ask=ask)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ADDRESS:PORT") from None
    found = causes(facts)
    screen = Screen()
    if as_json:
        screen.json(_document(facts, found))
    else:
        screen.print(*_page(facts, found))
    if not found or found[0].name not in WELL:
        raise typer.Exit(Status.NOT_HELD)


def facts_of(asked: str, timeout: float, *, ask: bool = True) -> Facts:
    """Look and dial. Raises `ValueError` for what is no address of loopback, `MachineError` without sock_diag."""
    target = resolve(asked)
    dials = tuple(dial(address, target.port, timeout, ask=ask) for address in target.addresses)
    return Facts(
        asked,
        target.port,
        dials,
        look.listeners(),
        look.leftovers(target.port),
        look.outgoing(target.port),
        look.ranges(),
        target.unresolved,
    )


def _page(facts: Facts, found: tuple[Cause, ...]) -> Iterator[RenderableType]:
    well = bool(found) and found[0].name in WELL
    yield Text.assemble(("✓ " if well else "✗ ", GOOD if well else BAD), text(headline(facts), NAME))
    yield Text(f"port {facts.port}: {facts.ranges.of(facts.port)}", DIM)
    for cause in found:
        yield Text()
        yield Text.assemble((f"{cause.certainty.value}: ", STYLE[cause.certainty]), text(cause.says))
        made = table("", "", rule=False)
        made.columns[0].no_wrap = True
        made.add_row(Text("because", DIM), text(cause.because))
        if cause.try_next:
            made.add_row(Text("try", DIM), text(cause.try_next, NAME))
        yield indented(made, by=4)


def _document(facts: Facts, found: tuple[Cause, ...]) -> dict[str, object]:
    return {
        "asked": facts.asked,
        "headline": headline(facts),
        "port_range": facts.ranges.of(facts.port),
        "dials": [dataclasses.asdict(one) | {"said": one.said.decode("latin-1")} for one in facts.dials],
        "causes": [dataclasses.asdict(one) | {"certainty": one.certainty.value} for one in found],
    }

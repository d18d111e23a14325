"""`simnet ports`: who listens where on this machine.

Law: what the kernel's tables say, for this network namespace; which program it is, only where we may know.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer
from rich.text import Text

from simnet.fronts.diagnosis import look
from simnet.fronts.diagnosis.facts import WILDCARDS, Held
from simnet.fronts.options import AsJson
from simnet.fronts.show import BAD, DIM, NAME, Screen, table, text
from simnet.trace.wording import plural

__all__ = ["ports"]

Only = Annotated[
    int | None, typer.Argument(metavar="[PORT]", show_default=False, help="Only this port.", min=1, max=65535)
]


def ports(port: Only = None, *, as_json: AsJson = False) -> None:
    """Show who listens where: address, port, program, accept queue, and what the number of the port says."""
    found = [held for held in look.listeners() if port in {None, held.port}]
    ranges, screen = look.ranges(), Screen()
    if as_json:
        screen.json({"listeners": [_document(held) | {"range": ranges.of(held.port)} for held in found]})
        return
    made = table("Address", "Port", "Program", "Queue", *(["Range"] if screen.wide else []))
    made.columns[1].justify = made.columns[3].justify = "right"
    made.columns[1].no_wrap = made.columns[3].no_wrap = True
    for held in found:
        queue = Text(f"{held.queued}/{held.backlog}", BAD if held.is_full else DIM)
        more = [Text(ranges.of(held.port), DIM)] if screen.wide else []
        made.add_row(_address(held), Text(str(held.port), NAME), text(held.program), queue, *more)
    if found:
        screen.print(made, Text())
    what = f"{plural(len(found), 'listener')}{f' on port {port}' if port else ''}"
    hint = "" if found else f"; simnet diagnose 127.0.0.1:{port or 8080} tells what a client meets there"
    screen.print(Text(f"{what}{hint}", DIM))


def _address(held: Held) -> Text:
    if held.address in WILDCARDS:
        every = "every address" if held.address == "::" else "every IPv4 address"
        return Text.assemble(held.address, (f"  {every}", DIM))
    return text(held.address)


def _document(held: Held) -> dict[str, object]:
    found = dataclasses.asdict(held)
    return found | {"state": held.state.name, "full": held.is_full}

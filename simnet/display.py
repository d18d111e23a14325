"""How values show themselves in a notebook: a trace as its timeline, a network as a table of its services.

Law: IPython is told by the names of the types, so that the rooms where they are at home need not know how they look, and
nothing is imported before something is shown. Outside of IPython this module does nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simnet.simulation import Session
    from simnet.trace import Trace
    from simnet.world.run import World

__all__ = ["register", "register_here"]


def register_here() -> None:
    """Register with the shell that runs us, if one does."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        register(shell)


def register(shell: Any) -> None:
    """Tell an IPython shell how our values look."""
    formatters = shell.display_formatter.formatters
    formatters["image/svg+xml"].for_type_by_name("simnet.trace.journal", "Trace", picture_of)
    formatters["text/html"].for_type_by_name("simnet.world.run", "World", table_of_world)
    formatters["text/html"].for_type_by_name("simnet.simulation.session", "Session", table_of_session)


def picture_of(trace: Trace) -> str:
    """The timeline of the run, as SVG."""
    from simnet.reports.picture import picture  # noqa: PLC0415 - see above

    return picture(trace)


def table_of_world(world: World) -> str:
    """The services, with what has come to them and what a SYN meets there now."""
    from simnet.reports.table import table  # noqa: PLC0415 - see above

    world.catch_up()
    return table(world.trace, {name: service.door for name, service in world.services.items()}, world.elapsed())


def table_of_session(session: Session) -> str:
    """The same of a network in virtual time; of one that is down, as it was."""
    from simnet.reports.table import table  # noqa: PLC0415 - see above

    return table(session.trace, {name: service.door for name, service in session.services.items()}, session.now)

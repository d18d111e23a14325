"""Scenarios of several services, each with a schedule of its own.

Law: a service is drawn as `schedules` draws one, so that a failure that needs one service only shrinks to a scenario in
which the others do not fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from simnet.checks.contract import Check
from simnet.scenario import Scenario, ServiceSpec
from simnet.strategies.quantities import whole_number
from simnet.strategies.schedules import MILD, Choice, places_of, possible, spec_of, timed
from simnet.strategies.wording import in_words

__all__ = ["scenarios"]


def scenarios(
    *,
    services: Mapping[str, ServiceSpec | Mapping[str, Any] | None] | Sequence[str] = ("api",),
    faults: Choice = MILD,
    max_connections: int = 4,
    expect: Sequence[Check] = (),
    run: str | None = None,
) -> st.SearchStrategy[Scenario]:
    """Scenarios of these services, in each of which the first `max_connections` attempts meet one fault or none each.

    `services` are names, or names and what they are, as under `services:` of a file. The rest is as in `schedules`.
    Raises `InvalidArgument` for a parameter that cannot be, and for faults that can never strike such a service.
    """
    if isinstance(services, str) or not services:
        raise InvalidArgument(f"services={services!r}: write a list of names, or a mapping of names to what they are")
    whole_number("max_connections", max_connections, 1, 1000)
    given = services if isinstance(services, Mapping) else dict.fromkeys(services)
    plain = {name: spec_of(name, spec) for name, spec in given.items()}
    frame = {"expect": tuple(expect), "run": run}
    possible(lambda: Scenario.model_validate({"services": plain, **frame}))
    places = {name: places_of(faults, spec, max_connections) for name, spec in plain.items()}

    @st.composite
    def a_scenario(draw: st.DrawFn) -> Scenario:
        struck = {name: timed(draw(each)) for name, each in places.items()}
        failing = [f"{name}: {in_words(each)}" for name, each in struck.items() if each]
        specs = {name: spec.model_copy(update={"faults": struck[name]}) for name, spec in plain.items()}
        return Scenario.model_validate({"title": "; ".join(failing) or "nothing fails", "services": specs, **frame})

    return a_scenario()

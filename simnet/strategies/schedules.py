"""Schedules: one service, and what each connection in turn meets.

Law: what is drawn is a `Scenario` that numbers attempts and connections as the kernel will: after a refused attempt the
second attempt is the first connection. It has a fixed number of places; which kind is in each is drawn before the
parameters of any, so that shrinking takes a place away (the later ones move up), serves it, or makes its kind milder,
without disturbing the rest.

How it was chosen: lists of `one_of` found budgets less often; places that each hold a fault with its parameters got
stuck before the smallest schedule in one search of four; a seed for a generator of its own shrank nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import ValidationError

from simnet.checks.contract import Check
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition, When
from simnet.scenario import Scenario, ServiceSpec
from simnet.services import PROTOCOLS
from simnet.services.http import Http
from simnet.strategies.faults import Parameters, faults_of
from simnet.strategies.quantities import whole_number
from simnet.strategies.wording import in_words
from simnet.values import Numbers
from simnet.verdicts.door import Deny, Drop, Refuse

__all__ = ["MILD", "Choice", "places_of", "possible", "schedules", "spec_of", "timed"]

T = TypeVar("T")

MILD: Final[Mapping[str, Parameters]] = {
    "status": {"status": st.sampled_from([503, 500, 502, 504, 429]), "body": st.none(), "retry_after": st.none(),
               "retry_after_as": st.just("seconds")},
    "refuse": {},
    "close_at_accept": {},
    "truncate": {},
    "reset": {},
    "latency": {"jitter": st.just("0s")},
    "drip": {"size": st.just("64 B")},
    "stall": {"for": st.none()},
    "drop_syn": {},
}  # fmt: skip
"""What a schedule is made of if nothing is said, the mild and the fast first: kind -> what its parameters are held to.

A reply that was not meant (a 404) is none of these: a client is right to give up then. The statuses are those that invite
another try (RFC 9110 section 15.6, RFC 6585 section 4)."""

Choice = Iterable[str | st.SearchStrategy[Fault]] | Mapping[str, Parameters]
"""Which faults: names of kinds, strategies of faults, or kind -> strategies of its parameters."""


def schedules(  # noqa: PLR0913 - each is a word of its own, and can be left out
    *,
    service: str = "api",
    spec: ServiceSpec | Mapping[str, Any] | None = None,
    faults: Choice = MILD,
    max_connections: int = 8,
    expect: Sequence[Check] = (),
    run: str | None = None,
) -> st.SearchStrategy[Scenario]:
    """Scenarios of one service in which each of the first `max_connections` attempts meets one fault or none.

    `service` is its name and `spec` what it is, as under `services:` of a file; if left out, it speaks HTTP with one
    request on each connection. `expect` and `run` go into each scenario as they are. Shrinks to few, early, mild faults
    with small parameters.

    Raises `InvalidArgument` for a parameter that cannot be, and for faults that can never strike such a service.
    """
    whole_number("max_connections", max_connections, 1, 1000)
    plain = spec_of(service, spec)
    places = places_of(faults, plain, max_connections)
    frame = {"expect": tuple(expect), "run": run}
    possible(lambda: Scenario.model_validate({"services": {service: plain}, **frame}))

    @st.composite  # and not `map`: of what this draws, Hypothesis shows the value, and not how it was made
    def a_schedule(draw: st.DrawFn) -> Scenario:
        struck = timed(draw(places))
        return Scenario.model_validate(
            {"title": in_words(struck), "services": {service: plain.model_copy(update={"faults": struck})}, **frame}
        )

    return a_schedule()


def spec_of(service: str, spec: ServiceSpec | Mapping[str, Any] | None) -> ServiceSpec:
    """What the service is without its faults. Raises `InvalidArgument` if that cannot be, or already fails."""
    if spec is None:
        return ServiceSpec(speaks=Http(keep_alive=False))
    plain = spec if isinstance(spec, ServiceSpec) else possible(lambda: ServiceSpec.model_validate(_unfolded(spec)))
    if plain.faults:
        raise InvalidArgument(f"spec: the service `{service}` has faults already; leave them out, they are drawn")
    return plain


def places_of(faults: Choice, spec: ServiceSpec, places: int) -> st.SearchStrategy[list[Fault | None]]:
    """What each of at most so many attempts meets, in their order."""
    able = [strategy for kind, strategy in _strategies(faults) if kind is None or _strikes(kind, spec)]
    if not able:
        raise InvalidArgument(
            f"faults={faults!r}: write at least one fault that can strike what speaks {spec.speaks.speaks}"
        )
    picks = st.tuples(*[st.integers(0, 1 + len(able))] * places)

    @st.composite
    def filled(draw: st.DrawFn) -> list[Fault | None]:
        chosen = [pick for pick in draw(picks) if pick]  # 0: there is no such place; 1: it is served
        return [None if pick == 1 else draw(shaped(able[pick - 2])) for pick in chosen]

    return filled()


def shaped(strategy: st.SearchStrategy[Fault]) -> st.SearchStrategy[Fault]:
    """The same, with one choice more, of which there is one: Hypothesis tries each of the milder kinds (its pass
    `reduce_each_alternative`) only where a choice changes how many others there are, and some kinds have no parameters."""
    return st.tuples(strategy, st.integers(0, 0)).map(lambda pair: pair[0])


def timed(drawn: Sequence[Fault | None]) -> tuple[Fault, ...]:
    """The faults, each with the number of the attempt or the connection that it is for."""
    made: list[Fault] = []
    lost = 0
    for attempt, fault in enumerate(drawn, 1):
        if fault is not None:
            at_door = Condition.ATTEMPTS in fault.honours
            number = attempt if at_door else attempt - lost
            place = {"attempts" if at_door else "connections": Numbers(((number, number),))}
            lost += at_door and _takes_the_connection(fault)
            made.append(fault.model_copy(update={"when": When.model_validate(place)}))
    return tuple(made)


def _takes_the_connection(fault: Fault) -> bool:
    """Whether no connection comes of the attempt, so that the next one is as manieth as this would have been."""
    return isinstance(fault.at_door(Random(0)), Refuse | Drop | Deny)  # noqa: S311 - what it is does not hang on the draw


def _strategies(faults: Choice) -> list[tuple[str | None, st.SearchStrategy[Fault]]]:
    """The kind (None where it cannot be known) and the strategy of each choice."""
    if isinstance(faults, str | Fault | st.SearchStrategy):
        raise InvalidArgument(f"faults={faults!r}: write a list of them")
    if isinstance(faults, Mapping):
        return [(kind, faults_of(kind, parameters)) for kind, parameters in faults.items()]
    return [_strategy(choice) for choice in faults]


def _strategy(choice: object) -> tuple[str | None, st.SearchStrategy[Fault]]:
    if isinstance(choice, st.SearchStrategy):
        return None, choice
    if isinstance(choice, str):
        return choice, faults_of(choice, MILD.get(choice))
    raise InvalidArgument(f"faults: {choice!r} is neither the name of a kind nor a strategy of faults")


def _strikes(kind: str, spec: ServiceSpec) -> bool:
    """Whether it can strike such a service, at an attempt or a connection that is given by number.

    Raises `InvalidArgument` if it was asked for by name and cannot.
    """
    model = KINDS[kind]
    if not model.honours & {Condition.ATTEMPTS, Condition.CONNECTIONS}:
        able = ", ".join(condition.value for condition in Condition if condition in model.honours)
        raise InvalidArgument(
            f"faults: `{kind}` cannot be timed by attempt or connection, it can by {able}; see `scenarios`"
        )
    return spec.speaks.meets(model.moment()) and (spec.tls is not None or not model.asks_for_tls())


def _unfolded(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`{http: {...}}` as the model has it: `{speaks: {speaks: http, ...}}`."""
    protocol = next((name for name in spec if name in PROTOCOLS), None)
    if protocol is None:
        return dict(spec)
    rest = {key: value for key, value in spec.items() if key != protocol}
    return {**rest, "speaks": {"speaks": protocol, **spec[protocol]}}


def possible(make: Callable[[], T]) -> T:
    """What `make` makes; raises `InvalidArgument` with the words of the model where it refuses."""
    try:
        return make()
    except ValidationError as error:
        raise InvalidArgument("; ".join(str(one["msg"]) for one in error.errors())) from None

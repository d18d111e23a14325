"""A fault of any kind, with any parameters: derived from its model.

Law: there is no second list of what a fault takes. A field is drawn by its annotation and its bounds; its default, where
it has one, comes first, so that a fault shrinks to the form in which it is written with nothing but its name. What the
model refuses in combination is drawn with the parameters that it cannot do without.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from simnet.faults import KINDS, Fault
from simnet.scenario.words import did_you_mean
from simnet.strategies.quantities import byte_counts, chances, durations, rates
from simnet.values import ByteCount, Chance, Duration, Rate

__all__ = ["Parameters", "faults", "faults_of"]

Parameters = Mapping[str, st.SearchStrategy[Any]]
"""Parameter, as in YAML -> what it may be."""

SHARED = frozenset(Fault.model_fields)
"""What every fault has and no kind is about: its name, `when`, `required`."""


def faults(*, kinds: Iterable[str] | None = None) -> st.SearchStrategy[Fault]:
    """One fault, of one of these kinds (of any, if left out), which always strikes; shrinks to the first kind, plainly.

    Raises `InvalidArgument` for a kind that there is not.
    """
    if isinstance(kinds, str):
        raise InvalidArgument(f"kinds={kinds!r}: write a list, [{kinds!r}]")
    names = list(KINDS) if kinds is None else list(kinds)
    if not names:
        raise InvalidArgument("kinds=[]: write at least one kind of fault")
    return st.one_of([faults_of(name) for name in names])


def faults_of(kind: str, parameters: Parameters | None = None) -> st.SearchStrategy[Fault]:
    """Faults of that kind; `parameters` says what some of them may be, and the model what the others may.

    Raises `InvalidArgument` for a kind or a parameter that there is not.
    """
    if kind not in KINDS:
        raise InvalidArgument(f"there is no fault `{kind}`; {did_you_mean(str(kind), KINDS)}")
    given = dict(parameters or {})
    own = _fields(kind)
    for name, strategy in given.items():
        if name not in own:
            raise InvalidArgument(f"`{kind}` has no parameter `{name}`; {did_you_mean(name, own)}")
        if not isinstance(strategy, st.SearchStrategy):
            raise InvalidArgument(f"`{kind}`: {name}={strategy!r} is no strategy; write st.just({strategy!r})")
    fields = {name: given.get(name, _values(kind, name, field)) for name, field in own.items()}
    needed = frozenset(given) | {name for name, field in own.items() if field.is_required()}
    return st.fixed_dictionaries(fields).map(lambda drawn: _made(kind, drawn, needed))


def _fields(kind: str) -> dict[str, FieldInfo]:
    """The parameters of a kind by their names in YAML."""
    fields = KINDS[kind].model_fields
    return {field.alias or name: field for name, field in fields.items() if name not in SHARED}


def _made(kind: str, drawn: Mapping[str, Any], needed: frozenset[str]) -> Fault:
    model = KINDS[kind]
    try:
        return model.model_validate({"fault": kind, **drawn})
    except ValidationError:
        return model.model_validate({"fault": kind, **{name: value for name, value in drawn.items() if name in needed}})


@cache
def _quantities() -> Mapping[type, st.SearchStrategy[Any]]:
    return {Duration: durations(), ByteCount: byte_counts(), Rate: rates(), Chance: chances()}


def _values(kind: str, name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    """What a field may be; its default first."""
    found = _by_type(field.annotation, field)
    if not field.is_required():
        first = st.just(field.default)
        return first if found is None else st.one_of(first, found)
    if found is None:
        raise InvalidArgument(f"`{kind}` needs `{name}`, which cannot be drawn from its type; give a strategy for it")
    if field.annotation is ByteCount:  # where there must be a number of bytes, 0 would be no fault
        return byte_counts(min_bytes=1)
    return found


def _by_type(annotation: Any, field: FieldInfo) -> st.SearchStrategy[Any] | None:  # noqa: PLR0911 - one for each sort
    """What the type lets it be; None where only the default can be known (a text, a direction)."""
    if annotation in _quantities():
        return _quantities()[annotation]
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return _integers(field)
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) in {Union, types.UnionType}:
        inner = [_by_type(one, field) for one in get_args(annotation) if one is not type(None)]
        known = [one for one in inner if one is not None]
        return st.one_of(known) if known else None
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return None  # the side of a proxy: with any other service there is only one
    return None


def _integers(field: FieldInfo) -> st.SearchStrategy[int]:
    """Within the bounds of the field."""
    low, high = 0, 1000
    for bound in field.metadata:
        match bound:
            case Ge(ge=value):
                low = int(str(value))
            case Gt(gt=value):
                low = int(str(value)) + 1
            case Le(le=value):
                high = int(str(value))
            case Lt(lt=value):
                high = int(str(value)) - 1
            case _:
                pass
    return st.integers(low, high)

"""What pydantic finds wrong, in sentences for the author of a scenario.

Law: a message names the offender and a cure that works. pydantic speaks of inputs, types and validators; an author
knows keys, values and units. Kinds of error that are not known here keep pydantic's words, behind ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from simnet.scenario.words import code, did_you_mean, shown
from simnet.values import Quantity

__all__ = ["empty", "example", "fields_of", "model_at", "owner_at", "sentence", "what"]

_CURE = re.compile(r"[;:] (?=(?:write|use|give|it can|did you mean|there are|there is|set|put|remove|leave)\b)")

_MAPPING = ("model_type", "model_attributes_type", "dict_type", "mapping_type")
_LIST = ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type")
_LIMITS = {
    "greater_than_equal": ("too small", "write {ge} or more"),
    "greater_than": ("too small", "write more than {gt}"),
    "less_than_equal": ("too large", "write {le} or less"),
    "less_than": ("too large", "write less than {lt}"),
}


def sentence(error: ErrorDetails, model: type[BaseModel], owner: str) -> tuple[str, str]:
    """Message and cure. `model` is the one whose key is wrong, `owner` what the author calls it."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return f"{owner} needs {code(key)}", f"write `{key}: {example(model, key)}`"
    if kind == "extra_forbidden":
        return f"{owner} has no {code(key)}", did_you_mean(key, fields_of(model))
    if kind == "value_error":
        message, *cure = _CURE.split(str(context["error"]), maxsplit=1)
        if isinstance(value, dict | list) and message.startswith(f"{value} "):
            message = f"{code(key)} is one value, and here is {what(value)}"
        return message, cure[0] if cure else ""
    if kind in _LIMITS:
        out, cure_text = _LIMITS[kind]
        return f"{shown(value)} is {out}", cure_text.format(**context)
    return _typed(error) or _otherwise(error, model, key)


def _otherwise(error: ErrorDetails, model: type[BaseModel], key: str) -> tuple[str, str]:
    """What the field says of itself, or else pydantic's words."""
    field = _field(model, key)
    value = what(error["input"])
    if key == "[key]":
        pattern = error.get("ctx", {}).get("pattern", "")
        return f"{value} cannot be a key of {_name(error['loc'][:-2])}", pattern and f"it must match {pattern}"
    if field is not None and field.description:
        return f"{value} will not do for {code(key)}", f"{code(key)} is {field.description}"
    return f"{value} will not do: {error['msg'][:1].lower()}{error['msg'][1:]}", ""


def _typed(error: ErrorDetails) -> tuple[str, str] | None:
    """A value of another type than is due."""
    kind, value = error["type"], error["input"]
    if kind in _MAPPING or kind in _LIST:
        due = "a mapping" if kind in _MAPPING else "a list"
        cure = (
            "write its keys in the lines beneath"
            if kind in _MAPPING
            else "write each item in a line of its own, behind a dash"
        )
        return f"{_name(error['loc'])} is {due}, and here is {what(value)}", cure
    number = isinstance(value, int | float)
    for kinds, due, cure in (
        (("bool",), "true or false", "write true or false"),
        (("int", "finite"), "a whole number", "write digits alone, such as 3"),
        (("float",), "a number", "write a number, such as 1.5"),
        (("string_type",), "a text", f'put it in quotes: "{shown(value)}"' if number else "write a text"),
    ):
        if kind.startswith(kinds):
            return f"{what(value)} is not {due}", cure
    return None


def _name(loc: tuple[str | int, ...]) -> str:
    """What the author calls the thing at `loc`: its key, or its place in a list."""
    *around, last = loc or ("",)
    return code(last) if isinstance(last, str) else f"item {last + 1} of {_name(tuple(around))}"


def owner_at(loc: tuple[str | int, ...], owner: str) -> str:
    """What the author calls the mapping that the key at `loc` is in; `owner` is the outermost."""
    named = [step for step in loc[:-1] if isinstance(step, str)]
    if not named:
        return owner
    return f"an item of {code(named[-1])}" if isinstance(loc[-2], int) else code(named[-1])


def what(value: object) -> str:
    """A value of any kind in a message."""
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else shown(value)


def empty(model: type[BaseModel], key: str) -> tuple[str, str]:
    """Message and cure for a key with nothing behind it."""
    field = _field(model, key)
    leave = "" if field is not None and field.is_required() else f", or leave {code(key)} out"
    sample = example(model, key)
    write = "write its value" if sample == "..." else f"write `{key}: {sample}`"
    return f"there is nothing behind {code(key)}", f"{write}{leave}"


def fields_of(model: type[BaseModel]) -> list[str]:
    """The keys that the model has in YAML."""
    return [field.alias or name for name, field in model.model_fields.items()]


def model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that validates what stands at `path` within `model`; the nearest around it where there is none."""
    found, looked_at = model, {model}
    for part in path:
        fields = {field.alias or name: field for candidate in looked_at for name, field in candidate.model_fields.items()}
        if part in fields:
            looked_at = set(_models(fields[str(part)].annotation))
            found = next(iter(sorted(looked_at, key=lambda each: each.__name__)), found)
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    return next((field for name, field in model.model_fields.items() if key in (name, field.alias)), None)


def example(model: type[BaseModel], key: str) -> str:
    """A value that would do for the key, if its type is a quantity; dots otherwise."""
    field = _field(model, key)
    kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
    if field is not None and field.examples:
        return str(field.examples[0])
    quantity = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Quantity)), None)
    return quantity.examples[0] if quantity else "..."

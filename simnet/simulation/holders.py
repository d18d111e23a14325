"""Who holds a function under a name of its own: `from time import sleep`, `def retry(call, sleep=time.sleep)`.

Law: this only looks, at globals of modules, at defaults of functions and at classes; what it finds is a way to set the
value there. Python announces no sleep before 3.13, so one that is not found here would really be slept.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

__all__ = ["Holder", "holders"]

LEFT_ALONE: Final = {
    "_pytest", "_thread", "coverage", "faulthandler", "greenlet", "hypothesis", "pluggy", "pytest", "pytest_timeout",
    "simnet", "sniffio", "trio", "xdist",
}  # fmt: skip
"""Packages whose clocks are those of whoever waits for the run, or of simnet itself."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A place that holds `old`: `get` says what is there now, `set` puts something there."""

    old: object
    get: Callable[[], object]
    set: Callable[[object], None]


def holders(sought: Mapping[int, object]) -> list[Holder]:
    """All places that hold one of the objects, which are given by their `id`."""
    found: list[Holder] = []
    inner: list[Any] = []
    for one in gc.get_referrers(*sought.values()):
        if type(one) is dict and "__name__" in one and ("__builtins__" in one or "__spec__" in one):  # C has no builtins
            if _package(one["__name__"]) not in LEFT_ALONE or one["__name__"] == "trio.to_thread":
                found += _in_dict(one, sought)
        elif type(one) in {dict, tuple}:
            inner.append(one)
    for owner in gc.get_referrers(*inner) if inner else ():
        if isinstance(owner, FunctionType | type) and _package(owner.__module__) not in LEFT_ALONE:
            found += _in_function(owner, sought) if isinstance(owner, FunctionType) else _in_class(owner, sought)
    return found


def _package(name: object) -> str:
    return str(name).partition(".")[0]


def _in_dict(names: dict[str, Any], sought: Mapping[int, object]) -> Iterator[Holder]:
    for name, value in tuple(names.items()):
        if id(value) in sought:
            yield Holder(value, lambda n=name: names.get(n), lambda new, n=name: names.__setitem__(n, new))  # type: ignore[misc]


def _in_function(function: FunctionType, sought: Mapping[int, object]) -> Iterator[Holder]:
    yield from _in_dict(function.__kwdefaults__ or {}, sought)
    for place, value in enumerate(function.__defaults__ or ()):
        if id(value) in sought:
            yield _Default(function, place).holder(value)


@dataclass(frozen=True, slots=True)
class _Default:
    function: FunctionType
    place: int

    def holder(self, value: object) -> Holder:
        return Holder(value, self._get, self._set)

    def _get(self) -> object:
        return (self.function.__defaults__ or (None,) * (self.place + 1))[self.place]

    def _set(self, new: object) -> None:
        before = self.function.__defaults__ or ()
        self.function.__defaults__ = (*before[: self.place], new, *before[self.place + 1 :])


def _in_class(cls: type, sought: Mapping[int, object]) -> Iterator[Holder]:
    """A function of C is no method where it stands in a class; one of Python would be."""

    def get(name: str) -> object:
        value = cls.__dict__.get(name)
        return value.__func__ if isinstance(value, staticmethod) else value

    def put(name: str, new: Any, old: object) -> None:
        setattr(cls, name, staticmethod(new) if isinstance(new, FunctionType) and new is not old else new)

    for name, value in tuple(cls.__dict__.items()):
        if id(value) in sought and not isinstance(value, FunctionType):
            yield Holder(value, lambda n=name: get(n), lambda new, n=name, old=value: put(n, new, old))  # type: ignore[misc]

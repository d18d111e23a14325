"""Calls functions of a client in Python and reports each: `python -P runner.py FOLDER TARGET BODY STEP...`.

A step is `get=module:function`, `post=module:function` or `rest=SECONDS`; the module lies in FOLDER or can be imported.
Each call is one line of JSON on standard error: `call`, `seconds`, and either `data` (base64) or `error`, the chain of
exceptions from the outermost on. A definition that cannot be run at all says `broken`, and the status is 3.

Law: a file of its own in the standard library alone (it runs in whatever Python has the client), which changes nothing
of what a client would do by itself: no time-out, no retry, no signal handler, no logging.
"""

from __future__ import annotations

import base64
import errno
import importlib
import importlib.util
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__: list[str] = []

BROKEN = 3
DEEPEST = 12
"""Exceptions of one chain that are told."""
LONGEST = 300
"""Characters of one message."""

EAI = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}
"""The errors of getaddrinfo(3), by number."""


class DefinitionError(Exception):
    """There is no such function, or it did not return bytes."""


def main(folder: str, target: str, body: str, *steps: str) -> int:
    """Do the steps; the status to exit with."""
    sys.path.append(folder)  # last, so that what lies there hides no installed module
    try:
        plan = [(way, float(what) if way == "rest" else _function(folder, what)) for way, _, what in map(_parts, steps)]
    except Exception as error:  # noqa: BLE001 - whatever an import may raise
        return _broken(error)
    failed = False
    for way, what in plan:
        if isinstance(what, float):
            time.sleep(what)
            continue
        arguments = (target,) if way == "get" else (target, body.encode())
        try:
            failed |= not _call(way, what, *arguments)
        except DefinitionError as error:
            return _broken(error)
    return int(failed)


def _parts(step: str) -> tuple[str, str, str]:
    return step.partition("=")


def _function(folder: str, place: str) -> Callable[..., object]:
    module, _, name = place.partition(":")
    found = getattr(_module(folder, module), name, None)
    if not callable(found):
        raise DefinitionError(f"there is no function `{name}` in {module}")
    return found  # type: ignore[no-any-return]  # what is callable


def _module(folder: str, name: str) -> object:
    """The module beside the definition, else the one that can be imported."""
    beside = Path(folder, f"{name}.py")
    if name in sys.modules or not beside.is_file():
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, beside)
    assert spec is not None, "the name ends in .py"
    assert spec.loader is not None, "as above"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _call(way: str, function: Callable[..., object], *arguments: object) -> bool:
    began = time.monotonic()
    try:
        data = function(*arguments)
    except Exception as error:  # noqa: BLE001 - this is what is to be reported
        _say(call=way, seconds=time.monotonic() - began, error=[_told(each) for each in _chain(error)])
        return False
    lasted = time.monotonic() - began
    if not isinstance(data, bytes | bytearray | memoryview):
        raise DefinitionError(f"{function.__module__}:{function.__qualname__} returned {type(data).__name__}, not bytes")
    _say(call=way, seconds=lasted, data=base64.b64encode(data).decode())
    return True


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it stands for: causes, contexts, reasons, groups, arguments; each once."""
    todo, seen = [error], set[int]()
    while todo and len(seen) < DEEPEST:
        each = todo.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *getattr(each, "exceptions", ())]
        todo += [one for one in (*inner, *each.args) if isinstance(one, BaseException)]


def _told(error: BaseException) -> dict[str, str]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "errno": _errno(error), "message": str(error)[:LONGEST]}


def _errno(error: BaseException) -> str:
    """By name: of the kernel, of getaddrinfo, or OpenSSL's reason."""
    reason = getattr(error, "reason", None)
    if type(error).__module__ == "ssl" and isinstance(reason, str):
        return reason
    number = getattr(error, "errno", None)
    if not isinstance(error, OSError) or not isinstance(number, int):
        return ""
    names = EAI if isinstance(error, socket.gaierror) else errno.errorcode
    return names.get(number, str(number))


def _broken(error: Exception) -> int:
    _say(broken=f"{type(error).__name__}: {error}"[:LONGEST])
    return BROKEN


def _say(**line: object) -> None:
    sys.stderr.write(f"\n{json.dumps(line)}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

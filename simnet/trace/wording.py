"""How figures and foreign texts read on a terminal.

Law: what a client or a scenario's author wrote is shown, never obeyed: control characters become escapes, and callers
put the result into `rich.text.Text`, which interprets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["endpoint", "evidence", "plural", "seconds", "shown", "size"]


def shown(text: object) -> str:
    """`text` with everything that would move the cursor, colour, or reorder the line (controls, bidi) as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def size(count: int) -> str:
    """A number of bytes in at most three figures: `17 B`, `1.21 KiB`, `64 MiB`."""
    number, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if number < 999.5:
            break
        number, unit = number / 1024, larger
    return f"{number:.3g} {unit}"


def seconds(length: float) -> str:
    """A length of time in at most three figures: `0.4 ms`, `250 ms`, `2.03 s`, `61 s`."""
    if length < 0.9995:
        return f"{length * 1e3:.3g} ms"
    return f"{length:.3g} s" if length < 999.5 else f"{length:.0f} s"


def plural(count: int, one: str) -> str:
    """`1 attempt`, `2 attempts`, `2 tries`."""
    if count == 1:
        return f"{count} {one}"
    return f"{count} {one[:-1]}ies" if one[-2:] in {"ry", "ty", "cy"} else f"{count} {one}s"


def endpoint(address: str, port: int) -> str:
    """`127.0.0.1:80`, `[::1]:80`."""
    return shown(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")


def evidence(said: Mapping[str, str | int | float | bool]) -> str:
    """What the kernel said, in one line: `errno ECONNREFUSED, client tcp state CLOSE`."""
    return ", ".join(f"{shown(name).replace('_', ' ')} {_value(value)}" for name, value in said.items())


def _value(value: str | float | bool) -> str:  # noqa: FBT001 - evidence may be yes or no
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else shown(value)

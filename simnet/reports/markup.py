"""HTML that is right by construction.

Law: whatever is not `Markup` is text: it is escaped, and its control characters are shown as escapes. So what a client or an
author wrote can be read in the page and never becomes a part of it.
"""

from __future__ import annotations

import html
from typing import final

from simnet.trace.wording import shown

__all__ = ["Markup", "element", "join"]

EMPTY = {"input", "line", "meta", "rect", "use"}
"""Elements that have no end tag, or here no content."""


@final
class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """`<name attribute="...">children</name>`; attributes that are None or False are left out, `_` stands for `-`.

    Names that Python keeps for itself end in an underscore: `class_`, `for_`.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"' for key, value in attributes.items() if _is_said(value)
    )
    inside = join(*children)
    if name in EMPTY and not inside:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{inside}</{name}>")


def join(*children: object) -> Markup:
    """The children one after the other; None is nothing."""
    return Markup(
        "".join(child if isinstance(child, Markup) else _text(child) for child in children if child is not None)
    )


def _is_said(value: object) -> bool:
    return value is not None and value is not False


def _text(value: object) -> str:
    return html.escape("" if value is True else shown(value))

"""What every page of ours is wrapped in: one file that loads nothing, whatever is written in it.

Law: the policy names the only style and the only script by their hashes (Content Security Policy Level 3, section 2.3.1),
so that nothing else can run, were it ever to get in.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from simnet.reports.markup import Markup, element

__all__ = ["own", "self_contained"]


def own(package: str, name: str) -> Markup:
    """A style or a script that lies in the package."""
    return Markup(files(package).joinpath(name).read_text("utf-8"))


def self_contained(title: str, style: Markup, script: Markup, *body: str) -> str:
    """The page."""
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · simnet"),
        element("style", style),
    )
    inside = element("body", *body, element("script", script))
    return f"<!DOCTYPE html>\n{element('html', head, inside, lang='en')}\n"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

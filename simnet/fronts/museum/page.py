"""`docs/museum.md`: every exhibit with its source, its versions, and what was seen in each.

Law: what stands in the page was seen, by `simnet museum --all` alone; nothing is put in by hand.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from simnet.fronts.museum.record import Record, Seen
from simnet.scenario.bug import Bug, Environment

__all__ = ["page"]

LINES = 8
"""Lines of a client's output, from its end."""


def page(records: Sequence[Record]) -> str:
    """The page, as Markdown."""
    return "\n".join(_page(records)) + "\n"


def _page(records: Sequence[Record]) -> Iterator[str]:
    yield "# The museum of client bugs"
    yield ""
    yield "<!-- written by `simnet museum --all --markdown` -->"
    yield ""
    yield "Bugs of real clients, each brought out by a scenario of `scenarios/bugs/`: the bad version fails its expectations,"
    yield "the good one meets them. `simnet museum NAME` installs both in environments of their own, runs them, and shows the"
    yield "two diagrams. What stands here was seen by `simnet museum --all`."
    yield ""
    yield "| exhibit | whose | bad → good | as told |"
    yield "|---|---|---|---|"
    for one in records:
        versions = f"{_cell(one.bad.name)} → {_cell(one.good.name)}"
        yield f"| [`{one.name}`](#{one.name}) | {_cell(one.of)} | {versions} | {_told(one)} |"
    for one in records:
        yield ""
        yield from _exhibit(one)
    yield ""
    yield from _own()


def _own() -> Iterator[str]:
    """How one writes an exhibit, from the format itself."""
    yield "## An exhibit of your own"
    yield ""
    yield "Any scenario with a `run:` and an `expect:` becomes an exhibit by the key `bug:`; `simnet museum FILE.yaml` shows it. The"
    yield "client is a script beside the file, and runs there. The bad version must break an expectation and the good one meet all;"
    yield "either must come to a service, end as is expected, and print what stands under `shows`."
    for model, title in (
        (Bug, "`bug`"),
        (Environment, "`bad` and `good`, which have one of `python`, `node` and `program`"),
    ):
        yield ""
        yield f"{title}:"
        yield ""
        yield "| key | what it is |"
        yield "|---|---|"
        yield from (f"| `{key}` | {_cell(field.description or '')} |" for key, field in model.model_fields.items())


def _told(record: Record) -> str:
    return "yes" if record.as_told else "not run" if record.unavailable else "no"


def _exhibit(record: Record) -> Iterator[str]:
    yield f"## {record.name}"
    yield ""
    yield f"**{_prose(record.of)}: {_prose(record.title)}**"
    yield ""
    for words in (record.about, record.found, f"Look at {record.look_at}."):
        if words.strip():
            yield _prose(words)
            yield ""
    for issue in record.issues:
        yield f"- <{issue}>"
    if record.issues:
        yield ""
    yield from _seen("Bad", record.bad)
    yield from _seen("Good", record.good)
    yield f"`simnet museum {record.name}`"


def _seen(word: str, seen: Seen) -> Iterator[str]:
    yield f"{word}, `{seen.name}`" + (
        f": not run: {_prose(seen.unavailable)}" if seen.unavailable else f", `{seen.command}`:"
    )
    yield ""
    if not seen.unavailable:
        yield "```"
        yield from seen.output.replace("```", "'''").rstrip().splitlines()[-LINES:]
        yield from (f"✗ {line.splitlines()[0]}" for line in seen.differences)
        yield from ([] if seen.differences else ["✓ all held"])
        yield "```"
        yield ""
        if seen.departure:
            yield f"Not as told: {_prose(seen.departure)}"
            yield ""


def _prose(words: str) -> str:
    """On one line, with nothing in it that Markdown would obey as HTML."""
    return html.escape(" ".join(words.split()), quote=False)


def _cell(words: str) -> str:
    return _prose(words).replace("|", "\\|")

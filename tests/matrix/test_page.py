"""The page of a matrix: everything is in it, and what a client wrote is text alone."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from simnet.matrix.document import Matrix
from simnet.matrix.outcome import Cause
from simnet.matrix.page import page
from tests.matrix.conftest import HANGS, REFUSED, RIGHT, TWICE, cell, matrix_of

HOSTILE: Final = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)> & \x1b[31m\u202e"


def hostile_matrix() -> Matrix:
    """Everything that a client says is an attack."""
    call = REFUSED.calls[0].model_copy(update={"error": (Cause(type=HOSTILE, errno=HOSTILE, message=HOSTILE),)})
    outcome = REFUSED.model_copy(update={"calls": (call,)})
    return matrix_of(
        cell("refuse", outcome, said=HOSTILE, run=HOSTILE, diagram=HOSTILE, trace=(HOSTILE,)),
        cell("stall", HANGS, version=HOSTILE),
    )


def plain_matrix() -> Matrix:
    """Two clients and three failures."""
    rows = {
        "none": (RIGHT, RIGHT),
        "refuse": (REFUSED, RIGHT),
        "stall": (RIGHT, HANGS),
        "close_at_reuse": (TWICE, REFUSED),
    }
    diagram = "client ──SYN──▶ api"
    return matrix_of(
        *(cell(name, outcome, client, diagram=diagram, run=f"simnet run {name}") for name, both in rows.items() for client, outcome in zip(("curl", "other"), both, strict=True))
    )  # fmt: skip


class Tags(HTMLParser):
    """The elements that a browser sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note each."""
        self.seen.append((tag, dict(attrs)))


def test_what_a_client_writes_is_no_markup() -> None:
    """No element comes of it, and the stories are packed and have it letter by letter, controls as escapes."""
    text = page(hostile_matrix())
    tags = Tags(text).seen
    assert [tag for tag, _ in tags].count("script") == 2
    assert "img" not in {tag for tag, _ in tags}
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    data = re.search(r'<script type="application/gzip" id="cells">([\w+/=]*)</script>', text)
    assert data is not None
    story = json.loads(gzip.decompress(base64.b64decode(data[1])))["cells"]["mine/plain/refuse"]
    assert story["run"] == HOSTILE
    assert story["chain"][0][3].startswith("</script><script>")
    assert "\x1b" not in story["chain"][0][3]


def test_the_page_needs_nothing_else() -> None:
    """Nothing is fetched, and its own policy would not let anything be."""
    text = page(plain_matrix())
    assert not re.search(r"(?:src|href)=[\"'](?!#)", text)
    policies = [str(attributes["content"]) for tag, attributes in Tags(text).seen if "http-equiv" in attributes]
    assert [policy.partition(";")[0] for policy in policies] == ["default-src 'none'"]


def test_each_cell_has_its_place() -> None:
    """A row for each failure, a column for each client, and a button for each cell; one that is not there is none."""
    tags = Tags(page(matrix_of(cell("refuse", client="a"), cell("stall", client="b")))).seen
    assert [attributes["data-failure"] for tag, attributes in tags if tag == "tr" and "data-failure" in attributes] == [
        "refuse",
        "stall",
    ]
    assert [attributes.get("data-v") for tag, attributes in tags if tag == "td"] == ["error", None, None, "error"]


CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def seen_by_browser(folder: Path, fragment: str) -> str:
    """The page after its script has run, as a browser has it."""
    assert CHROMIUM is not None, "see the mark"
    (folder / "m.html").write_text(page(plain_matrix()), "utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--virtual-time-budget=3000", "--dump-dom", f"{(folder / 'm.html').as_uri()}#{fragment}"]
    environment = {**os.environ, "HOME": str(folder)}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True, env=environment)
    return ran.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_filters_sorts_and_opens(tmp_path: Path) -> None:
    """A link says what is shown: one client, two verdicts, sorted by it, and one cell opened with its whole story."""
    text = seen_by_browser(tmp_path, "clients=curl&v=twice,error&sort=curl/plain&cell=curl/plain/close_at_reuse")
    rows = re.findall(r'<tr data-failure="(\w+)"[^>]*?(?: class="(\w*)")?>', text)
    assert rows == [("close_at_reuse", ""), ("refuse", ""), ("none", "gone"), ("stall", "gone")]
    assert "2 of 8 cells" in text
    assert re.search(r'<th[^>]*aria-sort="ascending"[^>]*data-client="curl"', text)
    assert re.search(r"<dialog[^>]*open", text)
    assert "it took effect 2 times" in text
    assert "<pre>client ──SYN──▶ api</pre>" in text
    assert len(re.findall(r'<button type="button" tabindex="0"', text)) == 1

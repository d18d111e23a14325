"""A client's definition: what a file may say, and what it is told when it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import simnet.fronts.matrix
from simnet.errors import ScenarioError
from simnet.matrix.definition import Client, Setting, Way, read_client

OURS: Final = sorted(Path(simnet.fronts.matrix.__path__[0], "clients").glob("*.yaml"))

TEXT: Final = """
client: mine
needs: {python: requests, program: [curl]}
plain: {get: "mine:get", post: "mine:post"}
well_set_up: {get: [curl, "{url}"]}
"""


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_each_definition_of_ours_can_be_read(path: Path) -> None:
    """Every file is valid, is named like its client, and what it calls lies beside it."""
    client = read_client(path.read_text("utf-8"), path.name)
    assert client.client == path.stem
    for set_up in client.set_ups():
        functions = [call for call in (set_up.get, set_up.post) if isinstance(call, str)]
        assert all(path.with_name(f"{function.partition(':')[0]}.py").is_file() for function in functions)


def test_what_a_client_can_be_asked() -> None:
    """Functions can be called one after the other; of a command only that which it has by itself."""
    client = read_client(TEXT, "mine.yaml")
    careful = client.set_up(Setting.WELL_SET_UP)
    assert careful is not None
    assert [client.plain.can(way) for way in Way] == [True, True, True]
    assert [careful.can(way) for way in Way] == [True, False, False]
    assert client.needs.python == ("requests",)


def test_a_definition_is_a_value() -> None:
    """What is read, written as data and read again is equal."""
    client = read_client(TEXT, "mine.yaml")
    assert Client.model_validate(client.model_dump(mode="json")) == client


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("client: a", "mine.yaml: the key `plain` is missing"),
        ("- 1", "this defines no client"),
        ("client: [", "this is not YAML"),
        ("client: a b\nplain: {get: 'a:b'}", "mine.yaml:1:1: client:"),
        (
            "client: a\nplian: {}\nplain: {get: 'a:b'}",
            "mine.yaml:2:1: there is no key `plian`\n    did you mean `plain`?",
        ),
        ("client: a\nplain: {get: curl}", "neither `module:function` nor a list of words"),
        ("client: a\nplain: {get: [curl, 8]}", "8 is not a word of a command; put it in quotes"),
        ("client: a\nplain: {get: [curl, '{uri}']}", "nothing is put in place of {uri}"),
        ("client: a\nplain: {get: ['{build}/a']}", "there is no `build`"),
        ("client: a\nplain: {get: []}", "at least 1 item"),
        ("client: a\nplain: {get: 'a:b', put: 'a:c'}", "there is no key `plain.put`"),
    ],
)
def test_what_is_wrong_is_told(text: str, said: str) -> None:
    """The file, the key and the cure, at once."""
    with pytest.raises(ScenarioError) as caught:
        read_client(text, "mine.yaml")
    assert said in str(caught.value)

"""What was overheard, as a script: the client hears the same again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.recording import Tape, transcript
from simnet.scenario import Scenario, dump, load_text
from simnet.services.contract import ClientNonsense
from tests.services.conftest import Heard, converse


def tape_of(*connections: Sequence[tuple[str, bytes | str]], pause: float = 0.0) -> Tape:
    """A tape on which these were heard, each so long after the one before; a text is an ending."""
    now = [0.0]
    tape = Tape(lambda: now[0])
    for number, events in enumerate(connections, 1):
        for by, what in events:
            now[0] += pause
            if isinstance(what, bytes):
                tape.heard(number, by, what)
            else:
                tape.ended(number, by, what)
    return tape


def replay(scenario: Scenario, *pieces: bytes, connection: int = 1) -> Heard:
    """What the script says to a client that sends these pieces, after a way through a file."""
    service = load_text(dump(scenario)).services["server"].speaks
    return converse(service, [], Heard([piece for piece in pieces if piece], connection=connection))


spoken = st.tuples(st.sampled_from(["client", "upstream"]), st.binary(min_size=1, max_size=40))


@given(st.lists(st.lists(spoken, max_size=8), min_size=1, max_size=3), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_conversation_replayed_gives_the_client_the_same_bytes(
    connections: list[list[tuple[str, bytes]]], whole: bool  # noqa: FBT001
) -> None:
    """Whatever was said in whatever turns, on any number of connections, and however TCP cuts what the client says now."""
    connections = [[*events, ("client", b"end")] for events in connections]
    ends: list[list[tuple[str, bytes | str]]] = [[*events, ("client", "FIN"), ("upstream", "FIN")] for events in connections]
    made = transcript(tape_of(*ends), "t")
    for number, events in enumerate(connections, 1):
        said = b"".join(data for by, data in events if by == "client")
        pieces = [said] if whole else [bytes([byte]) for byte in said]
        heard = replay(made, *pieces, connection=number)
        if not any(secret in b"".join(d for _, d in events).lower() for secret in (b"pass", b"auth", b"=", b":")):
            assert bytes(heard.said) == b"".join(data for by, data in events if by == "upstream")
        assert heard.log == ["FIN"]


def test_a_client_that_says_something_else_is_told_of() -> None:
    """Byte and all, as by any script."""
    made = transcript(tape_of([("client", b"PING\r\n"), ("upstream", b"PONG\r\n")]), "t")
    with pytest.raises(ClientNonsense, match="at byte 1"):
        replay(made, b"PUNG\r\n")


def test_timing_is_kept() -> None:
    """The server's pauses, from 5 ms on; the client's own are its own."""
    events = [("client", b"a"), ("upstream", b"b"), ("upstream", b"c"), ("client", b"d"), ("upstream", "FIN")]
    text = dump(transcript(tape_of(events, pause=0.25), "t"))
    assert text.count("wait: 250ms") == 3


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([("client", b"a"), ("upstream", "RST")], "- reset"),
        ([("client", b"a"), ("upstream", "FIN")], "- half_close"),
        ([("client", b"a"), ("client", "RST")], "- drain"),
        ([("client", b"a"), ("upstream", b"b")], "- drain"),
        ([("upstream", "RST")], "- reset"),
        ([("client", b"a"), ("client", "FIN")], "end: true"),
    ],
)
def test_the_ending_is_kept(events: list[tuple[str, bytes | str]], last: str) -> None:
    """FIN and RST of the server are said again; where the client is the one who ends, it is waited for."""
    assert dump(transcript(tape_of(events), "t")).rstrip().endswith(last)


def test_a_secret_of_the_client_may_be_anything_of_its_length() -> None:
    """It is not in the file, and another one does as well; the server's is overwritten."""
    one = [("client", b"AUTH hunter2\r\n"), ("upstream", b'{"token": "geheim"}'), ("client", "FIN")]
    made = transcript(tape_of(one), "t")
    assert "hunter2" not in dump(made)
    assert bytes(replay(made, b"AUTH 1234567\r\n").said) == b'{"token": "XXXXXX"}'


def test_what_differs_from_connection_to_connection_may_be_anything() -> None:
    """A nonce in an otherwise equal message is expected by its length; then one conversation does for all."""
    calls = [[("client", f"HELLO nonce {n} please\r\n".encode()), ("upstream", b"OK"), ("client", "FIN")] for n in (123, 987)]
    made = transcript(tape_of(*calls), "t")
    assert "steps" in dump(made)
    assert "conversations" not in dump(made)
    assert bytes(replay(made, b"HELLO nonce 555 please\r\n", connection=7).said) == b"OK"


def test_nothing_recorded_is_said() -> None:
    """An empty tape is no scenario."""
    with pytest.raises(ValueError, match="no client came"):
        transcript(tape_of(), "t")

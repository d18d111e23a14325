"""`script` by itself: no network, only bytes in and out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.services.contract import ClientNonsense, ConversationOver
from simnet.services.script import Script
from tests.services.conftest import Heard, converse

INCR = r"\*2\r\n\$4\r\nINCR\r\n\$\d+\r\n(?P<key>\w+)\r\n"


def script(*steps: object) -> Script:
    """A script of these steps, as from YAML."""
    return Script.model_validate({"steps": steps})


def said(service: Script, *pieces: bytes) -> bytes:
    """What it says to a client that sends these pieces."""
    return bytes(converse(service, pieces).said)


def trouble(service: Script, *pieces: bytes) -> str:
    """What it complains of."""
    with pytest.raises(ClientNonsense) as caught:
        converse(service, pieces)
    return str(caught.value)


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=5), st.data())
def test_where_tcp_cuts_the_stream_makes_no_difference(words: list[bytes], data: st.DataObject) -> None:
    """A script that answers each exact word answers the whole stream alike, however it is cut."""
    steps = [step for word in words for step in ({"expect": {"hex": word.hex()}}, {"send": {"hex": word[::-1].hex()}})]
    whole = b"".join(words)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=9)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert said(script(*steps), *pieces) == b"".join(word[::-1] for word in words)


@pytest.mark.parametrize(
    ("expected", "stream", "rest"),
    [
        ("PING\r\n", b"PING\r\nx", b"x"),
        ({"hex": "00 ff"}, b"\x00\xffx", b"x"),
        ({"base64": "AP8="}, b"\x00\xffx", b"x"),
        ({"bytes": "3 B"}, b"abcx", b"x"),
        ({"until": "\r\n"}, b"any\rthing\r\nx", b"x"),
        ({"until": ";", "times": 3}, b"a;b;c;x", b"x"),
        ({"length": {"size": 3, "order": "little", "plus": 4}}, b"\x02\0\0\x01hix", b"x"),
        ({"length": {"at": 1, "size": 4, "plus": 1}}, b"Q\0\0\0\x06hix", b"x"),
        ({"regex": r"GET (?P<what>\w+)\n"}, b"GET it\nx", b"x"),
        ({"until": "\r\n", "times": 5, "regex": INCR}, b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\nx", b"x"),
    ],
)
@pytest.mark.parametrize("size", [1, 99])
def test_a_unit_ends_where_it_says(expected: object, stream: bytes, rest: bytes, size: int) -> None:
    """Of every kind of unit just so many bytes are taken, the next step has the rest; byte by byte or at once."""
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    follows = {"expect": {"hex": rest.hex()}}
    assert said(script({"expect": expected}, follows, {"send": "ok"}), *pieces) == b"ok"


@pytest.mark.parametrize(
    ("expected", "stream", "words"),
    [
        ("PING\r\n", b"PIXG\r\n", 'step 2: at byte 4 of what the client says, "PING\\r\\n" is due and "PIXG\\r\\n" came'),
        ("PING\r\n", b"PI", 'step 2: at byte 4 of what the client says, "PING\\r\\n" is due and "PI" and its FIN came'),
        ("PING\r\n", b"", 'step 2: at byte 2 of what the client says, "PING\\r\\n" is due and its FIN came'),
        ({"end": True}, b"x", 'step 2: at byte 2 of what the client says, its FIN is due and "x" came'),
        ({"bytes": "9 B"}, b"12", 'step 2: at byte 4 of what the client says, 9 B is due and "12" and its FIN came'),
        (
            {"until": ";", "at_most": "3 B"},
            b"abcd",
            "at byte 5 of what the client says, up to ';' is due and more than 3 bytes",
        ),
        ({"regex": "a+\n"}, b"aab\n", 'at byte 2 of what the client says, a line like /a+\n/ is due and "aab\\n" came'),
        (
            {"length": {"size": 1}, "at_most": "9 B"},
            b"\xff12",
            "a unit with its length in front is due and more than 9 bytes",
        ),
    ],
)
def test_a_client_that_says_something_else_is_told_of_exactly(expected: object, stream: bytes, words: str) -> None:
    """Step, byte, what was due and what came; the bytes of the steps before are counted."""
    found = trouble(script({"expect": "ab"}, {"expect": expected}), b"ab", stream)
    assert words in found


def test_what_is_captured_can_be_sent() -> None:
    """The named groups of an expression and stretches of the unit, by name, between other pieces."""
    service = script(
        {"expect": {"regex": r"(?P<name>\w+) \d+\n", "capture": {"tail": "2..", "first": "..1"}}},
        {"send": ["<", {"captured": "name"}, {"hex": "00"}, {"captured": "first"}, {"captured": "tail"}]},
    )
    assert said(service, b"bob 42\n") == b"<bob\0bb 42\n"


def test_a_websocket_key_is_answered() -> None:
    """The example of RFC 6455 section 1.3."""
    service = script({"expect": {"regex": r"(?P<key>.*)\n"}}, {"send": {"websocket_accept": "key"}})
    assert said(service, b"dGhlIHNhbXBsZSBub25jZQ==\n") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_loop_counts_and_one_without_end_lets_its_client_leave() -> None:
    """Three rounds and then on; for ever, until the client leaves between two rounds, which is no trouble."""
    echo = [{"expect": {"bytes": "1 B"}}, {"send": "."}]
    assert said(script({"loop": echo, "times": 3}, {"send": "!"}), b"abc") == b"...!"
    assert said(script({"loop": echo}), b"abcde") == b"....."
    assert "its FIN" in trouble(script({"loop": [*echo, {"expect": "x"}]}), b"a")


def test_an_inner_loop_is_counted_anew() -> None:
    """Each time that the outer one comes to it."""
    inner = {"loop": [{"send": "i"}], "times": 2}
    assert said(script({"loop": [inner, {"send": "o"}], "times": 3})) == b"iioiioiio"


def test_labels_are_gone_to_from_anywhere() -> None:
    """Back, on, and out of a loop."""
    service = script(
        {"goto": "middle"},
        {"label": "end"},
        {"send": "e"},
        "close",
        {"label": "middle"},
        {"loop": [{"send": "m"}, {"goto": "end"}]},
    )
    assert said(service) == b"me"


def test_a_script_that_goes_round_and_round_is_ended() -> None:
    """It gives the others their turn and then says what it does."""
    assert "neither says nor hears" in trouble(script({"label": "a"}, {"wait": "0s"}, {"goto": "a"}))


@pytest.mark.parametrize(("first", "answer"), [(b"GET\r\n", b"g"), (b"SET k\r\n", b"s")])
def test_of_several_things_the_first_that_is_said_is_answered(first: bytes, answer: bytes) -> None:
    """And it goes on behind the choice."""
    branches = [
        {"expect": "GET\r\n", "then": [{"send": "g"}]},
        {"expect": {"regex": "SET .*\r\n"}, "then": [{"send": "s"}]},
    ]
    assert said(script({"either": branches}, {"send": "!"}), first) == answer + b"!"
    assert '"GET\\r\\n" or a line' in trouble(script({"either": branches}), b"PUT\r\n")


def test_a_step_marked_as_a_request_is_one() -> None:
    """It begins when it is heard whole, and ends when the next thing is waited for."""
    service = script({"loop": [{"expect": {"regex": "INCR .*\n"}, "request": "INCR"}, {"send": "1"}]})
    assert service.tells_requests
    assert not script({"expect": "a"}).tells_requests
    assert converse(service, [b"INCR a\nIN", b"CR b\n"]).log == ["INCR ", "0", "INCR ", "0"]


def test_each_connection_has_the_conversation_that_is_its_own() -> None:
    """The first that names its number, or that names none; a connection that has none is closed."""
    parts = [{"connections": 1, "steps": [{"send": "one"}]}, {"connections": "2-3", "steps": [{"send": "two"}]}]
    service = Script.model_validate({"conversations": parts})
    heard = [Heard([], connection=number) for number in (1, 2, 3, 4)]
    assert [bytes(converse(service, [], one).said) for one in heard] == [b"one", b"two", b"two", b""]


def test_how_it_ends_is_said_in_a_word() -> None:
    """FIN and go on, RST, read to the end, and FIN by itself when there is nothing more."""
    assert converse(script("half_close", {"expect": "a"}, {"expect": {"end": True}}), [b"a"]).log == ["FIN"]
    with pytest.raises(ConversationOver):
        converse(script("reset", {"send": "never"}), [], Heard([]))
    assert said(script("drain", {"send": "bye"}), b"a", b"b") == b"bye"
    assert said(script({"wait": "3s"}, "close", {"send": "never"})) == b""


def test_a_bad_expression_cannot_take_long() -> None:
    """What would make a backtracking engine try 2**65000 ways is settled in time linear in the unit."""
    service = script({"expect": {"until": ";", "regex": "(a+)+;b", "at_most": "1 MiB"}})
    assert "is due" in trouble(service, b"a" * 1_000_000 + b";")


PLAIN_STEPS: list[object] = [
    *({"expect": {"bytes": "1 B"}}, {"expect": {"until": "a"}}, {"expect": "ab"}, {"expect": {"end": True}}),
    *({"expect": {"length": {"size": 2, "plus": -3}}}, {"expect": {"regex": "(?P<x>.)+\n"}}, {"send": "s"}),
    *({"wait": "1s"}, "drain", "close", "half_close", "reset"),
]
random_steps = st.recursive(
    st.sampled_from(PLAIN_STEPS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda steps: {"loop": steps}),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda steps: {"either": [{"expect": {"bytes": "2 B"}, "then": steps}]}
        ),
    ),
    max_leaves=6,
)


@given(st.lists(random_steps, max_size=6), st.lists(st.binary(max_size=20), max_size=6))
@settings(max_examples=150, deadline=None)
def test_whatever_the_client_says_the_script_ends(steps: list[object], pieces: list[bytes]) -> None:
    """Random bytes at a random script: it ends, by itself or by saying what is wrong, and nothing else is raised."""
    heard = Heard([piece for piece in pieces if piece], most_sent=200)
    with contextlib.suppress(ClientNonsense, ConversationOver):
        converse(script(*steps), [], heard)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (["dran"], 'there is no step "dran"; write one of close, reset, half_close, drain'),
        ([{"expect": "a", "send": "b"}], "a step has `expect` and `send`; leave one out"),
        ([{}], "a step says nothing"),
        ([{"send": "a", "request": "A"}], "leave `request` out of a step with `send`"),
        ([{"send": "a", "times": 2}], "`times` belongs to `loop`"),
        ([{"loop": []}], "`loop` is empty"),
        ([{"goto": "x"}], "step 1 goes to x, and nothing has that label"),
        ([{"label": "x"}, {"loop": [{"label": "x"}, "drain"]}], "has the label x, and so has another"),
        ([{"send": {"captured": "x"}}], "step 1 sends what no `expect` captures"),
        ([{"send": {"websocket_accept": "x"}}], "step 1 sends what no `expect` captures"),
        ([{"send": {"hex": "0"}}], "is not hexadecimal"),
        ([{"send": {"base64": "?"}}], "is not base64"),
        ([{"send": ""}], "an empty piece sends nothing"),
        ([{"expect": {"regex": r"(a)\1"}}], "is no regular expression of RE2"),
        ([{"expect": {"text": "a", "regex": "a"}}], "`text` is exact"),
        ([{"expect": {"bytes": "0 B"}}], "write 1 B to 1 MiB"),
        ([{"expect": {"bytes": "1 B", "times": 2}}], "`times` counts delimiters"),
        ([{"expect": {"until": ";", "at_most": "2 MiB"}}], "write 1 B to 1 MiB"),
    ],
)
def test_what_cannot_be_played_is_refused(steps: list[object], why: str) -> None:
    """Each with its cure."""
    with pytest.raises(ValidationError) as caught:
        script(*steps)
    assert why in str(caught.value)

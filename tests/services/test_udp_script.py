"""`udp_script`: datagrams as they are due, each whole; what is not due is told of and passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.services.contract import ClientNonsense, Transport
from simnet.services.udp_script import UdpScript


@dataclass(slots=True)
class Told:
    """A `Peer` in memory: gives out `datagrams`, and leaves when there is none."""

    datagrams: list[bytes]
    said: list[bytes] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def receive(self) -> bytes:
        """See `Peer`."""
        await trio.lowlevel.checkpoint()
        if not self.datagrams:
            raise EOFError
        return self.datagrams.pop(0)

    async def send(self, data: bytes) -> None:
        """See `Peer`."""
        self.said.append(data)

    async def wait(self, seconds: float) -> None:
        """See `Peer`."""
        await trio.lowlevel.checkpoint()
        self.waited.append(seconds)

    def misheard(self, message: str) -> None:
        """See `Peer`."""
        self.wrong.append(message)


def play(steps: Sequence[object], *datagrams: bytes) -> Told:
    """One conversation, to its end or to that of the datagrams."""
    script, told = UdpScript.model_validate({"steps": list(steps)}), Told(list(datagrams))

    async def main() -> None:
        try:
            await script.attend(told)
        except EOFError:
            pass
        except ClientNonsense as nonsense:
            told.misheard(str(nonsense))

    trio.run(main)
    return told


GREETS = [
    {"expect": {"regex": "HELLO (?P<name>.*)"}},
    {"send": ["hi ", {"captured": "name"}]},
    {"either": [{"expect": "BYE", "then": [{"send": "bye"}]}, {"expect": {"bytes": "2 B"}, "then": [{"wait": "1s"}]}]},
]


def test_each_expect_is_a_datagram_and_each_send_makes_one() -> None:
    """Captures, choices and pauses are as with a connection."""
    told = play(GREETS, b"HELLO ann", b"BYE")
    assert (told.said, told.wrong, told.waited) == ([b"hi ann", b"bye"], [], [])
    assert play(GREETS, b"HELLO ann", b"\x00\x01").waited == [1.0]


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"HELP", "at byte 3 of the datagram, \"HELLO\" is due and \"HELP\" came"),
        (b"HEL", 'at byte 3 of the datagram, "HELLO" is due and the end of the datagram came'),
        (b"HELLO!", 'at byte 5 of the datagram, "HELLO" is due and "!" besides came'),
        (b"", 'at byte 0 of the datagram, "HELLO" is due and the end of the datagram came'),
    ],
)  # fmt: skip
def test_what_is_not_due_is_told_of_and_passed_over(datagram: bytes, why: str) -> None:
    """With the byte at which it goes astray; the datagram that is due is heard after it all the same."""
    told = play([{"expect": "HELLO"}, {"send": "hi"}], datagram, b"HELLO")
    assert (told.wrong, told.said) == ([f"step 1: {why}"], [b"hi"])


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (["close"], "step 1 has `close`, which a connection has"),
        ([{"expect": "a"}, {"loop": ["reset"]}], r"step 2.1 has `reset`"),
        ([{"expect": {"end": True}}], "step 1 has `end`"),
        ([{"expect": "a", "request": "get"}], "step 1 has `request`"),
        ([{"send": "a"}, {"expect": "a"}], "write `expect` or `either` first"),
        ([{"loop": [{"wait": "1s"}]}], "write `expect` or `either` first"),
        ([{"label": "a"}], "write `expect` or `either` first"),
    ],
)
def test_what_a_datagram_has_not_is_refused(steps: list[Any], why: str) -> None:
    """The message names the step."""
    with pytest.raises(ValidationError, match=why):
        UdpScript.model_validate({"steps": steps})


@given(st.lists(st.binary(max_size=12), max_size=8), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_every_datagram_is_taken_whole(datagrams: list[bytes], count: int) -> None:
    """Of `bytes: N` exactly those of N bytes are answered, each once and in order, and all others are told of."""
    steps = [{"loop": [{"expect": {"bytes": f"{count} B", "capture": {"all": "0.."}}}, {"send": {"captured": "all"}}]}]
    told = play(steps, *datagrams)
    assert told.said == [each for each in datagrams if len(each) == count]
    assert len(told.wrong) == len(datagrams) - len(told.said)


def test_a_script_that_goes_round_and_hears_nothing_ends() -> None:
    """It would keep the network busy for ever."""
    (why,) = play([{"expect": "a"}, {"label": "round"}, {"goto": "round"}], b"a").wrong
    assert "goes round and round" in why


def test_it_is_struck_by_what_strikes_datagrams() -> None:
    """As `udp_echo` is."""
    assert UdpScript.transports == {Transport.UDP}
    assert [moment for moment in ("at_door", "at_reply", "at_datagram") if UdpScript.meets(moment)] == ["at_datagram"]

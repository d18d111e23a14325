"""`dns` answers from its records, says truly what it does not know, and stumbles over nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.services.contract import ClientNonsense, Query, Said
from simnet.services.dns import OUR_SIZE, PLAIN_SIZE, Dns
from simnet.verdicts.query import Forgery, PointTo, PutSixFirst, Question, Respond, Rotate, TellTruncated, Wording
from tests.services.conftest import converse

ZONE = Dns.model_validate(
    {
        "records": [
            {"name": "api.test", "value": "127.20.0.1"},
            {"name": "api.test", "value": "127.20.0.2", "ttl": "30s"},
            {"name": "api.test", "type": "AAAA", "value": "::1"},
            {"name": "www.test", "type": "CNAME", "value": "api.test"},
            {"name": "loop.test", "type": "CNAME", "value": "loop.test"},
            {"name": "_http._tcp.test", "type": "SRV", "value": "10 5 8080 api.test"},
            {"name": "1.0.20.127.in-addr.arpa", "type": "PTR", "value": "api.test"},
            {"name": "note.test", "type": "TXT", "value": "a text; with a semicolon"},
            *({"name": "many.test", "value": f"127.20.1.{last}"} for last in range(1, 61)),
        ]
    }
)


def said(query: dns.message.Message, wording: Wording | None = None, turn: int = 0) -> Said:
    """The answer to a query over UDP."""
    heard = ZONE.datagram(query.to_wire())
    assert not isinstance(heard, Sequence)
    return heard.answer(wording, turn)


def ask(name: str, kind: str = "A", **options: Any) -> dns.message.Message:
    """The answer as a client reads it."""
    query = dns.message.make_query(name, kind, **options)
    answer = dns.message.from_wire(said(query).wire)
    assert query.is_response(answer)
    return answer


def rcode(data: bytes) -> str:
    """The response code of the answer to what is no query for names."""
    heard = ZONE.datagram(data)
    assert isinstance(heard, Sequence)
    (answer,) = heard
    assert answer[:2] == data[:2]
    return dns.rcode.to_text(dns.message.from_wire(answer).rcode())


@pytest.mark.parametrize(
    ("name", "kind", "answers"),
    [
        ("api.test", "A", ["127.20.0.1", "127.20.0.2"]),
        ("API.Test", "A", ["127.20.0.1", "127.20.0.2"]),
        ("api.test", "AAAA", ["::1"]),
        ("www.test", "A", ["api.test.", "127.20.0.1", "127.20.0.2"]),
        ("www.test", "CNAME", ["api.test."]),
        ("_http._tcp.test", "SRV", ["10 5 8080 api.test."]),
        ("1.0.20.127.in-addr.arpa", "PTR", ["api.test."]),
        ("note.test", "TXT", ['"a text; with a semicolon"']),
    ],
)
def test_it_answers_from_its_records(name: str, kind: str, answers: list[str]) -> None:
    """In their order, by way of aliases, whatever the case of the name."""
    answer = ask(name, kind)
    assert answer.rcode() == dns.rcode.NOERROR
    assert [rdata.to_text() for rrset in answer.answer for rdata in rrset] == answers
    assert answer.flags & dns.flags.AA


def test_the_ttl_is_that_of_the_set() -> None:
    """Records of one name and type have one TTL (RFC 2181 section 5.2): the least."""
    assert ask("api.test").answer[0].ttl == 30


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [("gone.test", "A", "NXDOMAIN"), ("api.test", "TXT", "NOERROR"), ("test", "A", "NOERROR"), (".", "A", "NXDOMAIN")],
)
def test_what_it_does_not_know_has_an_soa(name: str, kind: str, code: str) -> None:
    """No such name, no such type, or a name with names beneath it only: each "no" says how long it may be kept."""
    answer = ask(name, kind)
    assert dns.rcode.to_text(answer.rcode()) == code
    assert not answer.answer
    assert [rrset.rdtype.name for rrset in answer.authority] == ["SOA"]


def test_an_alias_that_leads_in_a_circle_is_a_failure() -> None:
    """SERVFAIL, and in bounded time."""
    assert ask("loop.test").rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize(("options", "room"), [({}, PLAIN_SIZE), ({"use_edns": 0, "payload": 600}, 600)])
def test_what_does_not_fit_is_truncated(options: dict[str, Any], room: int) -> None:
    """Sixty addresses are more than 512 bytes, or than the client says it can take: TC, and no half an answer."""
    wire = said(dns.message.make_query("many.test", "A", **options)).wire
    answer = dns.message.from_wire(wire)
    assert len(wire) <= room
    assert answer.flags & dns.flags.TC
    assert not answer.answer


def test_a_client_that_takes_more_gets_it_all() -> None:
    """EDNS (RFC 6891) makes room, and we say how much we can take ourselves."""
    answer = ask("many.test", use_edns=0, payload=4096)
    assert (len(answer.answer[0]), answer.payload) == (60, OUR_SIZE)


def test_what_it_does_not_do_it_says() -> None:
    """A transfer, another class, another opcode, no question, another EDNS: the code that each deserves."""
    query = dns.message.make_query("api.test", "A", id=1)
    assert rcode(dns.message.make_query("test", "AXFR").to_wire()) == "REFUSED"
    assert rcode(dns.message.make_query("api.test", "A", rdclass="CH").to_wire()) == "REFUSED"
    assert rcode(dns.message.make_query("api.test", "A", use_edns=1).to_wire()) == "BADVERS"
    assert rcode(query.to_wire()[:-3]) == "FORMERR"
    query.question.clear()
    assert rcode(query.to_wire()) == "FORMERR"
    query.set_opcode(dns.opcode.STATUS)
    assert rcode(query.to_wire()) == "NOTIMP"


def test_an_answer_is_not_answered() -> None:
    """Or two servers could answer each other for ever; what has no whole header is no message."""
    query = dns.message.make_query("api.test", "A")
    assert ZONE.datagram(dns.message.make_response(query).to_wire()) == []
    assert ZONE.datagram(query.to_wire()[:11]) == []


WORDINGS: list[tuple[Wording, str, str, tuple[str, ...]]] = [
    (Respond("SERVFAIL"), "A", "SERVFAIL", ()),
    (Respond("NXDOMAIN"), "A", "NXDOMAIN", ()),
    (PointTo("127.9.9.9"), "A", "NOERROR", ("127.9.9.9",)),
    (PointTo("127.9.9.9"), "AAAA", "NOERROR", ()),
    (PutSixFirst(), "A", "NOERROR", ("127.20.0.1", "127.20.0.2")),
    (PutSixFirst(), "AAAA", "NOERROR", ("::1",)),
    (TellTruncated(), "A", "NOERROR", ()),
]


@pytest.mark.parametrize(("wording", "kind", "code", "answers"), WORDINGS, ids=str)
def test_what_is_said_instead_of_the_truth(wording: Wording, kind: str, code: str, answers: tuple[str, ...]) -> None:
    """Each wording in bytes, and told as it is in the bytes."""
    got = said(dns.message.make_query("api.test", kind), wording)
    assert (got.rcode, got.answers, got.truncated) == (code, answers, isinstance(wording, TellTruncated))
    read = dns.message.from_wire(got.wire)
    assert (read.rcode(), bool(read.flags & dns.flags.TC)) == (got.code, got.truncated)


def test_addresses_take_turns() -> None:
    """By how often was asked, and nothing else."""
    query = dns.message.make_query("api.test", "A")
    assert [said(query, Rotate(), turn).answers for turn in range(3)] == [
        ("127.20.0.1",), ("127.20.0.2",), ("127.20.0.1",),
    ]  # fmt: skip


def test_a_forgery_is_none_of_the_answers_that_a_client_may_take() -> None:
    """Too short, of another id, or with bytes behind it."""
    query = dns.message.make_query("api.test", "A")
    heard = ZONE.datagram(query.to_wire())
    assert not isinstance(heard, Sequence)
    assert len(heard.forge(Forgery.JUNK)) == 3
    assert not query.is_response(dns.message.from_wire(heard.forge(Forgery.WRONG_ID)))
    with pytest.raises(dns.message.TrailingJunk):
        dns.message.from_wire(heard.forge(Forgery.TRAILING_JUNK))


@given(st.lists(st.sampled_from(["api.test", "gone.test", "many.test"]), max_size=4), st.data())
@settings(deadline=None, max_examples=40)
def test_over_tcp_each_has_its_length_however_it_arrives(names: list[str], data: st.DataObject) -> None:
    """Queries in any pieces are answered in order, each answer framed and never truncated."""
    queries = [dns.message.make_query(name, "A") for name in names]
    stream = b"".join(query.to_wire(prepend_length=True) for query in queries)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    heard = converse(ZONE, [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)])
    rest = bytes(heard.said)
    for query in queries:
        length = int.from_bytes(rest[:2])
        answer, rest = dns.message.from_wire(rest[2 : 2 + length]), rest[2 + length :]
        assert query.is_response(answer)
        assert not answer.flags & dns.flags.TC
    assert not rest


def test_nonsense_over_tcp_ends_the_conversation() -> None:
    """Three bytes that are no message: there is nothing to answer, and the trace says why it is over."""
    with pytest.raises(ClientNonsense, match="3 bytes that are no DNS query"):
        converse(ZONE, [b"\x00\x03abc"])


header = st.builds(
    lambda flags, rest: b"\x00\x07" + flags + b"\x00\x01" + rest, st.binary(min_size=2, max_size=2), st.binary()
)


def _with_byte(at: int, byte: int) -> bytes:
    wire = bytearray(dns.message.make_query("api.test", "A", use_edns=0).to_wire())
    wire[at % len(wire)] = byte
    return bytes(wire)


mangled = st.builds(_with_byte, st.integers(0, 60), st.integers(0, 255))


@given(st.binary(max_size=80) | header | mangled, st.sampled_from([None, *(row[0] for row in WORDINGS), Rotate()]))
@example(b"\x00\x07\x01\x00\x00\x01" + bytes(6) + b"\x03a b\x02\xff\x00\x00\x00\x01\x00\x01", PutSixFirst())
@settings(deadline=None, max_examples=400)
def test_no_bytes_make_it_stumble(data: bytes, wording: Wording | None) -> None:
    """Whatever a datagram holds, there is no answer, or one that can be read, whatever is to be said."""
    heard = ZONE.datagram(data)
    if isinstance(heard, Sequence):
        answers = list(heard)
    else:
        query: Query = heard
        assert isinstance(query.question, Question)
        answers = [query.answer(wording, 3).wire, query.answer(None, 0).wire]
    for answer in answers:
        assert answer[:2] == data[:2]
        assert answer[2] & 0x80


@given(st.lists(st.binary(max_size=40), max_size=4))
@settings(deadline=None, max_examples=100)
def test_no_stream_makes_it_stumble(pieces: list[bytes]) -> None:
    """Over TCP it answers, waits for more, or complains of nonsense."""
    with contextlib.suppress(ClientNonsense):
        converse(ZONE, pieces)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"value": "example.test"}, "is not a value of type A"),
        ({"value": "127.0.0.1.2"}, "is not a value of type A"),
        ({"type": "SRV", "value": "api.test"}, "is not a value of type SRV"),
        ({"type": "CNAME", "value": "a..b"}, "is not a value of type CNAME"),
        ({"type": "AAAA", "value": "fe80" + "::1"}, "is not of this machine's loopback"),
        ({"value": "127.0.0.1", "ttl": "1500ms"}, "counts in whole seconds"),
    ],
)
def test_a_record_that_cannot_be_said_is_refused(record: dict[str, str], why: str) -> None:
    """Nor can one that would lead a client away from this machine."""
    with pytest.raises(ValidationError, match=why):
        Dns.model_validate({"records": [{"name": "a.test", **record}]})

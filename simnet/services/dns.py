"""`dns`: answers queries for names from a list of records, over UDP and TCP (RFC 1035; wire format by dnspython).

It is the only server that there is: for a name that it does not know it answers NXDOMAIN with the SOA of an imagined
top-level zone (RFC 2308 section 2.1), so that a client can tell "no such name" from "no such type" (NODATA), and nothing
is ever asked of a real server. Records name loopback addresses only: a program under test that believes them stays here.

Whatever arrives gets an answer or none, never a traceback: what is no query at all is not answered, or two servers
could answer each other for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self, final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from simnet.services.contract import ClientNonsense, Conversation, Query, Said, Service, Transport
from simnet.values import Duration, is_loopback
from simnet.verdicts.query import (
    DOMAIN_NAME,
    Forgery,
    PointTo,
    PutSixFirst,
    Question,
    Respond,
    Rotate,
    TellTruncated,
    Wording,
)

__all__ = ["Dns", "Record"]

PLAIN_SIZE = 512
"""Bytes of a UDP answer to a client that does not say what it can take (RFC 1035 section 2.3.4)."""

OUR_SIZE = 1232
"""Bytes of a datagram that we say we can take (what servers agreed on at DNS flag day 2020)."""

HEADER = 12
MOST_ALIASES = 8
"""CNAMEs that are followed; more are a loop or a joke."""

NEGATIVE_TTL = 60
ADDRESS_TYPES = {4: "A", 6: "AAAA"}
Type = Literal["A", "AAAA", "CNAME", "SRV", "TXT", "PTR"]


@final
class Record(BaseModel):
    """One record, as in a zone file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=DOMAIN_NAME, max_length=253)] = Field(
        description="a name in lower case, such as api.test"
    )
    type: Type = Field("A", description="A, AAAA, CNAME, SRV, TXT or PTR")
    value: str = Field(description="as in a zone file: 127.20.0.1, api.test, 10 5 8080 api.test")
    ttl: Duration = Field(Duration(60_000_000), description="how long a client may keep it, in whole seconds")

    @model_validator(mode="after")
    def _can_be_said(self) -> Self:
        if self.ttl.microseconds % 1_000_000:
            raise ValueError(
                f"a TTL counts in whole seconds (RFC 1035 section 3.2.1), {self.ttl} is not; write 1s or 60s"
            )
        try:
            self.rdata()
        except (dns.exception.DNSException, ValueError) as error:
            why = str(error) or type(error).__name__
            raise ValueError(f'"{self.value}" is not the value of a {self.type} record: {why}') from None
        if self.type in {"A", "AAAA"} and not is_loopback(self.value):
            raise ValueError(f"{self.value} is not of this machine's loopback; write an address in 127.0.0.0/8 or ::1")
        return self

    def rdata(self) -> dns.rdata.Rdata:
        """The value in dnspython's form. Raises its exceptions, or `ValueError`, if it has none."""
        return _rdata(self.type, self.value)


@final
class Dns(Service):
    """Answer from the records."""

    summary: ClassVar[str] = "answers DNS queries from its records, over UDP and TCP; queries count as requests"
    default_port: ClassVar[int] = 5300
    transports: ClassVar[frozenset[Transport]] = frozenset({Transport.UDP, Transport.TCP})
    scheme: ClassVar[str] = "dns"
    has_requests: ClassVar[bool] = True
    has_queries: ClassVar[bool] = True
    greeting: ClassVar[bytes] = dns.message.make_query("simnet.test", "A", id=7).to_wire(prepend_length=True)

    speaks: Literal["dns"] = "dns"
    records: tuple[Record, ...] = Field((), description="what it knows; any other name does not exist")

    @override
    def datagram(self, data: bytes) -> Sequence[bytes] | Query:
        return self._heard(data, Transport.UDP)

    @override
    async def converse(self, talk: Conversation) -> None:
        pending = b""
        while data := await talk.receive():
            pending += data
            while len(pending) >= 2 and len(pending) - 2 >= (length := int.from_bytes(pending[:2])):
                message, pending = pending[2 : 2 + length], pending[2 + length :]
                heard = self._heard(message, Transport.TCP)
                if isinstance(heard, Sequence):
                    for answer in heard:
                        await talk.send(answer)
                    if not heard:
                        raise ClientNonsense(f"{length} bytes that are no DNS query")
                else:
                    await talk.ask(heard)

    def _heard(self, data: bytes, transport: Transport) -> Sequence[bytes] | Query:
        """The query, or the answer to what is none, if it deserves one."""
        if len(data) < HEADER or data[2] & 0x80:
            return []  # too short for a header, or itself an answer
        try:
            message = dns.message.from_wire(data)
        except Exception:  # noqa: BLE001 - the parser of a format that anybody may send: FORMERR whatever it stumbles on
            return [_framed(data[:2] + bytes([0x80 | data[2] & 0x79, dns.rcode.FORMERR]) + bytes(8), transport)]
        if (refusal := _refusal(message)) is not None:
            return [_wire(_response(message, refusal), transport, message)]
        return _Asked(self, message, transport)


def _refusal(message: dns.message.Message) -> dns.rcode.Rcode | None:
    """The response code for a message that is not one query for the records of a name on the Internet."""
    if message.edns > 0:
        return dns.rcode.BADVERS  # RFC 6891 section 6.1.3
    if message.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(message.question) != 1:
        return dns.rcode.FORMERR
    asked = message.question[0]
    transfer = asked.rdtype in {dns.rdatatype.AXFR, dns.rdatatype.IXFR}
    return dns.rcode.REFUSED if transfer or asked.rdclass != dns.rdataclass.IN else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query that can be answered; implements `contract.Query`."""

    zone: Dns
    message: dns.message.Message
    transport: Transport

    @property
    def question(self) -> Question:
        asked = self.message.question[0]
        return Question(_plain(asked.name), dns.rdatatype.to_text(asked.rdtype), self.transport.value)

    def answer(self, wording: Wording | None, turn: int) -> Said:
        match wording:
            case Respond(rcode):
                response = _response(self.message, dns.rcode.from_text(rcode))
                if rcode == "NXDOMAIN":
                    response.authority.append(_soa(self.question.name))
            case TellTruncated():
                response = _response(self.message, dns.rcode.NOERROR)
                response.flags |= dns.flags.TC
            case _:
                response = self._with_records(self._records(wording, turn))
        wire = _wire(response, self.transport, self.message)
        truncated = bool(wire[4 if self.transport is Transport.TCP else 2] & 0x02)
        said = () if truncated else tuple(rdata.to_text() for rrset in response.answer for rdata in rrset)
        return Said(wire, int(response.rcode()), dns.rcode.to_text(response.rcode()), said, truncated)

    def forge(self, what: Forgery) -> bytes:
        honest = self.answer(None, 0).wire
        match what:
            case Forgery.JUNK:
                return honest[:2] + b"\x00"
            case Forgery.WRONG_ID:
                return (self.message.id ^ 0x5555).to_bytes(2) + honest[2:]
            case Forgery.TRAILING_JUNK:
                return honest + b"junk"

    def _records(self, wording: Wording | None, turn: int) -> list[Record]:
        """The records that are said of the name, all types of it."""
        question = self.question
        found = [record for record in self.zone.records if record.name == question.name]
        if isinstance(wording, PointTo):
            kind: Type = "AAAA" if ":" in wording.address else "A"
            return [_unasked(question.name, kind, wording.address)]
        if isinstance(wording, PutSixFirst):
            return [_unasked(question.name, "AAAA", "::1"), *found]
        if isinstance(wording, Rotate):
            turned = [record for record in found if record.type == question.type]
            return [turned[turn % len(turned)]] if turned else found
        return found

    def _with_records(self, own: list[Record]) -> dns.message.Message:
        """The records of the type that is asked for, by way of aliases; NODATA or NXDOMAIN with the SOA if there is none."""
        response = _response(self.message, dns.rcode.NOERROR)
        name, wanted = self.question.name, self.question.type
        for _ in range(MOST_ALIASES):
            alias = next((record for record in own if record.type == "CNAME" and wanted not in {"CNAME", "ANY"}), None)
            matching = [alias] if alias is not None else [r for r in own if wanted in {r.type, "ANY"}]
            response.answer.extend(_rrsets(name, matching))
            if alias is None:
                if not matching:
                    response.set_rcode(dns.rcode.NOERROR if own or self._is_above(name) else dns.rcode.NXDOMAIN)
                    response.authority.append(_soa(name))
                break
            name = alias.value.removesuffix(".")
            own = [record for record in self.zone.records if record.name == name]
        else:
            response = _response(self.message, dns.rcode.SERVFAIL)
        return response

    def _is_above(self, name: str) -> bool:
        """Whether there are names beneath this one: then it exists, and has no records (RFC 8020)."""
        return any(record.name.endswith(f".{name}") for record in self.zone.records)


def _unasked(name: str, kind: Type, value: str) -> Record:
    """A record of simnet's own, for any name that a query may have."""
    return Record.model_construct(name=name, type=kind, value=value, ttl=Duration(0))


def _response(query: dns.message.Message, rcode: dns.rcode.Rcode) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True, our_payload=OUR_SIZE)
    response.flags |= dns.flags.AA
    response.set_rcode(rcode)
    return response


def _wire(response: dns.message.Message, transport: Transport, query: dns.message.Message) -> bytes:
    """The bytes; over UDP nothing but the TC bit, if they are more than the client can take (RFC 2181 section 9)."""
    if transport is Transport.TCP:
        return _framed(response.to_wire(max_size=65535, want_shuffle=False), transport)
    room = max(PLAIN_SIZE, min(query.payload, 65535)) if query.edns >= 0 else PLAIN_SIZE
    try:
        return response.to_wire(max_size=room, want_shuffle=False)
    except dns.exception.TooBig:
        short = _response(query, response.rcode())
        short.flags |= dns.flags.TC
        return short.to_wire(max_size=65535, want_shuffle=False)


def _framed(wire: bytes, transport: Transport) -> bytes:
    """Over TCP, with its length before it (RFC 1035 section 4.2.2)."""
    return len(wire).to_bytes(2) + wire if transport is Transport.TCP else wire


def _rrsets(name: str, records: Sequence[Record]) -> Iterator[dns.rrset.RRset]:
    for kind in dict.fromkeys(record.type for record in records):
        same = [record for record in records if record.type == kind]
        ttl = min(record.ttl.microseconds for record in same) // 1_000_000
        yield dns.rrset.from_rdata_list(_name(name), ttl, [record.rdata() for record in same])


def _soa(name: str) -> dns.rrset.RRset:
    """Of the imagined zone that is the name's top-level label; its last figure is how long the "no" may be kept."""
    zone = name.rpartition(".")[2]
    value = f"ns.simnet.test. hostmaster.simnet.test. 1 3600 600 86400 {NEGATIVE_TTL}"
    return dns.rrset.from_rdata_list(_name(zone), NEGATIVE_TTL, [_rdata("SOA", value)])


def _rdata(kind: str, value: str) -> dns.rdata.Rdata:
    if kind in {"CNAME", "SRV", "PTR"} and not value.endswith("."):
        value += "."
    return dns.rdata.from_text(dns.rdataclass.IN, kind, f'"{value}"' if kind == "TXT" and '"' not in value else value)


def _name(text: str) -> dns.name.Name:
    return dns.name.from_text(f"{text}.") if text else dns.name.root


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


SERVICE = Dns

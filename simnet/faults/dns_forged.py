"""`dns_forged`: before the answer comes a datagram that looks like one and is none.

Anybody can send one to a resolver's port, and a client must go on waiting for the true answer. Not all do: dnspython up
to 2.5 gave up at once (CVE-2023-29483), and glibc (2.36) gives an attempt up for `junk`, which is shorter than a header,
so that getaddrinfo(3) says EAI_AGAIN; it waits on after a `wrong_id`. Only UDP can be struck.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.values import Duration
from simnet.verdicts.query import Forge, Forgery, QueryVerdict


@final
class DnsForged(Fault):
    """Send a false answer first."""

    summary: ClassVar[str] = "a datagram that is no answer comes before the answer"
    client_sees: ClassVar[str] = "the right answer, if it waits on; failure at once, if not"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 9
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    over: ClassVar[frozenset[str]] = frozenset({"udp"})
    needs_answer: ClassVar[bool] = True

    fault: Literal["dns_forged"] = "dns_forged"
    name: Name | None = Field(None, description="of which name; of every name, if left out")
    what: Literal["junk", "wrong_id", "trailing_junk"] = Field(
        "junk", description="three bytes; an answer with a wrong id; or the answer with bytes behind it"
    )
    ahead: Duration = Field(Duration(50_000), description="how long before the answer it comes")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Forge(Forgery(self.what), self.ahead.seconds)


FAULT = DnsForged

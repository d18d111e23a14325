"""What a fault may be asked, and what it may answer.

Law: a fault decides, the engine acts. A fault is a frozen set of parameters; asked at one of the moments (at the door,
at accept, at the reply ...) it answers with a frozen verdict (`verdicts/`) or with None (not my business). It never sleeps,
logs, counts or touches a socket, and it does not know that a trace exists. What it draws by chance it draws from the
`Random` it is handed, so the answer is a pure function of (scenario, seed, number).

Adding a kind adds `faults/<kind>.py`, `tests/faults/test_<kind>.py` and `scenarios/<kind>.yaml`, and edits nothing
else. A new *verdict* costs an engine change, and mypy points at it through `assert_never`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from random import Random
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simnet.values import Chance, Numbers, Span
from simnet.verdicts.accept import AcceptVerdict
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.door import DoorVerdict
from simnet.verdicts.query import DOMAIN_NAME, QueryVerdict, Question
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.verdicts.tls import TlsVerdict
from simnet.verdicts.upload import UploadVerdict

__all__ = ["Condition", "Direction", "Fault", "Lever", "Name", "Stage", "Steered", "When"]

Name = Annotated[str, Field(pattern=DOMAIN_NAME, max_length=253)]
"""The name that a fault of the name stage is limited to."""


class Stage(enum.Enum):
    """Where in the life of a connection a fault strikes, in that order."""

    NAME = "name"
    LOCAL = "local means"
    CONNECT = "connect"
    ACCEPT = "accept"
    TLS = "TLS"
    REQUEST = "request"
    REPLY = "reply"
    BETWEEN = "between"
    DATAGRAM = "datagram"

    @property
    def position(self) -> int:
        """0 for the first stage of a connection's life, and so on."""
        return list(Stage).index(self)


class Condition(enum.Enum):
    """What `when` may ask for; a fault says which of them it can honour."""

    ATTEMPTS = "attempts"
    CONNECTIONS = "connections"
    REQUESTS = "requests"
    DURING = "during"
    CHANCE = "chance"


class Direction(enum.Enum):
    """Which of the two connections of a proxy a fault strikes, with the bytes that are sent on it."""

    TO_CLIENT = "to_client"
    TO_UPSTREAM = "to_upstream"


class Lever(enum.Enum):
    """What a fault needs of the kernel; `simnet doctor` tries each on this machine."""

    LISTEN_AGAIN = "shutdown and listen again on one bound socket"
    MIN_TTL = "IP_MINTTL on a TCP socket"
    SOCK_DIAG = "sock_diag (NETLINK_SOCK_DIAG)"
    SIMULTANEOUS_OPEN = "TCP simultaneous open"
    FULL_QUEUE = "a full accept queue that drops SYNs"
    OPEN_FILES = "a child process with a lowered RLIMIT_NOFILE"
    LINGER = "SO_LINGER 0 closes with a RST"
    NOTIFIER = "seccomp user notification"
    USER_NAMESPACE = "an own user namespace"
    NETWORK_NAMESPACE = "an own network namespace"
    MOUNT_NAMESPACE = "private files in an own mount namespace"
    MD5_KEY = "TCP_MD5SIG on a connected socket"


class When(BaseModel):
    """Which attempts, connections or requests a fault meets; all that is said must hold.

    Numbers count from 1, per service, over the whole run. `during` is measured from the moment the network came up.
    `chance` is drawn once for each attempt, connection or request from the seed, independently of order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: Numbers | None = Field(None, description="which attempts to connect, served or not")
    connections: Numbers | None = Field(None, description="which accepted connections")
    requests: Numbers | None = Field(None, description="which requests (services that have requests)")
    during: Span | None = Field(None, description="in which stretch of time")
    chance: Chance | None = Field(None, description="with what probability, drawn from the seed")

    @property
    def asked(self) -> frozenset[Condition]:
        """The conditions that are set."""
        return frozenset(condition for condition in Condition if getattr(self, condition.value) is not None)

    def __str__(self) -> str:
        said = [f"{c.value} {getattr(self, c.value)}" for c in Condition if c in self.asked]
        return ", ".join(said) or "always"


class Fault(BaseModel):
    """Base of every kind of fault: one level, final frozen leaves, no state.

    Each leaf has a field `fault: Literal["<kind>"]` (its name in YAML and of its file), then its parameters, and
    overrides exactly one of the moments. The class variables are what the command line and the docs print.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: ClassVar[str]
    client_sees: ClassVar[str]
    stage: ClassVar[Stage]
    rank: ClassVar[int]
    """Position within the stage, in the order of a connection's life."""
    honours: ClassVar[frozenset[Condition]]
    needs: ClassVar[tuple[Lever, ...]] = ()
    holds_syns: ClassVar[bool] = False
    """Whether at the door it drops SYNs of chosen attempts, so that the others are let in one by one."""
    question_types: ClassVar[frozenset[str]] = frozenset()
    """For faults of the name stage: the types of query that it is about, such as `AAAA`; all, if empty."""
    over: ClassVar[frozenset[str]] = frozenset({"udp", "tcp"})
    """For faults of the name stage: the transports of the queries that it is about."""
    needs_answer: ClassVar[bool] = False
    """For faults of the name stage: whether there must be an address that it can spoil."""
    example: ClassVar[Mapping[str, str | int]] = {}
    """Parameters for a demonstration that ends within two seconds."""

    fault: str
    when: When = Field(When(), description="which attempts, connections or requests; always, if left out")
    required: bool | None = Field(
        None, description="whether the run fails if this fault never struck; true unless `when` leaves it to chance"
    )

    @property
    def towards(self) -> Direction:
        """Whom the bytes that it strikes are sent to: the client, but where a fault at a proxy says otherwise."""
        found = getattr(self, "direction", None)  # of a datagram it is another one: it has no upstream
        return found if isinstance(found, Direction) else Direction.TO_CLIENT

    @property
    def kind(self) -> str:
        """The name of the fault, as in YAML."""
        return self.fault

    @classmethod
    def asks_for_tls(cls) -> bool:
        """Whether it strikes in the TLS handshake, so that the service has to speak TLS."""
        return cls.at_tls is not Fault.at_tls

    @property
    def must_strike(self) -> bool:
        """Whether a run in which this fault was not applied fails."""
        return self.when.chance is None if self.required is None else self.required

    def at_door(self, draw: Random) -> DoorVerdict | None:  # noqa: ARG002 - the default has nothing to draw
        """What becomes of an attempt that this fault meets."""
        return None

    def at_accept(self, draw: Random) -> AcceptVerdict | None:  # noqa: ARG002
        """What becomes of a connection that waits to be accepted."""
        return None

    def at_reply(self, draw: Random) -> ReplyVerdict | None:  # noqa: ARG002
        """What becomes of the bytes sent to the client."""
        return None

    def at_query(self, draw: Random) -> QueryVerdict | None:  # noqa: ARG002
        """What becomes of the answer to a query (of services that are asked for names)."""
        return None

    def at_datagram(self, draw: Random) -> DatagramVerdict | None:  # noqa: ARG002
        """What becomes of a datagram that has arrived, or of the answers to it."""
        return None

    @classmethod
    def moment(cls) -> str:
        """The moment at which this kind answers, by the name of the method that it overrides."""
        return next((name for name in vars(cls) if name in MOMENTS), "")

    def is_about(self, question: Question) -> bool:
        """Whether that question is of the name, type and transport that this fault is limited to."""
        name = getattr(self, "name", None)
        types = type(self).question_types
        return name in {None, question.name} and (not types or question.type in types) and question.transport in self.over

    def at_request(self, draw: Random) -> RequestVerdict | None:  # noqa: ARG002
        """What a request meets whose head has arrived."""
        return None

    def at_rest(self, draw: Random) -> RestVerdict | None:  # noqa: ARG002
        """What becomes of a connection that is kept after the reply to a request."""
        return None

    def at_tls(self, draw: Random) -> TlsVerdict | None:  # noqa: ARG002
        """What becomes of the TLS handshake of a connection (services with `tls` only)."""
        return None

    def at_upload(self, draw: Random) -> UploadVerdict | None:  # noqa: ARG002
        """How the bytes that the client sends on a connection are read."""
        return None

    @model_validator(mode="after")
    def _when_can_be_honoured(self) -> Fault:
        for condition in Condition:
            if condition in self.when.asked - self.honours:
                can = ", ".join(c.value for c in Condition if c in self.honours) or "nothing"
                raise ValueError(f"`{self.fault}` cannot be timed by {condition.value}; it can by {can}")
        return self


Steered = Annotated[Direction, Field(description="of a proxy: whom the bytes are sent to, to_client or to_upstream")]
"""The field `direction` of faults that strike a stream of bytes."""

DOOR_CONDITIONS = frozenset({Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE})
ACCEPT_CONDITIONS = frozenset({Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE})
REPLY_CONDITIONS = frozenset({Condition.CONNECTIONS, Condition.REQUESTS, Condition.DURING, Condition.CHANCE})
QUERY_CONDITIONS = DATAGRAM_CONDITIONS = frozenset({Condition.REQUESTS, Condition.DURING, Condition.CHANCE})
REQUEST_CONDITIONS = REPLY_CONDITIONS
CONNECTION_CONDITIONS = ACCEPT_CONDITIONS
"""For faults that change the whole connection and cannot be tied to one request."""

MOMENTS = tuple(name for name in vars(Fault) if name.startswith("at_"))
"""The moments at which a fault may be asked, in the order of a connection's life."""

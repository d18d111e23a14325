"""What a fault may be asked, and what it may answer.

Law: a fault decides, the engine acts. A fault is a frozen set of parameters; asked at one of three moments (at the
door, at accept, at the reply) it answers with a frozen verdict or with None (not my business). It never sleeps, logs,
counts or touches a socket, and it does not know that a trace exists. What it draws by chance it draws from the
`Random` it is handed, so the answer is a pure function of (scenario, seed, number).

Adding a kind adds `faults/<kind>.py`, `tests/faults/test_<kind>.py` and `scenarios/<kind>.yaml`, and edits nothing
else. A new *verdict* costs an engine change, and mypy points at it through `assert_never`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simnet.values import Chance, Numbers, Span

__all__ = [
    "AcceptVerdict", "Close", "Condition", "Cut", "Deafen", "Delay", "Deny", "DoorVerdict", "Drop", "Ending", "Fault", "Fill",
    "Hold", "Lever", "Lose", "LoseSyns", "Pace", "Refuse", "ReplyVerdict", "Reset", "Slice", "Squat", "Stage",
    "Starve", "Wait", "When",
]  # fmt: skip


class Stage(enum.Enum):
    """Where in the life of a connection a fault strikes, in that order."""

    LOCAL = "local means"
    CONNECT = "connect"
    ACCEPT = "accept"
    REPLY = "reply"

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


# At the door: what becomes of an attempt, before any connection exists.


@dataclass(frozen=True, slots=True)
class Refuse:
    """The port is bound and nobody listens: the kernel answers the SYN with a RST."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The SYN and its retransmissions are dropped unanswered."""


@dataclass(frozen=True, slots=True)
class Hold:
    """SYNs are dropped until `seconds` after the first; then the handshake completes at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LoseSyns:
    """The first `count` SYNs of the attempt are dropped; the next one gets through, when the client's kernel sends it."""

    count: int


@dataclass(frozen=True, slots=True)
class Fill:
    """The accept queue, `backlog` long, is full: the kernel drops every further SYN."""

    backlog: int


@dataclass(frozen=True, slots=True)
class Squat:
    """Somebody else holds the address: the program under test that binds it gets EADDRINUSE."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The system call `call` of the program under test fails at once with `errno`; no packet is sent."""

    call: str
    errno: str


DoorVerdict = Refuse | Drop | Hold | LoseSyns | Fill | Squat | Deny


# At accept: the kernel has completed the handshake, the client believes to be connected.


@dataclass(frozen=True, slots=True)
class Wait:
    """The connection stays in the accept queue for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Accepted, then RST."""


@dataclass(frozen=True, slots=True)
class Close:
    """Accepted, then FIN."""


@dataclass(frozen=True, slots=True)
class Starve:
    """The accepting process has `free` descriptors left; when they are used up, accept fails with EMFILE."""

    free: int


AcceptVerdict = Wait | Reset | Close | Starve


# At the reply: what becomes of the bytes that the service sends on a connection, or in answer to one request.


class Ending(enum.Enum):
    """How a cut reply ends."""

    FIN = "FIN"
    RST = "RST"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Delay:
    """Each piece of the reply leaves `seconds` later, up to `jitter` seconds more or less; order is kept."""

    seconds: float
    jitter: float
    draw: Random


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many bytes a second leave."""

    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class Slice:
    """`size` bytes leave every `seconds`, each piece in a segment of its own."""

    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """After `after` bytes of the reply it ends; SILENCE lasts for `seconds` (None: for ever), then the rest follows."""

    after: int
    ending: Ending
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Deafen:
    """After `after` bytes of the reply every segment of the client is dropped and none is sent, for `seconds` or ever."""

    after: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Lose:
    """Each millisecond, with probability `chance`, all segments arriving from the client are dropped."""

    chance: float
    draw: Random


ReplyVerdict = Delay | Pace | Slice | Cut | Deafen | Lose


class Fault(BaseModel):
    """Base of every kind of fault: one level, final frozen leaves, no state.

    Each leaf has a field `fault: Literal["<kind>"]` (its name in YAML and of its file), then its parameters, and
    overrides exactly one of the three moments. The class variables are what the command line and the docs print.
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
    example: ClassVar[Mapping[str, str | int]] = {}
    """Parameters for a demonstration that ends within two seconds."""

    fault: str
    when: When = Field(When(), description="which attempts, connections or requests; always, if left out")
    required: bool | None = Field(
        None, description="whether the run fails if this fault never struck; true unless `when` leaves it to chance"
    )

    @property
    def kind(self) -> str:
        """The name of the fault, as in YAML."""
        return self.fault

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

    @model_validator(mode="after")
    def _when_can_be_honoured(self) -> Fault:
        for condition in Condition:
            if condition in self.when.asked - self.honours:
                can = ", ".join(c.value for c in Condition if c in self.honours) or "nothing"
                raise ValueError(f"`{self.fault}` cannot be timed by {condition.value}; it can by {can}")
        return self


DOOR_CONDITIONS = frozenset({Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE})
ACCEPT_CONDITIONS = frozenset({Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE})
REPLY_CONDITIONS = frozenset({Condition.CONNECTIONS, Condition.REQUESTS, Condition.DURING, Condition.CHANCE})
CONNECTION_CONDITIONS = ACCEPT_CONDITIONS
"""For faults that change the whole connection and cannot be tied to one request."""

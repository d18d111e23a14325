"""Every client that was announced is counted once and accepted once, whoever has which port by then and whenever the kernel tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from hypothesis import example, given
from hypothesis import strategies as st

from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import make_plan
from simnet.scenario.load import load_text
from simnet.trace.journal import Journal
from simnet.world.door import Door, DoorState
from simnet.world.gate import Gate
from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.record import Record
from simnet.world.visitor import Glimpse

PLAN = make_plan(
    load_text("simnet: 1\nservices: {api: {faults: [{fault: refuse, when: {attempts: '1000'}, required: false}]}}\n"),
    DRY_LEASE,
).services[0]

NO_PORT_YET = Glimpse(TcpState.CLOSE, 0)
COMES, GOES, IS_TOLD, ACCEPTED = range(4)


@dataclass
class OpenDoor:
    """Stands open, as far as the gate can see."""

    endpoint: tuple[str, int] = (PLAN.address, PLAN.port)
    state: DoorState = DoorState.OPEN

    def switch(self, state: DoorState, _backlog: int) -> bool:
        """Nothing but open is ever asked for."""
        assert state is DoorState.OPEN
        return False


@dataclass(eq=False)
class Client:
    """Dials without blocking the test, and has its port until it goes."""

    cookie: int
    port: int
    arrived: Glimpse | None = NO_PORT_YET
    thread: tuple[str, int] = ("test", 1)
    counted: str = "by notifier"
    deniable: bool = True
    gone: bool = False

    def glimpse(self) -> Glimpse | None:
        """See `Visitor`."""
        return None if self.gone else Glimpse(TcpState.ESTABLISHED, self.port)


@dataclass
class Machine:
    """The kernel: its accept queue, and the words that it has yet to say."""

    gate: Gate
    came: int = 0
    there: list[Client] = field(default_factory=list)
    queue: list[Client] = field(default_factory=list)
    untold: list[Client] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)

    def step(self, what: int, which: int) -> None:
        """Do one of the four things, if it can be done."""
        if what == COMES and (free := sorted({1, 2, 3} - {client.port for client in self.there})):
            self.came += 1
            client = Client(self.came, free[which % len(free)])
            self.gate.announced(client)
            self.there.append(client)
            self.queue.append(client)
        elif what == GOES and self.there:
            client = self.there.pop(which % len(self.there))
            client.gone = True
            self.untold.append(client)
        elif what == IS_TOLD and self.untold:
            client = self.untold.pop(which % len(self.untold))  # each processor has a work queue of its own
            self.gate.died(Death(client.cookie, ("127.0.0.1", client.port), (PLAN.address, 0), 0, 0))
        elif what == ACCEPTED and self.queue:
            port = self.queue.pop(0).port
            cookie = next((client.cookie for client in self.there if client.port == port), 0)
            self.accepted.append(self.gate.accepted(cookie, ("127.0.0.1", port)).number)


OF_ONE_PORT = [(COMES, 0), (COMES, 0), (GOES, 0), (COMES, 0)]  # on ports 1, 2 and, the first having gone, 1 again
THE_NEXT_HAS_GONE_TOO = [*OF_ONE_PORT, (GOES, 0), (ACCEPTED, 0), (ACCEPTED, 0)]
BOTH_ACCEPTED_WHILE_THE_OTHER_IS_THERE = [*OF_ONE_PORT, (ACCEPTED, 0), (ACCEPTED, 0), (ACCEPTED, 0)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5))))
@example(THE_NEXT_HAS_GONE_TOO)
@example(BOTH_ACCEPTED_WHILE_THE_OTHER_IS_THERE)
def test_each_client_is_one_attempt(steps: list[tuple[int, int]]) -> None:
    """They come, go and are accepted in any order, the word of their end comes at any time: n clients, attempts 1 to n."""
    machine = Machine(
        Gate(PLAN, cast("Door", OpenDoor()), Record("api", Journal("test", 0), lambda: 0.0), lambda: None, lambda _: None)
    )
    for what, which in steps:
        machine.step(what, which)
    for what in (GOES, IS_TOLD, ACCEPTED):
        for _ in range(machine.came):
            machine.step(what, 0)
    assert machine.gate.attempts == machine.came
    assert sorted(machine.accepted) == list(range(1, machine.came + 1))

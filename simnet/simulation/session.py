"""A run in virtual time that stands still between its steps: for stateful tests, and for trying things out.

Law: between two steps nothing runs and no time passes, however long the caller takes. The whole of `trio.run` lives in a
greenlet, which a step resumes and then freezes again, in the same thread; so a synchronous state machine can hold an
asynchronous client. While a session is open its thread is within a run of Trio: another run has to wait for its end.

    class Breaker(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.session = simnet.Session(simnet.load_text(SCENARIO))

        @rule(seconds=st.integers(1, 60))
        def wait(self, seconds):
            self.session.advance(seconds)

        @rule()
        def ask(self):
            self.session.do(self.client.get, self.session["api"].url)

        def teardown(self):
            self.session.close()
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self, TypeVar, final

import trio

from simnet.api import Source, fault
from simnet.errors import MachineError, NetworkDownError
from simnet.faults import Fault
from simnet.simulation.simulator import simulate
from simnet.simulation.watchman import STEPS
from simnet.trace import Trace
from simnet.world.handle import ServiceHandle

__all__ = ["Session"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Returned:
    value: Any


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _Over:
    """The run has ended, by itself or by that error."""

    error: BaseException | None


@final
class Session:
    """A network in virtual time whose clock goes only within `do` and `advance`."""

    def __init__(
        self,
        source: Source,
        *,
        seed: int | None = None,
        hosts: Mapping[str, Sequence[str]] | None = None,
        steps: int = STEPS,
    ) -> None:
        """Bring the network up. The parameters, and what they raise, are those of `simulate`.

        Raises `MachineError` if greenlet is not installed, `RuntimeError` within another run of Trio.
        """
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("a session cannot begin within a run of Trio; close the other session, or use `simulate`")
        self._stack = contextlib.ExitStack()
        self._simulation = self._stack.enter_context(simulate(source, seed=seed, hosts=hosts, steps=steps))
        greenlet = _greenlets()
        self._current: Callable[[], Any] = greenlet.getcurrent
        self._run = greenlet.greenlet(self._live)
        self._run.gr_context = contextvars.copy_context()
        self._caller = self._current()
        self._ended = False
        self._resume(None)

    def do(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Run `await function(*args)` to its end; return or raise what it does.

        Raises `NeverEndsError` if it waits or works for ever (the session is over then), `NetworkDownError` when closed.
        """
        if self._ended:
            raise NetworkDownError("the session is over; what happened is in its `trace`")
        answer = self._resume((function, args))
        if isinstance(answer, _Raised):
            raise answer.error
        found: T = answer.value
        return found

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass. Raises `ValueError` for less than 0."""
        if not seconds >= 0:
            raise ValueError(f"{seconds} seconds cannot pass; write 0 or more")
        self.do(trio.sleep, seconds)

    def down(self, service: str) -> None:
        """From now on the service refuses attempts to connect; connections that stand go on."""
        self[service].set(fault("refuse"))

    def up(self, service: str, *faults: Fault) -> None:
        """From now on the service is up, and fails in these ways only."""
        self[service].set(*faults)

    def __getitem__(self, service: str) -> ServiceHandle:
        """A service: its `url`, `attempts` ...; `set` gives it other faults. Raises `NetworkDownError` when closed."""
        return self._simulation.world[service]

    @property
    def services(self) -> Mapping[str, ServiceHandle]:
        """All services by name; none when closed."""
        return MappingProxyType({}) if self._ended else self._simulation.world.services

    @property
    def now(self) -> float:
        """Seconds since the network came up; at the end of the session, how long it took."""
        return self._simulation.elapsed if self._ended else self._simulation.world.elapsed()

    @property
    def trace(self) -> Trace:
        """What has happened up to now."""
        return self._simulation.trace

    def attempts(self, service: str | None = None) -> int:
        """How many attempts to connect have been made: at that service, or at all."""
        return self.trace.attempts(service)

    def close(self) -> None:
        """Take the network down; closing again does nothing."""
        if not self._ended:
            self._resume(None)
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------------

    def _resume(self, order: tuple[Callable[..., Awaitable[Any]], tuple[Any, ...]] | None) -> Any:
        """Let the run go on with that order (None: to its end) until it has an answer."""
        self._caller = self._current()
        answer = self._run.switch(order)
        if isinstance(answer, _Over):
            self._ended = True
            if answer.error is not None:
                raise answer.error
        return answer

    def _live(self, _: None) -> _Over:
        """The greenlet: one run, from up to down."""
        try:
            self._simulation.run(self._obey)
        except BaseException as error:  # noqa: BLE001 - it is raised where the step was asked for
            return _Over(error)
        return _Over(None)

    async def _obey(self) -> None:
        """The one task of the client: freeze until there is an order, and carry it out."""
        answer: _Returned | _Raised | None = None
        while (order := self._caller.switch(answer)) is not None:
            function, args = order
            try:
                answer = _Returned(await function(*args))
            except Exception as error:  # noqa: BLE001 - likewise
                answer = _Raised(error)


def _greenlets() -> Any:
    try:
        import greenlet  # noqa: PLC0415 - an extra
    except ImportError:
        cure = "pip install 'loopback-simnet[virtual]'"
        raise MachineError(f"a session needs greenlet, which is not installed; {cure}") from None
    return greenlet

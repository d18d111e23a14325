"""Five small clients, each with one bug of the kind that reviews miss, and the property that it breaks.

Law: each property holds for a client without the bug; each has a smallest schedule that breaks it, known beforehand. The
times are short, so that the same schedule is played on real sockets in a few seconds.
"""

from __future__ import annotations

import contextlib
import itertools
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import trio
from hypothesis.strategies import SearchStrategy

import simnet
from simnet.trace.events import Attempt

PATIENCE: Final = httpx.Timeout(0.5, connect=0.4)
TLS: Final = ssl.create_default_context()
"""Made once: it takes longer than a whole run in virtual time."""


class GaveUpError(Exception):
    """The client tells its caller that it did not work: always allowed."""


def session() -> httpx.AsyncClient:
    """What all of them call with."""
    return httpx.AsyncClient(timeout=PATIENCE, verify=TLS)


async def narrow(url: str, pause: float = 0.1) -> bytes:
    """BUG: a connection that ends early is none of the errors that it expects, and falls through to the caller."""
    async with session() as http:
        for turn in range(5):
            try:
                reply = await http.get(url)
                if reply.status_code == 200:
                    return reply.content
            except (httpx.ConnectError, httpx.TimeoutException):
                pass
            await trio.sleep(pause * 2**turn)
    raise GaveUpError


async def twice(url: str) -> None:
    """BUG: an order whose answer was lost is placed again."""
    async with session() as http:
        for turn in range(5):
            try:
                if (await http.post(url, content=b"one pie")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await trio.sleep(0.1 * 2**turn)
    raise GaveUpError


async def hot(url: str) -> bytes:
    """BUG: after a refusal, which costs no time, it goes straight into the next try."""
    async with session() as http:
        turn = 0
        while turn < 5:
            try:
                reply = await http.get(url)
                if reply.status_code == 200:
                    return reply.content
            except httpx.ConnectError:
                continue
            except httpx.TransportError:
                pass
            turn += 1
            await trio.sleep(0.3 * 2**turn)
    raise GaveUpError


BUDGET: Final = 4.35


async def overdrawn(url: str) -> bytes:
    """BUG: it gives up at the third failure of one kind, which keeps each kind within the budget, but not their sum."""
    failures: Counter[str] = Counter()
    async with session() as http:
        for turn in itertools.count():
            try:
                reply = await http.get(url)
                if reply.status_code == 200:
                    return reply.content
                failures["status"] += 1
            except httpx.TransportError as error:
                failures[type(error).__name__] += 1
            if max(failures.values()) > 2 or turn == 5:
                raise GaveUpError
            await trio.sleep(0.1 * 2**turn)
    raise AssertionError


class Breaker:
    """BUG: who fails while it is half-open leaves it so, and half-open it lets nobody else through."""

    rest = 0.5

    def __init__(self) -> None:
        self.failed, self.state, self.until = 0, "closed", 0.0

    async def get(self, http: httpx.AsyncClient, url: str) -> bytes:
        """One try, if the breaker lets it."""
        if self.state == "half-open" or (self.state == "open" and trio.current_time() < self.until):
            raise GaveUpError
        if self.state == "open":
            self.state = "half-open"
        try:
            reply = await http.get(url)
            reply.raise_for_status()
        except httpx.HTTPError as error:
            self.failed += 1
            if self.state == "closed" and self.failed == 2:
                self.state, self.until = "open", trio.current_time() + self.rest
            raise GaveUpError from error
        self.failed, self.state = 0, "closed"
        return reply.content


async def always_answers(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """Three failures at most, five tries: the caller never sees an error of the transport."""
    await narrow(sim["api"].url)


async def orders_once(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """Whatever happens, there is one order at most."""
    with contextlib.suppress(GaveUpError):
        await twice(sim["api"].url)
    assert sim.effects("api") <= 1, f"{sim.effects('api')} orders"


async def is_patient(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """A quarter of a second lies between any two attempts."""
    with contextlib.suppress(GaveUpError):
        await hot(sim["api"].url)
    sim.attempts()
    times = [attempt.t for attempt in sim.trace.of(Attempt, "api")]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps, default=1) >= 0.25, f"{min(gaps):.3f} s between two attempts"


async def keeps_to_its_budget(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """The call is over after the budget, with an answer or without."""
    began = trio.current_time()
    with contextlib.suppress(GaveUpError):
        await overdrawn(sim["api"].url)
    spent = trio.current_time() - began
    assert spent <= BUDGET, f"{spent:.2f} s"


async def recovers(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
    """When all failures are over, and the breaker had time to rest, a call succeeds."""
    breaker = Breaker()
    async with session() as http:
        for _ in range(6):
            with contextlib.suppress(GaveUpError):
                await breaker.get(http, sim["api"].url)
            await trio.sleep(breaker.rest + 0.1)
        try:
            await breaker.get(http, sim["api"].url)
        except GaveUpError:
            raise AssertionError("the service is well, and the breaker does not let anybody through") from None


@dataclass(frozen=True)
class Planted:
    """A bug: the property that it breaks, the schedules that are tried, and the smallest that breaks it."""

    holds: Callable[[simnet.Trial, simnet.Scenario], Awaitable[None]]
    tried: Callable[[], SearchStrategy[simnet.Scenario]]
    smallest: tuple[Mapping[str, int], ...]
    """Kind of fault -> how many; any of these, where several are equally small."""
    where: tuple[str, ...]
    """Whom they meet, where the order matters: `connection 1`."""
    targets: bool = False


def _at_most(places: int) -> Callable[[], SearchStrategy[simnet.Scenario]]:
    return lambda: simnet.strategies.schedules(max_connections=places)


def _four_kinds() -> SearchStrategy[simnet.Scenario]:
    return simnet.strategies.schedules(faults=["status", "refuse", "stall", "drop_syn"], max_connections=6)


def _mild(count: int) -> tuple[Mapping[str, int], ...]:
    """So many failures that cost no time, of either kind."""
    return tuple(Counter(["status"] * part + ["refuse"] * (count - part)) for part in range(count + 1))


PLANTED: Final[Mapping[str, Planted]] = {
    "narrow except clause": Planted(always_answers, _at_most(3), ({"close_at_accept": 1},), ("connection 1",)),
    "order placed again after a lost reply": Planted(orders_once, _at_most(8), ({"truncate": 1},), ("connection 1",)),
    "hot loop after a refusal": Planted(is_patient, _at_most(8), ({"refuse": 1},), ("attempt 1",)),
    "budget exceeded by a mix of five": Planted(
        keeps_to_its_budget,
        _four_kinds,
        tuple({**mild, "stall": 3 - drops, "drop_syn": drops} for mild in _mild(2) for drops in (1, 2)),
        (),
        targets=True,
    ),
    "breaker stuck half-open": Planted(
        recovers, _at_most(4), _mild(3), ()
    ),
}  # fmt: skip

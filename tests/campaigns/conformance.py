"""The virtual kernel against Linux: the same random calls on both, every result and every errno compared.

Run as a command it is a campaign: `python tests/campaigns/conformance.py --examples 100000 --processes 2`. It prints how
many sequences agreed, and writes the smallest disagreement as a script of calls. A few hundred examples are part of the
suite (`tests/world/test_virtual_conformance.py`).

Real sockets are on addresses that are leased for the run. A disagreement must show three times, on three places: under
load a segment may arrive a moment later than the call that looks for it, and other programs hold ports too.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from simnet.world.lease import hold_lease

if not __package__:  # run as a file
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.campaigns.socket_plays import PLAYS, Linux, Model, NotModelledError, Perform

PORTS, STRIDE = range(18_000, 32_000), 7919
"""Below the ephemeral range; scattered, so that two campaigns seldom meet."""

TOLD = 5000
"""Sequences after which a long campaign says how far it is."""


class Campaign:
    """Plays both and compares; counts what it has done."""

    def __init__(self, places: Iterator[tuple[str, int]], *, tells: bool = False) -> None:
        """`tells`: how far it is, on standard error."""
        self._places, self.tells = places, tells
        self.agreed = self.cut_short = self.retried = 0

    def difference(self, play: Any, perform: Perform) -> str:
        """The first call that differs, in three tries; "" if they agree."""
        found = ""
        for _ in range(3):
            found = self._once(play, perform)
            if not found:
                self.agreed += 1
                if self.agreed % TOLD == 0 and self.tells:
                    print(f"{self.agreed} sequences so far ...", file=sys.stderr, flush=True)
                return ""
            self.retried += 1
        return f"{play}\n{found}"

    def _once(self, play: Any, perform: Perform) -> str:
        place = next(self._places)
        real, model = perform(Linux(), play, place), perform(Model(), play, place)
        try:
            while True:
                try:
                    expected = next(model)
                except NotModelledError:
                    self.cut_short += 1
                    return ""
                except StopIteration:
                    return ""
                seen = next(real)
                if seen != expected:
                    return f"# {seen[0]}: Linux says {seen[1]!r}, the model {expected[1]!r}"
        finally:
            real.close()  # type: ignore[attr-defined]
            model.close()  # type: ignore[attr-defined]


def places(addresses: Iterator[str], start: int) -> Iterator[tuple[str, int]]:
    """A fresh address and port for each play, where nothing of an earlier one and nobody else is in the way."""
    around, first = tuple(addresses), start * 97
    for number in itertools.count():
        place = around[number % len(around)], PORTS.start + (first + number) * STRIDE % len(PORTS)
        if _is_free(place[1]):
            yield place


def _is_free(port: int) -> bool:
    """Whether the wildcards of both families can be bound; a connection in TIME_WAIT is enough to prevent it."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with socket.socket(family) as sock:
            try:
                sock.bind(("", port))
            except OSError:
                return False
    return True


def run(examples: int, start: int, *, tells: bool = False) -> tuple[Campaign, str]:
    """Half conversations, half bindings, drawn from seed `start` on; the campaign, and its smallest disagreement or ""."""
    with hold_lease(200) as lease:
        campaign = Campaign(places(lease.addresses(), start), tells=tells)
        for share, (strategy, perform) in enumerate(PLAYS, 1):
            while campaign.agreed < examples * share // len(PLAYS):
                missing = examples * share // len(PLAYS) - campaign.agreed
                found = _first_difference(campaign, strategy, perform, missing, start + campaign.agreed)
                if found:
                    return campaign, found
        return campaign, ""


def _first_difference(
    campaign: Campaign, strategy: st.SearchStrategy[Any], perform: Perform, examples: int, start: int
) -> str:
    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def agree(play: Any) -> None:
        found = campaign.difference(play, perform)
        assert not found, found

    try:
        agree()
    except Flaky:
        campaign.retried += 1  # Linux was late three times, and then it was not
    except AssertionError as difference:
        return str(difference)
    return ""


def main() -> int:
    """Run the campaign; 1 if there is a disagreement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=2000, help="how many sequences of calls, in all")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--script", type=Path, default=Path("disagreement.txt"), help="where the smallest one is written")
    asked = parser.parse_args()
    began, share = time.monotonic(), asked.examples // asked.processes
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        done = pool.starmap(_report, [(share, asked.seed + number) for number in range(asked.processes)])
    agreed, cut_short, retried = (sum(int(one[at]) for one in done) for at in range(3))
    seconds = time.monotonic() - began
    print(f"{agreed} sequences agreed in {seconds:.0f} s; {cut_short} of them up to a call that the model refuses;")
    print(f"{retried} were played again because Linux was late")
    found = next((one[3] for one in done if one[3]), "")
    if found:
        asked.script.write_text(found + "\n", encoding="utf-8")
        print(f"and one disagrees, see {asked.script}:\n{found}")
    return int(bool(found))


def _report(examples: int, start: int) -> tuple[int, int, int, str]:
    campaign, found = run(examples, start, tells=True)
    return campaign.agreed, campaign.cut_short, campaign.retried, found


if __name__ == "__main__":
    sys.exit(main())

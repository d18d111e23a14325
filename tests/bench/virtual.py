"""`python tests/bench/virtual.py [--schedules 1000]`: schedules of up to eight faults with back-off, in virtual time.

Law: nothing here passes or fails. It prints how many examples, and how many virtual seconds, one second of this machine
takes, and that a second pass over the same schedules leaves the same traces.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from random import Random

import trio

import simnet
from simnet.faults import Fault
from simnet.scenario import Scenario, ServiceSpec

KINDS = ("refuse", "reset_at_accept", "close_at_accept", "reset", "truncate", "stall", "latency", "drop_syn")
TRIES = 9


def schedule(number: int) -> Scenario:
    """Up to eight faults, one for each attempt or connection."""
    draw = Random(number)
    kinds = [draw.choice(KINDS) for _ in range(draw.randint(0, 8))]
    spec = ServiceSpec(faults=tuple(fault(kind, turn) for turn, kind in enumerate(kinds, 1)))
    return Scenario(title=f"schedule {number}", seed=number, services={"api": spec})


def fault(kind: str, turn: int) -> Fault:
    """The fault for the `turn`-th try."""
    when = {"attempts" if kind in {"refuse", "drop_syn"} else "connections": turn}
    parameters = {"reset": {"after": "3 B"}, "truncate": {"after": "3 B"}, "latency": {"delay": "700ms"}}
    return simnet.fault(kind, when=when, **parameters.get(kind, {}))


async def client(port: int) -> int:
    """Ask until it is answered, with back-off up to a minute and ten seconds of patience for each try."""
    for tries in range(1, TRIES + 1):
        with trio.move_on_after(10):
            try:
                async with await trio.open_tcp_stream("api", port) as stream:
                    await stream.send_all(b"question")
                    said = b""
                    while len(said) < 8 and (data := await stream.receive_some()):
                        said += data
                    if len(said) == 8:
                        return tries
            except (OSError, trio.BrokenResourceError):
                pass
        await trio.sleep(min(2.0**tries, 60))
    return 0


def one_pass(schedules: int) -> tuple[str, float]:
    """The hash of all traces, and how many virtual seconds there were."""
    digest, virtual = hashlib.sha256(), 0.0
    for number in range(schedules):
        with simnet.simulate(schedule(number)) as sim:
            sim.run(client, sim["api"].port)
        digest.update(sim.trace.dumps().encode())
        virtual += sim.elapsed
    return digest.hexdigest(), virtual


def main() -> None:
    """Two passes, timed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=1000)
    schedules = parser.parse_args().schedules
    hashes, virtual = [], 0.0
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        found, virtual = one_pass(schedules)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        hashes.append(found)
        print(
            f"{schedules / wall:.0f} examples/s ({schedules / cpu:.0f} per second of processor), {virtual / wall:.0f} virtual s/s"
        )
    print(f"{virtual:.0f} virtual seconds; traces {'equal' if len(set(hashes)) == 1 else 'DIFFER'}: {hashes[0][:16]}")


if __name__ == "__main__":
    main()

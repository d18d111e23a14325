"""The filter before the stream of deaths: who passes, by the kernel's own judgement."""

from __future__ import annotations

import socket

import pytest
import trio

from simnet.world.kernel.destroyed import Deaths
from simnet.world.visitor import cookie_of

GUARD = 20.0


async def told(deaths: Deaths, last: str) -> set[str]:
    """Whom the deaths tell of, by remote address, until that of `last` comes."""
    found: set[str] = set()
    with trio.fail_after(GUARD):
        while last not in found:
            await deaths.wait()
            found |= {death.remote[0] for death in deaths.pending()}
    return found


def dial(address: str) -> int:
    """Connect in vain, and be gone: a word for every subscriber, with this cookie."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        assert sock.connect_ex((address, 9)) != 0
        return cookie_of(sock)


@pytest.mark.parametrize("many", [False, True], ids=["compared", "by the span"])
def test_those_who_dialled_others_are_not_told_of(*, many: bool) -> None:
    """The two addresses (or what lies between the first and the last of 300), and IPv6; nobody else."""
    own = [f"127.93.8.{last}" for last in range(11, 253)] + [f"127.93.9.{last}" for last in range(1, 99)] if many else []
    own = own or ["127.93.8.11", "127.93.9.98"]

    async def main() -> set[str]:
        deaths = Deaths(own)
        try:
            for address in ("127.93.8.10", "127.93.8.11", "127.93.9.99", "::1", "127.93.9.98"):
                dial(address)
            return await told(deaths, "127.93.9.98")
        finally:
            deaths.close()

    found = trio.run(main)
    assert found >= {"127.93.8.11", "127.93.9.98"}
    assert not found & {"127.93.8.10", "127.93.9.99"}


def test_what_is_gathered_is_kept() -> None:
    """More deaths than the kernel keeps for us, gathered now and then in another thread, are all told of, once."""
    dialled: list[int] = []

    def dial_often(deaths: Deaths) -> None:
        for _ in range(3000):
            dialled.append(dial("127.93.8.11"))
            deaths.gather()

    async def main() -> list[int]:
        deaths = Deaths(["127.93.8.11"])
        try:
            await trio.to_thread.run_sync(dial_often, deaths)
            found = [death.cookie for death in deaths.pending()]
            with trio.fail_after(GUARD):
                while dialled[-1] not in found:
                    await deaths.wait()
                    found += [death.cookie for death in deaths.pending()]
            return found
        finally:
            deaths.close()

    told_of = trio.run(main)
    assert sorted(set(told_of) & set(dialled)) == sorted(dialled)
    assert len(set(told_of)) == len(told_of)

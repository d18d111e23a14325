"""Which addresses a run may use: what a lease holds, and what the plan makes of it."""

from __future__ import annotations

import ipaddress
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.plan.lease import (
    BLOCK_SIZE,
    BLOCKS,
    DRY_LEASE,
    FIRST_SIX_PORT,
    LAST_SIX_PORT,
    Lease,
    block_prefix,
    blocks_needed,
)
from simnet.plan.plan import make_plan
from simnet.scenario.model import Scenario, ServiceSpec
from simnet.values import Endpoint

EPHEMERAL = range(32768, 61000)
"""Where the kernel takes the ports of clients from (ip_local_port_range, ip(7))."""

blocks = st.lists(st.integers(0, BLOCKS - 1), unique=True, min_size=1, max_size=3).map(tuple)


@given(blocks)
@settings(deadline=None, max_examples=50)
def test_leased_addresses_are_distinct_hosts_of_their_own_half_of_loopback(numbers: tuple[int, ...]) -> None:
    """A lease is 254 different addresses a block, all in 127.128.0.0/9, none a network's or the broadcast address."""
    addresses = [ipaddress.IPv4Address(address) for address in Lease(numbers).addresses()]
    assert len(set(addresses)) == len(addresses) == BLOCK_SIZE * len(numbers)
    assert all(address in ipaddress.IPv4Network("127.128.0.0/9") for address in addresses)
    assert not any(address in ipaddress.IPv4Network("127.255.0.0/16") for address in addresses)
    assert all(int(address) & 0xFF not in {0, 255} for address in addresses)


def test_no_two_blocks_are_the_same() -> None:
    """Every block number has a prefix of its own, from 127.128.0 to 127.254.255."""
    prefixes = [block_prefix(block) for block in range(BLOCKS)]
    assert len(set(prefixes)) == BLOCKS
    assert (prefixes[0], prefixes[-1]) == ("127.128.0", "127.254.255")


@given(st.integers(0, 20_000))
@settings(deadline=None)
def test_there_are_enough_blocks_and_not_one_too_many(services: int) -> None:
    """The blocks give each service an address; with one block less they would not."""
    needed = blocks_needed(services)
    assert needed * BLOCK_SIZE >= services
    assert needed == 1 or (needed - 1) * BLOCK_SIZE < services


def test_ports_to_lease_are_where_nobody_is_sent_by_chance() -> None:
    """The ports leased on ::1 lie above the privileged and below the ephemeral ones."""
    assert 1024 <= FIRST_SIX_PORT < LAST_SIX_PORT <= EPHEMERAL.start
    assert all(FIRST_SIX_PORT <= port < LAST_SIX_PORT for port in DRY_LEASE.six_ports)


ports = st.none() | st.integers(7000, 7012) | st.integers(FIRST_SIX_PORT, FIRST_SIX_PORT + 6)
addresses = st.sampled_from([None, "127.20.0.1", "127.20.0.2", "::1", "127.128.0.1", "127.128.0.2", "127.128.0.3"])
"""Some of them lie in the block that is leased below: an author may write what he likes."""
places = st.lists(st.tuples(addresses, ports), min_size=1, max_size=12).filter(
    lambda chosen: all(a != b or None in a for a, b in itertools.combinations(chosen, 2))
)


def _scenario(chosen: list[tuple[str | None, int | None]]) -> Scenario:
    specs = [ServiceSpec(at=None if place == (None, None) else Endpoint(*place)) for place in chosen]
    return Scenario(services={f"s{number}": spec for number, spec in enumerate(specs)})


@given(places)
@settings(deadline=None, max_examples=200)
def test_what_is_named_is_kept_and_what_is_leased_never_collides(chosen: list[tuple[str | None, int | None]]) -> None:
    """Addresses and ports of the file stay; no two services share a place; leased ports are not ephemeral ones."""
    six = sum(address == "::1" for address, _ in chosen)
    lease = Lease((0,), tuple(range(FIRST_SIX_PORT, FIRST_SIX_PORT + six)))
    plan = make_plan(_scenario(chosen), lease)
    assert [service.name for service in plan.services] == [f"s{number}" for number in range(len(chosen))]
    assert len({service.endpoint for service in plan.services}) == len(chosen)
    for (address, port), service in zip(chosen, plan.services, strict=True):
        assert address is None or service.address == address
        assert address is not None or service.address in set(lease.addresses())
        assert port is None or service.port == port
        assert port is not None or service.port not in EPHEMERAL


@given(places)
@settings(deadline=None, max_examples=50)
def test_a_service_without_an_address_shares_it_with_nobody(chosen: list[tuple[str | None, int | None]]) -> None:
    """An address that is leased is of one service alone, at the port it names or the default port of its protocol."""
    lease = Lease((0,), tuple(range(FIRST_SIX_PORT, FIRST_SIX_PORT + 12)))
    plan = make_plan(_scenario(chosen), lease)
    everybody = [service.address for service in plan.services]
    for (address, port), service in zip(chosen, plan.services, strict=True):
        if address is None:
            assert everybody.count(service.address) == 1
            assert service.port == (port or service.speaks.default_port)


def test_a_thousand_services_have_a_thousand_addresses() -> None:
    """A plan of many services uses as many blocks as it needs, and each service keeps the default port."""
    scenario = Scenario(services={f"s{number}": ServiceSpec() for number in range(1000)})
    plan = make_plan(scenario, Lease(tuple(range(blocks_needed(1000)))))
    assert len({service.address for service in plan.services}) == 1000
    assert {service.port for service in plan.services} == {7007}

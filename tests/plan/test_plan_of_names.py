"""The plan of a scenario with names: the resolver that answers them, or none."""

from __future__ import annotations

import dataclasses

from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import make_plan
from simnet.scenario import Scenario, ServiceSpec
from simnet.verdicts.query import Question, Respond


def test_names_get_a_resolver_on_an_address_of_its_own() -> None:
    """`names` become a dns service that knows the addresses of the services, on the port that the lease allows."""
    api, two = ServiceSpec(), ServiceSpec()
    names = {"api.test": "api", "gone.test": "nxdomain", "both.test": ["api", "two"]}
    scenario = Scenario.model_validate({"services": {"api": api, "two": two}, "names": names})
    plan = make_plan(scenario, dataclasses.replace(DRY_LEASE, name_port=5300))
    first, second, resolver = plan.services
    assert (plan.resolver, resolver.name, resolver.port) == ("dns", "dns", 5300)
    assert len({first.address, second.address, resolver.address}) == 3
    assert plan.names == {
        "api.test": (first.address,), "gone.test": (), "both.test": (first.address, second.address),
    }  # fmt: skip
    assert [planned.fault.kind for planned in resolver.faults] == ["nxdomain", "dns_rotate"]
    gone = Question("gone.test", "A", "udp")
    assert [chosen.verdict for chosen in resolver.query(gone, 1, 0)] == [Respond("NXDOMAIN")]
    assert resolver.query(dataclasses.replace(gone, name="api.test"), 1, 0) == ()


def test_without_names_there_is_no_resolver() -> None:
    """Nothing is brought up that was not asked for."""
    plan = make_plan(Scenario(services={"api": ServiceSpec()}), DRY_LEASE)
    assert (plan.resolver, dict(plan.names), len(plan.services)) == (None, {}, 1)

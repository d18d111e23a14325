"""`proxy`: which upstreams it takes."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simnet.errors import ScenarioError
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import make_plan
from simnet.scenario import load_text
from simnet.services.proxy import Proxy

HEAD = "simnet: 1\nservices:\n"


def proxy(upstream: str, **options: str) -> Proxy:
    """The service, as from YAML."""
    return Proxy.model_validate({"upstream": upstream, **options})


@pytest.mark.parametrize("upstream", ["127.0.0.1:5432", "127.200.1.2:1", "[::1]:65535", "db"])
def test_loopback_and_services_are_dialled(upstream: str) -> None:
    """Any address of loopback, and whatever may be the name of a service."""
    assert proxy(upstream).dials == upstream


@pytest.mark.parametrize(
    ("upstream", "why"),
    [
        (
            "10.0.0.1:80",
            "is not on loopback, and simnet dials nothing else unasked; write `allow_upstream: 10.0.0.1:80`",
        ),
        ("127.0.0.1", "is not an address with a port"),
        ("db.example.com:80", "is not an address with a port"),
        ("127.0.0.300:80", "is not an IP address"),
        ("127.0.0.1:0", "port 0 is not between 1 and 65535"),
        ("", "is not an address with a port"),
    ],
)
def test_what_cannot_or_must_not_be_dialled_is_refused(upstream: str, why: str) -> None:
    """Names are not looked up, and nothing beyond loopback is dialled unasked."""
    with pytest.raises(ValidationError) as caught:
        proxy(upstream)
    assert why in str(caught.value)


def test_the_very_address_allows_another_machine() -> None:
    """And no other; with a service of the file it means nothing and is refused."""
    assert proxy("10.0.0.1:80", allow_upstream="10.0.0.1:80").dials == "10.0.0.1:80"
    with pytest.raises(ValidationError, match="is not on loopback"):
        proxy("10.0.0.1:80", allow_upstream="10.0.0.1:81")
    with pytest.raises(ValidationError, match="leave `allow_upstream` out"):
        proxy("db", allow_upstream="db")


def test_the_plan_knows_where_to_dial() -> None:
    """An address as it is written, a service by where it is leased."""
    text = '  real: {}\n  link: {proxy: {upstream: real}}\n  six: {proxy: {upstream: "[::1]:99"}}\n'
    real, link, six = make_plan(load_text(HEAD + text), DRY_LEASE).services
    assert (real.upstream, link.upstream, six.upstream) == (None, real.endpoint, ("::1", 99))


@pytest.mark.parametrize(
    ("services", "why"),
    [
        ("  a: {proxy: {upstream: a}}", "what is sent to `a` would come back to it for ever"),
        ("  a: {proxy: {upstream: b}}\n  b: {proxy: {upstream: a}}", "would come back to it for ever"),
        ("  a: {at: '127.9.1.1:80', proxy: {upstream: '127.9.1.1:80'}}", "would come back to it for ever"),
        ("  a: {proxy: {upstream: bee}}\n  bees: {}", "did you mean `bees`?"),
        ("  a: {faults: [{fault: reset, direction: to_upstream}]}", "`a` speaks echo and has no upstream"),
        ("  a: {proxy: {upstream: 'b:1'}}\n  b: {}", "is not an address with a port"),
        ("  a: {faults: [{fault: reset, direction: sideways}]}", "`direction` is of a proxy"),
    ],
)
def test_what_does_not_fit_together_is_refused(services: str, why: str) -> None:
    """No circles, no upstream that is not there, no direction where there is but one."""
    with pytest.raises(ScenarioError) as caught:
        load_text(HEAD + services + "\n")
    assert why in str(caught.value)
    assert len(caught.value.problems) <= 2

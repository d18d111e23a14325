"""A scenario made in Python is as valid as one from a file."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simnet.scenario import Scenario, ServiceSpec, load_text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"services": {}}, "there is no service"),
        ({"services": {"2nd": {}}}, "cannot be a service's name"),
        ({"services": {"a-b": {}, "A_B": {}}}, "SIMNET_A_B_HOST"),
        (
            {"services": {"a": {"at": "127.0.0.1:80"}, "b": {"at": "127.0.0.1:80"}}},
            "`b` is at 127.0.0.1:80, and so is `a`",
        ),
        ({"services": {"a": {"at": "[::1]:80"}, "b": {"at": "[0:0:0:0:0:0:0:1]:80"}}}, "and so is `a`"),
        ({"services": {"a": {"faults": [{"fault": "refuze"}]}}}, "did you mean `refuse`?"),
        ({"services": {"a": {"speaks": "htpp"}}}, "did you mean `http`?"),
        ({"services": {"a": {"faults": [{"fault": "stall", "when": {"requests": 1}}]}}}, "echo, which has no requests"),
        ({"services": {"a": {}}, "expect": [{"attempts": {"service": "b", "exactly": 1}}]}, "there is no service"),
        ({"services": {"a": {}}, "title": "\x1b[2J"}, "U\\+001B"),
        ({"services": {"a": {}}, "seed": "7"}, "valid integer"),
        ({"services": {"a": {}}, "names": {"n.test": "b"}}, "there is no service"),
        (
            {"services": {"a": {}}, "names": {"n.test": {"fault": "dns_rotate"}}},
            "needs a service that the name resolves to",
        ),
        ({"services": {"a": {}}, "names": {"n.test": {"fault": "refuse", "to": "a"}}}, "is no fault of a name"),
        ({"services": {"a": {}}, "names": {"n.test": {}}}, "resolves to a service or has a fault"),
        ({"services": {"dns": {}}, "names": {"n.test": "dns"}}, "give yours another name"),
        ({"services": {"nxdomain": {}}, "names": {"n.test": "nxdomain"}}, "is a service of this file and a fault"),
        ({"services": {"a": {"faults": [{"fault": "nxdomain"}]}}}, "strikes queries for names"),
        ({"services": {"a": {"speaks": "udp_echo", "faults": [{"fault": "refuse"}]}}}, "strikes connections"),
    ],
)
def test_what_a_file_may_not_say_python_may_not_either(fields: dict[str, object], message: str) -> None:
    """Mistakes between the parts, unknown names and control characters are refused by the model itself."""
    with pytest.raises(ValidationError, match=message):
        Scenario.model_validate(fields)


def test_services_that_do_not_clash_may_share_an_address() -> None:
    """One address with two ports, one port at two addresses, and a service that leaves its port open."""
    text = "simnet: 1\nservices: {a: {at: '127.0.0.1:80'}, b: {at: '127.0.0.1:81'}, c: {at: '127.0.0.2:80'}, d: {at: 127.0.0.1}}\n"
    assert list(load_text(text).services) == ["a", "b", "c", "d"]


def test_a_scenario_cannot_be_changed() -> None:
    """Scenario and service are frozen."""
    scenario = Scenario(services={"api": ServiceSpec()})
    with pytest.raises(ValidationError, match="frozen"):
        scenario.title = "another"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        scenario.services["api"].at = None  # type: ignore[misc]

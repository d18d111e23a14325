"""The rows of the matrix: they follow from the kinds of fault, and each is an ordinary scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

import simnet.fronts.matrix
from simnet.errors import SimnetError
from simnet.faults import KINDS
from simnet.faults.contract import Stage
from simnet.matrix.definition import Way
from simnet.matrix.failures import HOST, LEFT_OUT, NONE, Failure, chosen, failures_of, scenario_of
from simnet.matrix.protocol import Protocol, read_protocol
from simnet.scenario import load_text
from simnet.scenario.dump import dump

FILES: Final = sorted(Path(simnet.fronts.matrix.__path__[0], "protocols").glob("*.yaml"))
PROTOCOLS: Final = [read_protocol(path.read_text("utf-8"), path.name) for path in FILES]
HTTP: Final = next(each for each in PROTOCOLS if each.protocol == "http")

DATAGRAMS_ONLY: Final = {name for name, kind in KINDS.items() if kind.stage is Stage.DATAGRAM}


def test_every_kind_has_its_row() -> None:
    """Of HTTP: each kind but those of datagrams and those that are left out for a reason; more than forty in all."""
    rows = failures_of(HTTP)
    assert {row.kind for row in rows} == set(KINDS) - DATAGRAMS_ONLY - set(LEFT_OUT) | {""}
    assert len(rows) > 60
    assert len({row.name for row in rows}) == len(rows)
    assert set(LEFT_OUT) <= set(KINDS)


@pytest.mark.parametrize("failure", failures_of(HTTP), ids=lambda failure: failure.name)
def test_each_row_is_a_scenario(failure: Failure) -> None:
    """It can be written as a file and read again; the client is asked as the failure needs it."""
    scenario = scenario_of(failure, HTTP)
    assert load_text(dump(scenario)) == scenario
    assert (HOST in scenario.names) == failure.by_name
    assert (scenario.services["api"].tls is not None) == failure.tls == scenario.client.trust
    assert failure.way is not Way.CALLS or failure.fault is None or failure.fault.when.asked


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.protocol)
def test_each_protocol_can_fail(protocol: Protocol) -> None:
    """Every failure that has a row there can be a scenario; a name fails at a service of names itself."""
    rows = failures_of(protocol)
    scenarios = [scenario_of(failure, protocol) for failure in rows]
    assert {"refuse", "reset", "nxdomain"} <= {row.name for row in rows}
    has_names = [bool(scenario.names) for scenario in scenarios]
    assert any(has_names) != protocol.service.speaks.has_queries
    assert protocol.effect is None or protocol.service.speaks.tells_requests


def test_a_kind_stands_for_its_varieties() -> None:
    """And a name for itself; each row once, whoever asks for it how often."""
    rows = failures_of(HTTP)
    assert [row.name for row in chosen(rows, ["reset", "reset:body"])] == ["reset", "reset:body", "reset:once"]
    assert [row.name for row in chosen(rows, ["reset:body", f"{NONE}:calls"])] == ["reset:body", f"{NONE}:calls"]


def test_a_name_that_is_none_is_told_with_the_nearest() -> None:
    """Whoever mistypes is helped."""
    with pytest.raises(SimnetError, match=r"there is no failure `refusd`; did you mean `refuse`\?"):
        chosen(failures_of(HTTP), ["refusd"])


def test_a_target_has_its_place_in_it() -> None:
    """Of TLS another one; an address of IPv6 has its brackets."""
    assert HTTP.in_words(host="127.0.0.1", port="80", tls=False) == "http://127.0.0.1:80/orders"
    assert HTTP.in_words(host="::1", port="80", tls=True) == "https://[::1]:80/orders"

"""The files by which a program under test resolves the scenario's names, and when there are none to be had."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from simnet.errors import MachineError
from simnet.plan.lease import Lease
from simnet.plan.plan import make_plan
from simnet.scenario import load_text
from simnet.world.names import Names

HEAD = "simnet: 1\nservices: {api: {at: '127.94.7.1:80'}, other: {}}\n"


def files_of(text: str, port: int) -> dict[str, str]:
    """What a program would find, with the resolver at that port."""
    plan = make_plan(load_text(HEAD + text), Lease((7,), name_port=port))
    services = {s.name: SimpleNamespace(address=s.address, port=s.port) for s in plan.services}
    return dict(Names(plan, cast("Any", services)).own_files())


def test_at_port_53_the_resolver_is_asked_for_every_name() -> None:
    """/etc/hosts has none of them, not even one of the system's own, and /etc/resolv.conf has the resolver alone."""
    files = files_of("names: {api.test: api, localhost: nxdomain}\n", 53)
    words = {word for line in files["/etc/hosts"].splitlines() for word in line.split()}
    assert not {"api.test", "localhost"} & words
    assert files["/etc/resolv.conf"] == "nameserver 127.128.7.2\n"


def test_elsewhere_names_that_do_not_fail_are_in_the_hosts_file() -> None:
    """No resolver is asked for them, and the system's stays in charge of all others."""
    files = files_of("names: {api.test: api, web.test: api}\n", 5300)
    assert [line for line in files["/etc/hosts"].splitlines() if ".test" in line] == [
        "127.94.7.1\tapi.test",
        "127.94.7.1\tweb.test",
    ]
    assert "/etc/resolv.conf" not in files


@pytest.mark.parametrize(
    ("name", "kind"), [("gone.test: nxdomain", "nxdomain"), ("both.test: [api, other]", "dns_rotate")]
)
def test_elsewhere_a_name_that_fails_is_an_error_with_its_cure(name: str, kind: str) -> None:
    """The message names the name, the fault, and the ways to have port 53."""
    with pytest.raises(MachineError, match=rf"`{name.partition(':')[0]}` meets {kind}.*53.*--isolated.*port_start=53"):
        files_of(f"names: {{api.test: api, {name}}}\n", 5300)


def test_without_names_the_program_has_the_systems_files() -> None:
    """Nothing is covered."""
    assert files_of("", 53) == {}


@pytest.mark.parametrize("names", ["", "names: {api.test: api}\n"])
def test_its_patience_is_in_resolv_conf(names: str) -> None:
    """In the words of resolv.conf(5), after what is there, so that it is what counts."""
    files = files_of(f"client: {{lookup_timeout: 3s, lookup_attempts: 1}}\n{names}", 53)
    assert files["/etc/resolv.conf"].splitlines()[-1] == "options timeout:3 attempts:1"

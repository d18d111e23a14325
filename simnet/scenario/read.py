"""A tree of nodes -> Scenario; what is wrong goes to the report, and the rest is read all the same.

Law: each part is read by itself, so that one mistake hides no other. What must hold between the parts is asked at the
end, of as much as could be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simnet.checks.contract import Check
from simnet.faults import Fault
from simnet.scenario import ask, entries, sense
from simnet.scenario.bug import Bug, lacks
from simnet.scenario.lesson import Lesson
from simnet.scenario.model import FORMAT, ClientSpec, Heading, Scenario, ServiceSpec, misfits_of
from simnet.scenario.names import names
from simnet.scenario.parts import is_null, part, spot_at, value_spot
from simnet.scenario.report import Report
from simnet.scenario.sense import CheckSketch, ServiceSketch
from simnet.scenario.tree import Entry, Items, Node, Scalar, Table, Wrong
from simnet.scenario.words import code, nearest, shown
from simnet.services import PROTOCOLS, Service
from simnet.services.contract import Tls
from simnet.services.echo import Echo
from simnet.values import Endpoint

__all__ = ["read", "read_expectations"]

KEYS = ("simnet", *Scenario.model_fields)
"""The keys of a file."""


def read(root: Node, report: Report) -> Scenario | None:
    """The scenario, or None if anything is wrong with it; `report` knows what."""
    if not isinstance(root, Table):
        ask.refuse(root, report, "a scenario is a mapping of keys", "begin with `simnet: 1`")
        return None
    torn = bool(report)
    ask.known_keys(root, report, KEYS, "a scenario")
    _format(root, report)
    heading = part(Heading, _heading(root), report, "a scenario")
    client = _client(root, report)
    lesson, lesson_is_wrong = _lesson(root, report)
    bug, bug_is_wrong = _bug(root, report)
    services = _services(root, report)
    named, to = names(root, report)
    checks, sketches = _checks(root, report)
    if services is not None and (services or not torn):
        for mistake in report.until_full(sense.mistakes(tuple(s.sketch for s in services), sketches, to)):
            report.add(spot_at(root, mistake.path, at_key=mistake.at_key), mistake.message, mistake.cure)
    if report or heading is None or client is None or services is None or lesson_is_wrong or bug_is_wrong:
        return None
    specs = {service.sketch.name: service.spec for service in services if service.spec is not None}
    return Scenario(**dict(heading), services=specs, client=client, names=named, expect=checks, lesson=lesson, bug=bug)


def read_expectations(root: Table, report: Report) -> tuple[Check, ...]:
    """What a file without services expects; `report` knows what is wrong with it."""
    ask.known_keys(root, report, KEYS, "a scenario")
    _format(root, report)
    if root.get("expect") is None:
        report.add(root.spot, "this file expects nothing", "write `expect:` and beneath it `- attempts: {at_most: 5}`")
    return _checks(root, report)[0]


def _format(root: Table, report: Report) -> None:
    entry = root.get("simnet")
    if entry is None:
        report.add(root.spot, "the file does not say which format it has", f"begin with `simnet: {FORMAT}`")
    elif not isinstance(entry.value, Scalar):
        ask.refuse(entry.value, report, "`simnet` is the number of the format", f"write `simnet: {FORMAT}`")
    elif type(entry.value.value) is not int or entry.value.value != FORMAT:
        here = "nothing" if is_null(entry.value) else shown(entry.value.value)
        message = f"the only format of a scenario is {FORMAT}, and here is {here}"
        report.add(value_spot(entry), message, f"write `simnet: {FORMAT}`")


def _heading(root: Table) -> Table:
    return Table(root.spot, tuple(entry for entry in root.entries if entry.key.text in Heading.model_fields))


def _client(root: Table, report: Report) -> ClientSpec | None:
    entry = root.get("client")
    if entry is None:
        return ClientSpec()
    given = ask.table(entry, report, "write what the program under test is given: `client: {open_files: 24}`")
    return None if given is None else part(ClientSpec, given.seen_at(entry.key.spot), report, "`client`")


def _lesson(root: Table, report: Report) -> tuple[Lesson | None, bool]:
    """The lesson, if there is one; and whether something is wrong with it."""
    entry = root.get("lesson")
    if entry is None:
        return None, False
    given = ask.table(entry, report, "write `objective:`, `background:`, `try:`, `predict:` and `debrief:` beneath it")
    made = None if given is None else part(Lesson, given.seen_at(entry.key.spot), report, "`lesson`")
    return made, made is None


def _bug(root: Table, report: Report) -> tuple[Bug | None, bool]:
    """The bug, if there is one; and whether something is wrong with it, or with the rest for its sake."""
    entry = root.get("bug")
    if entry is None:
        return None, False
    given = ask.table(entry, report, "write `of:`, `issues:`, `look_at:`, `bad:` and `good:` beneath it")
    made = None if given is None else part(Bug, given.seen_at(entry.key.spot), report, "`bug`")
    if made is not None:
        for mistake in lacks(made, run=root.get("run") is not None, expect=root.get("expect") is not None):
            report.add(spot_at(root, mistake.path, at_key=mistake.at_key), mistake.message, mistake.cure)
    return made, made is None


def _checks(root: Table, report: Report) -> tuple[tuple[Check, ...], tuple[CheckSketch, ...]]:
    nodes = ask.items(root.get("expect"), report, "begin each check with a dash: `- attempts: {at_most: 5}`")
    found = [entries.check(node, report) for node in report.until_full(nodes or ())]
    return tuple(check for check, _ in found if check is not None), tuple(sketch for _, sketch in found)


@dataclass(frozen=True, slots=True)
class _Service:
    """A service as far as it could be read; `spec` is None if something is wrong with it."""

    sketch: ServiceSketch
    spec: ServiceSpec | None


def _services(root: Table, report: Report) -> tuple[_Service, ...] | None:
    """The services; None if there is no telling which there are."""
    entry = root.get("services")
    if entry is None:
        misspelt = any(nearest(each.key.text, KEYS) == "services" for each in root.entries)
        return None if misspelt else ()
    named = ask.table(entry, report, "write each service's name as a key: `services: {api: {}}`")
    return None if named is None else tuple(_service(each, report) for each in report.until_full(named.entries))


def _service(entry: Entry, report: Report) -> _Service:
    name = entry.key.text
    said = entry.value.text if isinstance(entry.value, Scalar) else ""
    short = f"{{speaks: {said}}}" if said in PROTOCOLS else "{}"
    table = ask.table(entry, report, f"write {code(f'{name}: {short}')}, or its keys in the lines beneath")
    if table is None:
        return _Service(ServiceSketch(name, None, None, (), has_requests=False, keeps_ledger=True), None)
    ask.known_keys(table, report, (*ServiceSpec.model_fields, *PROTOCOLS), "a service")
    at = _at(table, report)
    protocol, speaks = _speaks(table, report)
    tls, tls_is_wrong = _tls(table, report)
    found, asked = _faults(table, report)
    known = None if protocol is None else PROTOCOLS[protocol]
    misfits = () if known is None else misfits_of(known, found or (), tls=tls is not None or tls_is_wrong)
    steered = () if speaks is None else _steered(table)
    has_requests = known is not None and known.has_requests if speaks is None else speaks.tells_requests
    dials = None if speaks is None else speaks.dials
    keeps_ledger = speaks is None or speaks.keeps_ledger  # of one that could not be read nothing more is said
    sketch = ServiceSketch(
        name,
        at,
        protocol,
        asked,
        misfits,
        has_requests=has_requests,
        dials=dials,
        steered=steered,
        tls=tls is not None,
        keeps_ledger=keeps_ledger,
        gets_requests_by=PROTOCOLS[protocol or "echo"].gets_requests_by,
    )
    faults = None if found is None else tuple(fault for fault in found if fault is not None)
    if speaks is None or found is None or faults is None or len(faults) < len(found) or tls_is_wrong:
        return _Service(sketch, None)
    return _Service(sketch, ServiceSpec(at=at, speaks=speaks, tls=tls, faults=faults))


def _at(table: Table, report: Report) -> Endpoint | None:
    entry = table.get("at")
    if entry is None or isinstance(entry.value, Wrong):
        return None
    if not isinstance(entry.value, Scalar) or is_null(entry.value):
        report.add(entry.key.spot, "`at` is one address", "write `at: 127.20.0.1:8080`, or leave `at` out")
        return None
    if isinstance(entry.value.value, int) and not isinstance(entry.value.value, bool):
        report.add(entry.value.spot, "a port alone begins with a colon", f"write `at: :{entry.value.value}`")
        return None
    try:
        return Endpoint.parse(entry.value.value)
    except ValueError as error:
        message, _, cure = str(error).rpartition("; ")
        six = re.fullmatch(r"::1:(\d+)", entry.value.text)
        report.add(entry.value.spot, message, f'write "[::1]:{six[1]}", with these quotes' if six else cure)
        return None


def _speaks(table: Table, report: Report) -> tuple[str | None, Service | None]:
    """The name of the protocol, as far as it is known, and what speaks it, if nothing is wrong."""
    said = [entry for entry in table.entries if entry.key.text == "speaks" or entry.key.text in PROTOCOLS]
    if not said:
        return "echo", Echo()
    first, *more = said
    for entry in more:
        message = f"a service speaks one protocol, and {code(first.key.text)} says which"
        report.add(entry.key.spot, message, f"keep {code(first.key.text)} or {code(entry.key.text)}")
    return _plainly(first, report) if first.key.text == "speaks" else _with_options(first, report)


def _plainly(entry: Entry, report: Report) -> tuple[str | None, Service | None]:
    """`speaks: http`"""
    inner = [each.key.text for each in entry.value.entries] if isinstance(entry.value, Table) else []
    if inner and inner[0] in PROTOCOLS:
        message = "`speaks` is one word; a protocol with options is a key of its own"
        report.add(entry.key.spot, message, f"write `{inner[0]}:` in place of `speaks:`, and the options beneath")
        return inner[0], None
    name = ask.choice(entry, report, PROTOCOLS, "protocol")
    if name is None:
        return None, None
    return name, part(PROTOCOLS[name], Table(entry.value.spot, ()), report, f"`{name}`")


def _with_options(entry: Entry, report: Report) -> tuple[str, Service | None]:
    """`http: {...}`"""
    name = entry.key.text
    options = ask.table(entry, report, f"write `speaks: {name}`, or its options beneath `{name}:`")
    if options is None:
        return name, None
    again = options.get("speaks")
    if again is not None:
        report.add(again.key.spot, f"`{name}` has no `speaks`: it is what the service speaks", "remove it")
    return name, part(PROTOCOLS[name], options.seen_at(entry.key.spot, without=["speaks"]), report, f"`{name}`")


def _tls(table: Table, report: Report) -> tuple[Tls | None, bool]:
    """`tls: true`, or its options; and whether something is wrong with it."""
    entry = table.get("tls")
    if entry is None:
        return None, False
    if isinstance(entry.value, Scalar) and isinstance(entry.value.value, bool):
        return (Tls() if entry.value.value else None), False
    options = ask.table(entry, report, "write `tls: true`, or its options beneath `tls:`")
    made = None if options is None else part(Tls, options.seen_at(entry.key.spot), report, "`tls`")
    return made, made is None


def _steered(table: Table) -> tuple[bool, ...]:
    entry = table.get("faults")
    return tuple(map(entries.steered, entry.value.items)) if entry is not None and isinstance(entry.value, Items) else ()


def _faults(table: Table, report: Report) -> tuple[tuple[Fault | None, ...] | None, tuple[frozenset[str], ...]]:
    """The faults, None for each that is wrong, or for all; and the conditions that each of them asks for."""
    nodes = ask.items(table.get("faults"), report, "begin each fault with a dash: `- fault: refuse`")
    if nodes is None:
        return None, ()
    found = tuple(entries.fault(node, report) for node in report.until_full(nodes))
    return found, tuple(entries.asked(node) for node in nodes)

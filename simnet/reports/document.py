"""A run as one JSON document: what every command with `--json` and every report is made of.

Law: one format. `title`, `seed`, `services`, `faults` and `client` are always there; a verdict adds `ok` and `differences`,
the whole story adds `events`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from simnet.checks.contract import Difference
from simnet.trace.events import ClientEnded, ServiceUp
from simnet.trace.journal import Trace
from simnet.trace.summary import Proof, proofs

__all__ = ["proof_document", "properties", "trace_document", "verdict_document"]


def trace_document(trace: Trace, *, events: bool = False) -> dict[str, object]:
    """Figures and proofs of a trace; with `events`, everything that happened."""
    services = [
        {
            "name": up.service,
            "address": up.address,
            "port": up.port,
            "speaks": up.speaks,
            "attempts": trace.attempts(up.service),
            "connections": trace.connections(up.service),
            "requests": trace.requests(up.service),
        }
        for up in trace.of(ServiceUp)
    ]
    client = [{k: v for k, v in dataclasses.asdict(e).items() if k != "service"} for e in trace.of(ClientEnded)]
    return {
        "title": trace.title,
        "seed": trace.seed,
        "services": services,
        "faults": [proof_document(proof) for proof in proofs(trace)],
        "client": client[0] if client else None,
        **({"events": [json.loads(line) for line in trace.dumps().splitlines()[1:]]} if events else {}),
    }


def verdict_document(differences: Sequence[Difference]) -> dict[str, object]:
    """What is not as expected."""
    return {"ok": not differences, "differences": [dataclasses.asdict(difference) for difference in differences]}


def proof_document(proof: Proof) -> dict[str, object]:
    """One fault and what became of it."""
    return {
        "service": proof.service,
        "fault": proof.fault,
        "kind": proof.kind,
        "when": proof.when,
        "required": proof.required,
        "promise": proof.promise,
        "held": proof.held,
        "applied": [{"t": e.t, "target": e.target, "evidence": dict(e.evidence)} for e in proof.applied],
        "failed": [{"t": e.t, "target": e.target, "why": e.why, "evidence": dict(e.evidence)} for e in proof.failed],
    }


def properties(trace: Trace) -> list[tuple[str, object]]:
    """The figures that a list of test results has room for: JUnit's `<property>` of a test."""
    proof = proofs(trace)
    proven = sum(bool(each.applied) for each in proof)
    return [
        ("simnet.scenario", trace.title),
        ("simnet.seed", trace.seed),
        ("simnet.attempts", trace.attempts()),
        ("simnet.connections", trace.connections()),
        ("simnet.requests", trace.requests()),
        ("simnet.faults_proven", f"{proven} of {len(proof)}"),
    ]

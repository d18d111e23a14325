"""`no_duplicate_effects`: a difference for each effect that was had before, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.checks import CHECKS
from simnet.checks.no_duplicate_effects import NoDuplicateEffects
from simnet.trace.events import Effect, RequestBegan
from simnet.trace.journal import Trace


def effect(service: str, number: int, repeats: int | None, *, done: bool, key: str = "") -> Effect:
    """One entry of a ledger."""
    where = {"connection": 2, "request": number + 1}
    return Effect(
        t=0, service=service, **where, number=number, repeats=repeats, done=done, method="POST", target="/a", idempotency_key=key
    )  # fmt: skip


effects = st.builds(
    lambda service, repeats, done: effect(service, 2, repeats, done=done or repeats is None),
    st.sampled_from(["api", "db"]), st.none() | st.just(1), st.booleans(),
)  # fmt: skip


@given(st.lists(effects, max_size=8), st.sampled_from([None, "api", "db"]))
@settings(deadline=None)
def test_there_is_a_difference_for_each_duplicate(entries: list[Effect], service: str | None) -> None:
    """Of the service, or of all: those that repeat another and were done."""
    found = NoDuplicateEffects(service=service).differences(Trace("t", 0, tuple(entries)))
    own = [e for e in entries if service in {None, e.service}]
    assert [difference.service for difference in found] == [e.service for e in own if e.repeats is not None and e.done]


def test_it_says_it_in_a_sentence() -> None:
    """Which request did what again, and why the server could not know."""
    trace = Trace("t", 0, (effect("api", 2, 1, done=True), effect("api", 3, 1, done=True, key="k-1")))
    assert [str(difference) for difference in NoDuplicateEffects().differences(trace)] == [
        (
            "no_duplicate_effects of api: POST /a (request 3 on connection 2) did again what effect 1 had done; "
            "it carried no Idempotency-Key"
        ),
        (
            "no_duplicate_effects of api: POST /a (request 4 on connection 2) did again what effect 1 had done; "
            "the key 'k-1' was not honoured"
        ),
    ]


def test_a_request_sent_again_is_no_effect() -> None:
    """It is the ledger that counts, not the requests."""
    began = [RequestBegan(t=0, service="api", connection=n, request=n, method="POST", target="/a") for n in (1, 2)]
    assert NoDuplicateEffects(service="api").differences(Trace("t", 0, tuple(began))) == ()


def test_it_takes_a_service_and_nothing_else() -> None:
    """How many there may be is not asked: none."""
    assert CHECKS["no_duplicate_effects"] is NoDuplicateEffects
    with pytest.raises(ValidationError, match="Extra inputs"):
        NoDuplicateEffects.model_validate({"at_most": 1})

"""The ledger: against a model that compares every request with all before it."""

from __future__ import annotations

import dataclasses
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from simnet.services.contract import Request
from simnet.trace.events import Effect
from simnet.trace.journal import Trace
from simnet.trace.summary import summary
from simnet.world.ledger import Entry, Ledger

requests = st.builds(
    Request,
    st.sampled_from(["POST", "PATCH", "PUT", "DELETE"]),
    st.sampled_from(["/a", "/b"]),
    st.just(5),
    st.sampled_from(["aa", "bb"]),
    st.sampled_from(["", "", "k1", "k2"]),
    st.sampled_from(["", "", "1", "2"]),
)


def is_the_same(first: Request, second: Request) -> bool:
    """Whether the second would do what the first did: by its key, or by all that it says."""
    if first.idempotency_key or second.idempotency_key:
        return first.idempotency_key == second.idempotency_key
    return first == second and second.method in {"POST", "PATCH"}


@settings(deadline=None)
@given(st.lists(requests, max_size=12), st.booleans())
def test_each_entry_knows_the_first_like_it(made: list[Request], honours: bool) -> None:  # noqa: FBT001
    """It names the first of those before it that were the same; only a key that is honoured keeps it from being done."""
    ledger, expected, found = Ledger(), [], []
    for at, request in enumerate(made):
        like = next((n for n, before in enumerate(made[:at], 1) if is_the_same(before, request)), None)
        expected.append(Entry(at + 1, like, done=like is None or not (honours and request.idempotency_key)))
        found.append(ledger.enter(request, honours_keys=honours))
    assert found == expected
    assert ledger.effects == sum(entry.done for entry in expected)
    assert ledger.duplicates == sum(entry.done and entry.repeats is not None for entry in expected)


@pytest.mark.parametrize(
    ("repeats", "done", "said"),
    [(None, True, "1 effect by the ledger"), (1, True, "1 effect by the ledger, 1 of them done before"), (1, False, "")],
)
def test_the_summary_has_the_number(repeats: int | None, said: str, *, done: bool) -> None:
    """How many effects there were, and how many of them were duplicates; a repeat that was not done is none."""
    about = Effect(
        t=0, service="api", connection=1, request=2, number=2, repeats=None, done=True, method="POST", target="/a"
    )
    event = dataclasses.replace(about, repeats=repeats, done=done)
    out = io.StringIO()
    Console(file=out, width=100).print(summary(Trace("t", 0, (event,))))
    assert said in out.getvalue()
    assert ("effect" in out.getvalue()) == bool(said)

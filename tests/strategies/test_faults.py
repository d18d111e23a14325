"""What is drawn is what the models allow, of every kind that the folder holds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import simnet
from simnet.faults import KINDS, Fault
from simnet.strategies import byte_counts, chances, durations, faults, rates
from simnet.strategies.faults import faults_of
from simnet.values import ByteCount, Chance, Duration, Rate


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn(kind: str) -> None:
    """A new kind needs no strategy of its own: its model is one, and its plainest form is what it shrinks to."""

    @settings(max_examples=15, database=None, deadline=None)
    @given(fault=faults(kinds=[kind]))
    def is_of_its_kind(fault: Fault) -> None:
        assert fault.kind == kind
        assert not fault.when.asked
        assert KINDS[kind].model_validate(fault.model_dump(by_alias=True)) == fault

    is_of_its_kind()
    plainest = find(faults(kinds=[kind]), lambda _: True, settings=settings(database=None, deadline=None))
    needed = {name for name, field in KINDS[kind].model_fields.items() if field.is_required()}
    assert set(plainest.model_dump(exclude_defaults=True)) <= needed | {"fault"}


def test_a_parameter_can_be_held_to_something() -> None:
    """What is said of a parameter is what is drawn."""

    @settings(max_examples=30, database=None)
    @given(fault=faults_of("reset", {"after": st.sampled_from(["1 B", "2 B"])}))
    def is_held(fault: Fault) -> None:
        assert simnet.fault("reset", after="1 B") == fault or simnet.fault("reset", after="2 B") == fault

    is_held()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), low=st.integers(0, 200), more=st.integers(0, 200))
def test_quantities_keep_to_their_bounds(data: st.DataObject, low: int, more: int) -> None:
    """Bounds are inclusive, and hold for whole seconds and tenths alike."""
    drawn = data.draw(durations(min_seconds=low / 10, max_seconds=(low + more) / 10))
    assert Duration.of(low / 10) <= drawn <= Duration.of((low + more) / 10)
    assert ByteCount(low) <= data.draw(byte_counts(min_bytes=low, max_bytes=low + more)) <= ByteCount(low + more)
    assert (
        Rate(low + 1) <= data.draw(rates(min_per_second=low + 1, max_per_second=low + more + 1)) <= Rate(low + more + 1)
    )


def test_quantities_shrink_to_what_one_would_write() -> None:
    """Whole seconds before tenths, and the least first."""
    quiet = settings(database=None, deadline=None)
    assert find(durations(), lambda _: True, settings=quiet) == Duration.parse("1s")
    assert find(durations(), lambda d: d.seconds > 7.3, settings=quiet) == Duration.parse("8s")
    assert find(byte_counts(), lambda b: b.count > 20, settings=quiet) == ByteCount(21)
    assert find(chances(), lambda _: True, settings=quiet) == Chance.parse("1%")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: faults(kinds=["refuze"]), "did you mean `refuse`"),
        (lambda: faults(kinds="refuse"), r"write a list, \['refuse'\]"),
        (lambda: faults(kinds=[]), "at least one kind"),
        (lambda: faults_of("reset", {"aftr": st.just("1 B")}), "did you mean `after`"),
        (lambda: faults_of("reset", {"after": "1 B"}), "is no strategy; write st.just"),  # type: ignore[dict-item]
        (lambda: durations(min_seconds=-1), "min_seconds=-1: write a number of seconds"),
        (lambda: durations(min_seconds=5, max_seconds=2), "min_seconds=5 is greater than max_seconds=2"),
        (lambda: byte_counts(max_bytes=True), "max_bytes=True: write a whole number"),
        (lambda: chances(max_percent=101), "max_percent=101: write a whole number from 0 to 100"),
        (lambda: rates(min_per_second=0), "min_per_second=0: write a whole number from 1"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(make: object, said: str) -> None:
    """When the strategy is made, not when it is drawn from; the message names the parameter and the cure."""
    assert callable(make)
    with pytest.raises(InvalidArgument, match=said):
        make()

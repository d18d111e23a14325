"""The quantities of a scenario parse or refuse, and print what parses back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.values import ByteCount, Chance, Duration, Endpoint, Numbers, Quantity, Rate, Span

CASES: list[tuple[type[Quantity], object, str]] = [
    (Duration, "250ms", "250ms"),
    (Duration, "2min", "120s"),
    (Duration, "100us", "100us"),
    (ByteCount, "64KiB", "64 KiB"),
    (ByteCount, "1.5 MB", "1500000 B"),
    (Rate, "64 KiB/s", "64 KiB/s"),
    (Chance, "0.5%", "0.5%"),
    (Span, "5s..8s", "5s..8s"),
    (Span, "5s..", "5s.."),
    (Span, "..3s", "..3s"),
    (Numbers, 3, "3"),
    (Numbers, "1, 3, 5-7", "1,3,5-7"),
    (Numbers, "4-", "4-"),
    (Endpoint, "[::1]:9", "[::1]:9"),
    (Endpoint, "127.20.0.1:8080", "127.20.0.1:8080"),
    (Endpoint, ":8080", ":8080"),
]

REFUSED: list[tuple[type[Quantity], object, str]] = [
    (Duration, 250, "250 is not a duration: it has no unit (us, ms, s, min, h); write 250ms or 1.5s"),
    (Duration, "5 parsecs", 'the unit "parsecs" is not one of us, ms, s, min, h'),
    (Duration, "25h", "the longest is 24h"),
    (ByteCount, "1.5 B", "a byte cannot be cut"),
    (Chance, "101%", "nothing is likelier than 100%"),
    (Span, "8s..5s", "it ends before it begins"),
    (Span, "..", '".." is not a span of time'),
    (Numbers, "2-1", "the range 2-1 is backwards"),
    (Numbers, 0, "counting starts at 1"),
    (Numbers, "3-5,4", "the ranges overlap or are out of order"),
    (Endpoint, "10.0.0.1:80", "simnet binds 127.0.0.0/8 and ::1 only"),
    (Endpoint, "127.255.255.255", "the kernel lets nobody dial this one (ENETUNREACH)"),
    (Endpoint, "127.0.0.1:70000", "port 70000 is not between 1 and 65535"),
    (Endpoint, 8080, "a port alone is written :8080"),
]


@pytest.mark.parametrize(("kind", "text", "printed"), CASES)
def test_parses_and_prints(kind: type[Quantity], text: object, printed: str) -> None:
    """A quantity prints the notation of the format, and that parses to an equal value."""
    value = kind.parse(text)
    assert str(value) == printed
    assert kind.parse(printed) == value


@pytest.mark.parametrize(("kind", "text", "why"), REFUSED)
def test_refuses_with_reason(kind: type[Quantity], text: object, why: str) -> None:
    """What cannot be is refused with its reason and an example of what can."""
    with pytest.raises(ValueError, match="write ") as caught:
        kind.parse(text)
    assert why in str(caught.value)


@given(st.integers(0, 24 * 3600 * 10**6))
def test_durations_round_trip(micros: int) -> None:
    """Every duration prints to a text that parses back to it, to the microsecond."""
    assert Duration.parse(str(Duration(micros))) == Duration(micros)


@given(st.integers(0, 2**40), st.integers(0, 10**6))
def test_counts_and_chances_round_trip(count: int, millionths: int) -> None:
    """Every byte count and every chance prints to a text that parses back to it."""
    assert ByteCount.parse(str(ByteCount(count))) == ByteCount(count)
    assert Chance.parse(str(Chance(millionths))) == Chance(millionths)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 5)), min_size=1, max_size=5), st.integers(1, 400))
def test_numbers_hold_what_they_say(gaps: list[tuple[int, int]], number: int) -> None:
    """A set of numbers contains exactly the numbers of its ranges."""
    ranges, last = [], 0
    for gap, length in gaps:
        ranges.append((last + gap, last + gap + length))
        last += gap + length
    numbers = Numbers.parse(",".join(f"{first}-{end}" for first, end in ranges))
    assert (number in numbers) == any(first <= number <= end for first, end in ranges)


@given(
    st.sampled_from([Duration, ByteCount, Rate, Chance, Span, Numbers, Endpoint]), st.text() | st.integers() | st.none()
)
def test_any_text_is_parsed_or_refused(kind: type[Quantity], text: object) -> None:
    """Whatever is written, parsing returns a value or raises ValueError, nothing else."""
    try:
        value = kind.parse(text)
    except ValueError:
        return
    assert kind.parse(str(value)) == value

"""Marks: what is earned, by whom, and never for nothing; from traces alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simnet.checks import CHECKS, Check
from simnet.grading.grade import Grade
from simnet.grading.marks import came, marks_of, names_of
from simnet.grading.seeds import seeds_of
from simnet.trace.events import Applied, Attempt, Event, NotReached, Planned
from simnet.trace.journal import Trace

NAMES = ("attempts", "finishes", "requests")


def attempt(number: int) -> Attempt:
    return Attempt(t=number / 10, service="api", number=number, client="", counted="notifier", door="open")


def planned(number: int) -> Planned:
    return Planned(
        t=0.0, service="api", fault=number, kind="refuse", when=f"attempts {number}", required=True, promise=""
    )


def trace(attempts: int, faults: int = 0, missed: int = 0) -> Trace:
    """So many attempts; of the faults, the last `missed` never struck."""
    events: list[Event] = [planned(number) for number in range(1, faults + 1)]
    events += [attempt(number) for number in range(1, attempts + 1)]
    events += [Applied(t=1.0, service="api", fault=n, kind="refuse", target="") for n in range(1, faults - missed + 1)]
    lost = range(faults - missed + 1, faults + 1)
    events += [NotReached(t=2.0, service="api", fault=number, kind="refuse", required=True) for number in lost]
    return Trace("", 0, tuple(events))


def claim(name: str, **parameters: object) -> Check:
    return CHECKS[name].model_validate(parameters)


AT_MOST = claim("attempts", at_most=3)


@example([(0, 0)], {"attempts": 0.0, "requests": 0.0, "proof": 5e-324}, 1.5)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from(["attempts", "requests", "proof"]), st.floats(0, 10), max_size=3),
    st.floats(1, 1000),
)
def test_what_is_earned_is_at_most_what_there_is(
    runs: list[tuple[int, int]], weights: dict[str, float], out_of: float
) -> None:
    """The marks together are worth the whole, whatever the weights; each earns between nothing and all of its share."""
    checks = [AT_MOST, claim("requests", exactly=0)]
    marks = marks_of(checks, [trace(attempts, 3, missed) for attempts, missed in runs], weights, out_of)
    assert [mark.name for mark in marks] == ["attempts", "requests", "proof"]
    assert all(-1e-9 <= mark.points <= mark.out_of + 1e-9 for mark in marks)
    whole = sum(mark.out_of for mark in marks)
    assert whole == pytest.approx(out_of) or not any(weights.get(mark.name, 1.0) for mark in marks)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_a_share_is_earned_for_each_run_in_which_it_holds(attempts: list[int]) -> None:
    """Partial credit is by runs, and a run to which the client never came earns nothing, though nothing was broken."""
    (mark,) = marks_of([AT_MOST], [trace(count) for count in attempts], {}, 60)
    held = sum(1 <= count <= 3 for count in attempts)
    assert mark.points == pytest.approx(60 * held / len(attempts))
    assert mark.whole is (held == len(attempts))
    assert (mark.seen == "as expected") is mark.whole


def test_who_never_came_loses_every_point_in_words() -> None:
    """To do nothing breaks no rule, and shows nothing either."""
    marks = marks_of([AT_MOST], [trace(0, 2, 2)], {}, 100)
    assert not came(trace(0, 2, 2))
    assert [mark.points for mark in marks] == [0, 0]
    assert all("nothing of the client ever came" in mark.seen for mark in marks)


def test_the_proof_is_worth_the_part_of_the_faults_that_struck() -> None:
    """A client that gave up too soon loses the points for what it never met, and is told which fault that was."""
    *_, proof = marks_of([AT_MOST], [trace(3, 2, 1), trace(3, 2, 0)], {}, 100)
    assert proof.points == pytest.approx(50 * 0.75)
    assert (proof.name, proof.held) == ("proof", 1)
    assert proof.seen == "in 1 of 2 runs: the client never came as far as `refuse` of api (attempts 2)"


def test_what_could_not_be_judged_earns_nothing() -> None:
    """Of pauses there were none: a claim about them has not been shown."""
    (mark,) = marks_of([claim("backoff", base="100ms")], [trace(1)], {}, 10)
    assert mark.points == 0
    assert "too few to judge" in mark.seen


def test_a_weight_has_a_name() -> None:
    """The names are those of the file, and `proof`, each once."""
    assert names_of([claim("attempts", at_most=1), claim("attempts", at_least=1)]) == ["attempts", "proof"]


@given(st.text(), st.integers(1, 20))
def test_seeds_are_the_same_for_all_who_have_the_secret(secret: str, count: int) -> None:
    """More seeds begin with the same ones; each is a seed that a scenario can have."""
    found = seeds_of(secret, count)
    assert found == seeds_of(secret, count + 3)[:count]
    assert all(0 <= seed < 2**31 for seed in found)


def test_another_secret_gives_other_seeds() -> None:
    """Who knows one secret knows nothing of the next."""
    assert not set(seeds_of("a", 50)) & set(seeds_of("b", 50))


def test_a_grade_comes_back_from_json_and_says_its_worth() -> None:
    """A stored grade is equal to the one that was given; `worth` scales it, and refuses where there is none."""
    marks = marks_of([AT_MOST], [trace(2, 2, 1)], {}, 100)
    grade = Grade(title="t", points=75, out_of=100, isolated=True, marks=marks)
    assert Grade.model_validate_json(grade.model_dump_json()) == grade
    assert (grade.share, grade.worth(8), grade.mark("proof").out_of) == (0.75, 6.0, 50)
    assert str(grade).splitlines()[0] == "t: 75 of 100 points"
    with pytest.raises(KeyError, match="attempts, proof"):
        grade.mark("backoff")
    with pytest.raises(ValueError, match="not graded: busy"):
        Grade(title="", points=None, out_of=100, not_graded="busy", isolated=False).worth(5)

"""What a run comes to: figures, proofs, and what is not as expected; on a screen or as one document.

Law: the verdict is `judge`'s; here it is only written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from simnet.checks.contract import Check, Difference
from simnet.checks.judge import PROOF
from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, text
from simnet.trace.events import ClientEnded
from simnet.trace.journal import Trace
from simnet.trace.summary import proofs, summary
from simnet.trace.wording import plural, seconds

__all__ = ["conclusion", "difference_lines", "verdict"]


def conclusion(trace: Trace, checks: Sequence[Check], differences: Sequence[Difference]) -> Iterator[RenderableType]:
    """Everything that is said when a run is over."""
    yield Text()
    yield summary(trace)
    yield Text()
    for ended in trace.of(ClientEnded):
        yield _client(ended)
    yield from verdict(trace, checks, differences)


def verdict(trace: Trace, checks: Sequence[Check], differences: Sequence[Difference]) -> Iterator[Text]:
    """One line if all held, else one for each difference, and beneath it the tries that it is about."""
    if not differences:
        yield Text.assemble(("✓ ", GOOD), ("all held", GOOD), (f": {_what_held(trace, checks)}", DIM))
        return
    for difference in differences:
        yield from difference_lines(difference)
    proof = sum(difference.check == PROOF for difference in differences)
    claims = {(d.check, d.service) for d in differences if d.check != PROOF and not d.undecided}
    unsure = {(d.check, d.service) for d in differences if d.undecided}
    wrong = [plural(count, what) for count, what in ((len(claims), "expectation"), (proof, "proof")) if count]
    said = [f"{' and '.join(wrong)} did not hold"] if wrong else []
    said += [f"{plural(len(unsure), 'expectation')} could not be judged"] if unsure else []
    yield Text(", ".join(said), BAD)


def difference_lines(difference: Difference) -> Iterator[Text]:
    """A difference for a person: the sentence, then the timeline."""
    of = f" of {difference.service}" if difference.service else ""
    mark = ("? ", WARN) if difference.undecided else ("✗ ", BAD)
    yield Text.assemble(mark, text(f"{difference.check}{of}", NAME), ": ", text(difference.message))
    for line in difference.timeline.splitlines():
        yield text(f"  {line}", DIM)


def _client(ended: ClientEnded) -> Text:
    how = f"was ended by signal {-ended.status}" if ended.status < 0 else f"exited with status {ended.status}"
    by = " (simnet ended it)" if ended.stopped else ""
    return Text(f"The client {how} after {seconds(ended.seconds)}{by}.", "" if ended.status or ended.stopped else DIM)


def _what_held(trace: Trace, checks: Sequence[Check]) -> str:
    struck = sum(bool(proof.applied) for proof in proofs(trace))
    parts = [plural(len(checks), "expectation")] if checks else ["nothing was expected"]
    return ", ".join([*parts, f"{plural(struck, 'fault')} proven"])

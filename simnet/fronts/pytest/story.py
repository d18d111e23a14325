"""A network that failed a test, in text: what was not as expected, the diagram, the figures, and how to see it again."""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.text import Text

from simnet.checks.contract import Difference
from simnet.checks.judge import PROOF
from simnet.fronts.pytest.trial import Trial
from simnet.fronts.show import BAD, NAME, text
from simnet.trace.diagram import diagram
from simnet.trace.journal import Trace
from simnet.trace.summary import summary
from simnet.trace.wording import plural

__all__ = ["command_for", "differences_in_words", "story"]


def differences_in_words(differences: Sequence[Difference]) -> str:
    """For the head of the failure."""
    proof = sum(difference.check == PROOF for difference in differences)
    counted = [(len(differences) - proof, "expectation"), (proof, "proof")]
    head = " and ".join(plural(count, what) for count, what in counted if count)
    return "\n".join([f"simnet: {head} did not hold", *(f"  ✗ {difference}" for difference in differences)])


def story(trace: Trace, differences: Sequence[Difference], width: int, *, colours: bool) -> str:
    """Differences (those that are not told elsewhere), sequence diagram, services and proofs."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colours,
        color_system="standard" if colours else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for each in differences:
        of = f" of {each.service}" if each.service else ""
        console.print(Text.assemble(("✗ ", BAD), text(f"{each.check}{of}", NAME), ": ", text(each.message)))
    console.print(diagram(trace, width), Text(), summary(trace))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def command_for(item: pytest.Item, trials: Sequence[Trial]) -> str:
    """The one command that runs this test again with the same seed, from where pytest was started."""
    config = item.config
    path, _, rest = item.nodeid.partition("::")
    name = os.path.relpath(config.rootpath / path, config.invocation_params.dir)
    words = ["python", "-m", "pytest", f"{name}::{rest}" if rest else name]
    if not isinstance(item, pytest.Function):
        words += ["--simnet-scenarios", name]
    seeds = {trial.world.plan.seed for trial in trials}
    if len(seeds) == 1:
        words.append(f"--simnet-seed={seeds.pop()}")
    if isinstance(random_seed := config.getoption("randomly_seed", None), int):
        words.append(f"--randomly-seed={random_seed}")  # a client may draw its jitter from it
    return shlex.join(words)

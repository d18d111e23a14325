"""`dead_connection_not_reused`: a connection on which a reply is owed or broken off takes no further request.

Its next reply might be the late answer to the last request: the client would take one for the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.journal import Trace
from simnet.trace.tries import Try, tries_of


@final
class DeadConnectionNotReused(RunCheck):
    """No request may follow an unanswered one on its connection."""

    name: ClassVar[str] = "dead_connection_not_reused"
    summary: ClassVar[str] = "a connection that owes a reply takes no further request"
    family: ClassVar[Family] = Family.CONNECTIONS
    decides: ClassVar[str] = "P21"
    one: ClassVar[str] = "used connection"

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        links: dict[tuple[str, int], list[Try]] = {}
        for one in tries_of(trace, self.service):
            if one.request is not None:
                links.setdefault((one.service, one.connection), []).append(one)
        return len(links), _reused(links)


def _reused(links: dict[tuple[str, int], list[Try]]) -> Iterator[Finding]:
    for (_, number), tries in links.items():
        for before, after in itertools.pairwise(tries):
            if before.reply is None or before.reply.t > after.began:
                when = "was never answered" if before.reply is None else f"was answered only at {before.reply.t:.3f}"
                yield (
                    f"connection {number}: {after.name} was sent at {after.began:.3f}, though {before.name} {when}",
                    tries,
                )


CHECK = DeadConnectionNotReused

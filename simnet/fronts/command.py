"""The `run:` line of a scenario as the words of a command.

Law: as in a Dockerfile's CMD: a text is for the shell, which fills in `$SIMNET_API_URL` and may loop; a list is run as it
stands, with no shell in between.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["words_of"]


def words_of(run: str | Sequence[str]) -> list[str]:
    """The program and its arguments."""
    return ["sh", "-c", run] if isinstance(run, str) else list(run)

"""The ledger of a service: which requests changed something, and which of them did what another had done before.

Law: it is told of a request when that is processed, whether or not the reply ever leaves. Two are one and the same if
they carry the same Idempotency-Key; or, with no key on either, if they have the same method (one that is not idempotent,
RFC 9110 section 9.2.2), target and body, and do not say that they are of different calls. Pure: it keeps and compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from simnet.services.contract import Request

__all__ = ["Entry", "Ledger"]

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Entry:
    """The `number`-th entry. `repeats`: the number of the first one like it; `done` False: it was known by its key."""

    number: int
    repeats: int | None
    done: bool


class Ledger:
    """The entries of one service, over all its connections."""

    def __init__(self) -> None:
        self._entries = 0
        self._done = self._duplicates = 0
        self._by_key: dict[str, int] = {}
        self._by_content: dict[tuple[str, str, int, str, str], int] = {}

    @property
    def effects(self) -> int:
        """How often something was changed."""
        return self._done

    @property
    def duplicates(self) -> int:
        """How many of the effects had been had before."""
        return self._duplicates

    def enter(self, request: Request, *, honours_keys: bool) -> Entry:
        """A request is processed; with `honours_keys` one whose key is known is not done again."""
        self._entries += 1
        first = self._first_like(request)
        entry = Entry(self._entries, first, done=first is None or not (honours_keys and request.idempotency_key))
        self._done += entry.done
        self._duplicates += entry.done and first is not None
        return entry

    def _first_like(self, request: Request) -> int | None:
        if request.idempotency_key:
            first = self._by_key.setdefault(request.idempotency_key, self._entries)
        elif request.method in IDEMPOTENT:
            return None
        else:
            content = request.method, request.target, request.body_bytes, request.body_sha256, request.call
            first = self._by_content.setdefault(content, self._entries)
        return None if first == self._entries else first

"""Secrets, found by the name that stands before them, and what takes their place.

Law: a secret in what the server says is overwritten with as many X, so that every length that counts it stays true; one
in what the client says becomes a stretch in which anything may stand. Names are compared without regard to case, and only
what has a name is found: a password inside a binary message, a hash or an encrypted stream is not, and whoever keeps a
recording looks through it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["SECRETS", "Masker"]

SECRETS = (
    "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Api-Key", "X-Auth-Token",
    "password", "passwd", "pwd", "token", "access_token", "refresh_token", "id_token", "secret", "client_secret",
    "api_key", "apikey", "session", "sessionid",
)  # fmt: skip
"""The names of header fields and of fields in forms, JSON and texts that are masked always."""

COMMANDS = ("AUTH", "PASS")
"""Commands whose argument is a secret: of Redis (one line, or each a bulk string) and of FTP, POP3 and IRC."""


class Masker:
    """Finds the secrets behind the names of the list, and behind `more`."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        names = b"|".join(re.escape(name.encode()) for name in sorted({*SECRETS, *more}, key=len, reverse=True))
        verbs = b"|".join(verb.encode() for verb in COMMANDS)
        self._patterns = (
            re.compile(rb"(?im)^(?:" + names + rb"):[ \t]*([^\r\n]+)"),  # a header field
            re.compile(rb"(?i)(?<![A-Za-z0-9])[\"']?(?:" + names + rb")[\"']?[ \t]*[=:][ \t]*\"((?:[^\"\\\r\n]|\\.)*)\""),
            re.compile(rb"(?i)(?<![A-Za-z0-9])(?:" + names + rb")=([^&;\s\"'\0]+)"),  # a form, a query, a cookie
            re.compile(rb"(?im)^(?:" + verbs + rb")[ \t]+([^\r\n]+)"),
            re.compile(rb"(?i)\$4\r\n(?:" + verbs + rb")\r\n\$\d+\r\n([^\r\n]*)(?:\r\n\$\d+\r\n([^\r\n]*))?"),
        )

    def secrets(self, data: bytes) -> Sequence[tuple[int, int]]:
        """Where the secrets of `data` begin and end, in order, none within another."""
        found = sorted(
            match.span(group)
            for pattern in self._patterns
            for match in pattern.finditer(data)
            for group in range(1, pattern.groups + 1)
            if match.span(group)[0] >= 0 and match.group(group)
        )
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def masked(self, data: bytes) -> bytes:
        """The same, with X in the place of each byte of a secret."""
        hidden = bytearray(data)
        for start, end in self.secrets(data):
            hidden[start:end] = b"X" * (end - start)
        return bytes(hidden)

"""Hidden seeds: numbers that nobody can tell beforehand who has not the secret.

Law: pure; the same secret gives the same seeds everywhere, so that all students sit the same exam and a mark can be had
again. The first seeds do not depend on how many are asked for.
"""

from __future__ import annotations

import hashlib

__all__ = ["seeds_of"]


def seeds_of(secret: str, count: int) -> tuple[int, ...]:
    """`count` seeds from 0 to 2^31 - 1 (SHA-256 of secret and number: none tells another, nor the secret)."""
    digests = [hashlib.sha256(f"simnet grade\0{secret}\0{number}".encode()).digest() for number in range(count)]
    return tuple(int.from_bytes(digest[:4], "big") >> 1 for digest in digests)

"""Trying again, for libraries that leave it to their user: twice more, with a pause that doubles and jitter.

Law: only what can be done twice without harm is given to it; the last failure is the caller's, untouched.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

__all__ = ["patiently"]

PAUSES = 0.1, 0.2
"""Seconds, before the second try and before the third."""


def patiently(call: Callable[[], bytes], *errors: type[BaseException]) -> bytes:
    """What the call returns; called again after these errors, at most twice."""
    for pause in PAUSES:
        try:
            return call()
        except errors:
            time.sleep(random.uniform(pause, 2 * pause))
    return call()

"""Trying again, for libraries that leave it to their user: twice more, with a pause that doubles and jitter.

Law: only what can be done twice without harm is given to it; a status that no repeat will change is not tried again; the
last failure is the caller's, untouched.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

__all__ = ["patiently"]

PAUSES = 0.1, 0.2
"""Seconds, before the second try and before the third."""

PASSING = {408, 425, 429}
"""Statuses of the client's fault that may pass (RFC 9110 section 15.5.9, RFC 8470, RFC 6585)."""


def patiently(call: Callable[[], bytes], *errors: type[BaseException]) -> bytes:
    """What the call returns; called again after these errors, at most twice."""
    for pause in PAUSES:
        try:
            return call()
        except errors as error:
            if _is_definitive(error):
                raise
            time.sleep(random.uniform(pause, 2 * pause))
    return call()


def _is_definitive(error: BaseException) -> bool:
    """By the status, wherever the library's exception keeps it."""
    reply = getattr(error, "response", None)
    found = (getattr(error, "code", None), getattr(error, "status", None), getattr(reply, "status_code", None))
    status = next((each for each in found if isinstance(each, int)), 0)
    return 400 <= status < 500 and status not in PASSING

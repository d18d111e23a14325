"""Trying again, for libraries that leave it to their user: twice more, with a pause that doubles and jitter.

Law: only what can be done twice without harm is given to it; what no repeat will change, a status or a certificate, is not
tried again; the last failure is the caller's, untouched.
"""

from __future__ import annotations

import random
import ssl
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
    """By the status or the certificate, wherever the library's exception keeps it."""
    causes = (error, error.__cause__, error.__context__, getattr(error, "reason", None))
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return True
    reply = getattr(error, "response", None)
    found = (getattr(error, "code", None), getattr(error, "status", None), getattr(reply, "status_code", None))
    status = next((each for each in found if isinstance(each, int)), 0)
    return 400 <= status < 500 and status not in PASSING

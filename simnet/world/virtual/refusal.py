"""How the virtual kernel says no.

Law: what Linux refuses is the OSError that Linux gives, of the same class and with the same text. What the model does
not know is a NotImplementedError that names it: a wrong answer would be believed.
"""

from __future__ import annotations

import os

__all__ = ["not_modelled", "refused"]


def refused(number: int) -> OSError:
    """The OSError for an errno; Python makes it a BlockingIOError, ConnectionResetError ... (PEP 3151)."""
    return OSError(number, os.strerror(number))


def not_modelled(what: str) -> NotImplementedError:
    """That the virtual network cannot do this."""
    return NotImplementedError(f'the virtual network does not model {what}; the real one does (network="real")')

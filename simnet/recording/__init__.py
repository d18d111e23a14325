"""A real conversation, overheard at a proxy, made into a scenario that replays it without the server.

Law: pure. What was heard goes in, a scenario comes out; no secret that can be known by its name is left in it.
"""

from __future__ import annotations

from simnet.recording.mask import SECRETS
from simnet.recording.tape import Tape
from simnet.recording.transcript import transcript

__all__ = ["SECRETS", "Tape", "transcript"]

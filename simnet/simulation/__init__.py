"""A client of one's own, run against a network of one's own, in virtual time.

Law: the client is not changed and does not know; minutes of back-off take milliseconds; the same seed gives the same
trace, byte for byte. A client that would wait for ever is told of at once.

============  ==============================================================================
`simulator`   the scenario, and what one run of a client has shown
`watchman`    the Trio instrument that sees that a run will never end
============  ==============================================================================
"""

from __future__ import annotations

from simnet.simulation.simulator import Simulation, simulate

__all__ = ["Simulation", "simulate"]

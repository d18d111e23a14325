"""A client of one's own, run against a network of one's own, in virtual time.

Law: the client is not changed and does not know; minutes of back-off take milliseconds; the same seed gives the same
trace, byte for byte. A client that would wait for ever is told of at once.

============  ==============================================================================
`simulator`   the scenario, and what one run of a client has shown
`session`     a run that stands still between the steps of a stateful test
`decorators`  tests that are given a running network, in virtual time or on real sockets
`trial`       what such a test sees; `findings` keeps what made it fail
`watchman`    the Trio instrument that sees that a run will never end
============  ==============================================================================
"""

from __future__ import annotations

from simnet.simulation.decorators import real, virtual
from simnet.simulation.session import Session
from simnet.simulation.simulator import Simulation, simulate
from simnet.simulation.trial import Trial

__all__ = ["Session", "Simulation", "Trial", "real", "simulate", "virtual"]

"""A client of one's own, run against a network of one's own, in virtual time.

Law: the client is not changed and does not know; minutes of back-off take milliseconds; the same seed gives the same
trace, byte for byte. A client that would wait for ever is told of at once.

============  ==============================================================================
`simulator`   the scenario, and what one run of a client has shown
`session`     a run that stands still between the steps of a stateful test
`decorators`  tests that are given a running network, in virtual time or on real sockets
`trial`       what such a test sees; `findings` keeps what made it fail
`agreement`   whether a client meets the same on the virtual network and on the real one
`watchman`    the Trio instrument that sees that a run will never end
`scene`       what the replaced names of the standard library find of a run
`greenlets`   blocking code inside a task of Trio; on it stand `raw`, `sockets`, `readiness`, `tls`, `threads`,
              `trio_threads` and `event_loop` (asyncio)
`clocks`      the clocks of `time`, sleep and chance
`patches`     which names are replaced, and how they are put back; `holders`: who has them under another name
`guard`       what leaves virtual time is refused; `unsuited`: what cannot be simulated, and why
============  ==============================================================================
"""

from __future__ import annotations

from simnet.simulation.agreement import assert_agrees
from simnet.simulation.decorators import real, virtual
from simnet.simulation.session import Session
from simnet.simulation.simulator import Simulation, simulate
from simnet.simulation.trial import Trial

__all__ = ["Session", "Simulation", "Trial", "assert_agrees", "real", "simulate", "virtual"]

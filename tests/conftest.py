"""What holds for the whole suite: no test may fail because the machine is slow.

Hypothesis measures how long an example takes and how fast data are made; on a machine under load both say nothing about
the code. Performance is measured in `tests/bench/`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("simnet", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("simnet")

"""Every check as a function, with the parameters that it has in YAML under `expect:`.

    import simnet

    with simnet.network("scenarios/refuse.yaml") as net:
        with net.call("get /x"):
            call_the_client(net["api"].url)
        net.check(simnet.expect.backoff(base="200ms"), simnet.expect.retries_stop_after_success())

`simnet checks` lists them. They have a module of their own, since a fault may bear the name of a check.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simnet.checks import CHECKS, Check

__all__ = ["Check", "check"]


def check(name: str, **parameters: object) -> Check:
    """Make a check as in YAML: `check("backoff", base="200ms", factor=2)`.

    Raises `ValueError` for an unknown name, pydantic's `ValidationError` (a `ValueError`) for a wrong parameter.
    """
    if name not in CHECKS:
        raise ValueError(f"there is no check `{name}`; there are {', '.join(CHECKS)}")
    return CHECKS[name].model_validate({key.rstrip("_"): value for key, value in parameters.items()})


def __getattr__(name: str) -> Callable[..., Check]:
    """Each check by its name."""
    if name not in CHECKS:
        raise AttributeError(f"module `simnet.expect` has no attribute {name!r}; the checks are {', '.join(CHECKS)}")
    return partial(check, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *CHECKS})

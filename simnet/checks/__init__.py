"""Claims about a trace: one file each; this folder is the list (see `contract.py`).

As with the kinds of fault there is no registry to edit: the modules are found in sorted order, once, and the mapping
is frozen. `judge.py` puts all of a scenario's checks to one trace.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from simnet.checks.contract import Check, Difference

__all__ = ["CHECKS", "Check", "Difference"]

NO_CHECKS = {"contract", "judge", "per_call", "per_link", "sampled"}
"""Modules that checks share."""


def _find() -> dict[str, type[Check]]:
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name not in NO_CHECKS]
    found: list[type[Check]] = [importlib.import_module(f"{__name__}.{name}").CHECK for name in sorted(names)]
    return {check.name: check for check in found}


CHECKS: Mapping[str, type[Check]] = MappingProxyType(_find())
"""Every check by its key under `expect:`."""

"""The kinds of fault: this folder is the list.

Each module here but `contract` holds one kind, named like the file. There is no registry to edit and no decorator:
the modules are found in sorted order, once, and the mapping is frozen.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from simnet.faults.contract import Fault

__all__ = ["KINDS", "Fault"]


def _find() -> dict[str, type[Fault]]:
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "contract"]
    found: list[type[Fault]] = [importlib.import_module(f"{__name__}.{name}").FAULT for name in sorted(names)]
    found.sort(key=lambda kind: (kind.stage.position, kind.rank))
    return {str(kind.model_fields["fault"].default): kind for kind in found}


KINDS: Mapping[str, type[Fault]] = MappingProxyType(_find())
"""Every kind by its name in YAML, in the order of a connection's life."""

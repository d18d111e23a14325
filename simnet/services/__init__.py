"""The protocols that a fake service speaks: this folder is the list, as with the faults."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from simnet.services.contract import Service

__all__ = ["PROTOCOLS", "Service"]


def _find() -> dict[str, type[Service]]:
    modules = [
        module for module in pkgutil.iter_modules(__path__) if not module.ispkg
    ]  # folders hold parts of a protocol
    names = [module.name for module in modules if module.name != "contract"]
    found: list[type[Service]] = [importlib.import_module(f"{__name__}.{name}").SERVICE for name in sorted(names)]
    return {str(kind.model_fields["speaks"].default): kind for kind in found}


PROTOCOLS: Mapping[str, type[Service]] = MappingProxyType(_find())
"""Every protocol by its name in YAML."""

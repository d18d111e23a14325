"""The protocols that a fake service speaks: this folder is the list, as with the faults.

A folder within it holds the parts of a protocol that is too large for one file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from simnet.services.contract import Service

__all__ = ["PROTOCOLS", "Service", "protocol_for"]


def _find() -> dict[str, type[Service]]:
    modules = [module for module in pkgutil.iter_modules(__path__) if not module.ispkg]
    names = [module.name for module in modules if module.name != "contract"]
    found: list[type[Service]] = [importlib.import_module(f"{__name__}.{name}").SERVICE for name in sorted(names)]
    return {str(kind.model_fields["speaks"].default): kind for kind in found}


PROTOCOLS: Mapping[str, type[Service]] = MappingProxyType(_find())
"""Every protocol by its name in YAML."""


def protocol_for(moment: str) -> str:
    """A protocol that a fault of that moment can strike: the plainest one."""
    plainest = ("echo", "http", "udp_echo", *PROTOCOLS)
    return next(name for name in plainest if PROTOCOLS[name].meets(moment))

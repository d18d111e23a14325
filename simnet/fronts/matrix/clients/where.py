"""Where a service is, from its URL: `tcp://127.20.0.1:5432`."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["host_and_port"]


def host_and_port(target: str) -> tuple[str, int]:
    """Both. Raises `ValueError` if one is missing."""
    at = urlsplit(target)
    if at.hostname is None or at.port is None:
        raise ValueError(f"{target} has no host and port")
    return at.hostname, at.port

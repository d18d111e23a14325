"""Writing a page: known to be possible before anything runs, written when it is over."""

from __future__ import annotations

from pathlib import Path

from simnet.errors import MachineError

__all__ = ["prepare_page", "write_page"]


def prepare_page(place: Path | None) -> None:
    """Raises `MachineError` if nothing can be written there."""
    if place is not None:
        try:
            place.touch()
        except OSError as error:
            raise MachineError(f"the page cannot be written to {place}: {error.strerror}") from None


def write_page(place: Path, text: str) -> None:
    """Raises `MachineError` likewise."""
    prepare_page(place)
    place.write_text(text, "utf-8")

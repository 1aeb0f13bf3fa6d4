"""Defines the interface for progress of long work."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of a build."""

    def start(self, stage: str, total: int) -> None:
        """A stage with `total` steps begins."""

    def advance(self, steps: int) -> None:
        """Steps of the current stage were done."""

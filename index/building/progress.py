"""Who hears how far long work is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far a build is."""

    def start(self, stage: str, total: int) -> None:
        """A stage with `total` steps begins."""

    def advance(self, steps: int) -> None:
        """Steps of the current stage were done."""

"""Counts what happened while a server soaked (`eval.bench.soak`), and judges it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_GROWTH, MOST_GROWN_MB = 0.05, 20
# More threads or open files than this are a leak.
_MORE = 10


@dataclass
class Soak:
    """What happened."""

    codes: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    left: int = 0
    kills: int = 0
    indexes: int = 0
    memory_mb: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    stopped: bool = False

    def growth(self, readings: Sequence[float]) -> float:
        """The median of the last quarter less that of the second one."""
        quarter = max(1, len(readings) // 4)
        before = readings[quarter : 2 * quarter] or readings
        return float(statistics.median(readings[-quarter:]) - statistics.median(before))

    def faults(self) -> list[str]:
        """What is wrong, a line for each."""
        grown = self.growth(self.memory_mb)
        found = [f"lost: {one}" for one in self.lost[:20]]
        if grown > MOST_GROWN_MB and grown > MOST_GROWTH * self.memory_mb[0]:
            found.append(f"memory grew by {grown:.0f} MB")
        if (more := self.growth(self.files)) > _MORE:
            found.append(f"{more:.0f} more files are open")
        if (more := self.growth(self.threads)) > _MORE:
            found.append(f"there are {more:.0f} more threads")
        if not self.stopped:
            found.append("the server did not stop when told to")
        return found

    def shown(self) -> dict[str, Any]:
        """All of it in short, as JSON."""
        return {
            "codes": dict(self.codes),
            "made": dict(self.made),
            "left": self.left,
            "kills": self.kills,
            "indexes": self.indexes,
            "memory_mb": [round(one) for one in (self.memory_mb[0], self.memory_mb[-1], max(self.memory_mb))],
            "grown_mb": round(self.growth(self.memory_mb), 1),
            "files": [self.files[0], self.files[-1]],
            "threads": [self.threads[0], self.threads[-1]],
            "faults": self.faults(),
        }

"""Keeps the outcomes of a run so far, one line for each question, so that a stopped run can continue.

A line is used only for exactly the same work: suite, question, system, settings, index and
code. Lines of other work are ignored, and so is a line that was only partly written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.metrics import Span
from eval.running.suites import Item
from eval.running.systems import Outcome, Ranked

NAME = "partial.jsonl"


class Partial:
    """The outcomes kept in a folder."""

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        """`fresh` removes what an earlier run left."""
        self._path = folder / NAME
        if fresh:
            self.remove()
        self._kept = _read(self._path)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Outcome | None:
        """The outcome kept under a key."""
        return self._kept.get(key)

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome; it is in the file when this returns."""
        self._kept[key] = outcome
        ranking = [[passage.id, *passage.span, passage.score] for passage in outcome.ranking]
        line = json.dumps({"key": key, "output": outcome.output, "ranking": ranking}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            # The line break first: after a partly written line, this one must not be lost with it.
            file.write(f"\n{line}")

    def remove(self) -> None:
        """Remove the file: the run is finished."""
        self._path.unlink(missing_ok=True)


def key_of(suite: str, item: Item, system: str, basis: Mapping[str, Any]) -> str:
    """The key of one question's outcome. `basis`: the settings, index and code that decide it."""
    digest = hashlib.sha256(json.dumps([basis, item.turns], sort_keys=True, default=str).encode()).hexdigest()[:16]
    return f"{suite}/{item.id}/{system}/{digest}"


def _read(path: Path) -> dict[str, Outcome]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    found: dict[str, Outcome] = {}
    for line in text.split("\n"):
        try:
            row = json.loads(line)
            ranking = [
                Ranked(id, Span(episode, float(start), float(end)), float(score))
                for id, episode, start, end, score in row["ranking"]
            ]
            found[str(row["key"])] = Outcome(dict(row["output"]), ranking)
        except (ValueError, TypeError, KeyError):
            continue
    return found

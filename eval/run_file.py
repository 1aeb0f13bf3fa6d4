"""Reads a run.json: one `Record` for each question, with a verdict on its result.

Report, comparison, gate and export all use this module, so they agree on what was
refused, what was wrong and what is missing. A baseline (`eval.comparing.regression.baseline_of`) is a smaller
run and is read in the same way. Nothing here scores or formats.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.types import Outcome
from eval.metrics import Span

NAME = "run.json"
# How a run groups a suite's questions: the key in run.json, and the word for it.
GROUPINGS = {"by_type": "type", "by_style": "style"}

# Possible results of a question, and the words for them.
VERDICTS = {
    "cited": "Answered, cites gold",
    "refused": "Refused rightly",
    "found": "Found in the top 5",
    "beside": "Answered beside gold",
    "withheld": "Refused wrongly",
    "invented": "Should have refused",
    "missed": "Not in the top 5",
    "open": "Not scored",
}
WRONG = frozenset({"beside", "withheld", "invented", "missed"})


class RunError(ValueError):
    """The input is not a run; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Record:
    """One question of a run. `answered` and `confidence` are None for a system that only ranks.

    `relevant`: ids of all passages of the system that overlap gold; None if the run does not say. `grades`: those of
    its graded passages, by id.
    """

    id: str
    turns: tuple[str, ...]
    answerable: bool
    type: str
    gold: tuple[Span, ...]
    facts: tuple[str, ...]
    answered: bool | None
    confidence: float | None
    scores: dict[str, float]
    output: dict[str, Any]
    ranking: tuple[dict[str, Any], ...]
    relevant: tuple[str, ...] | None
    grades: dict[str, int]
    style: str

    @property
    def question(self) -> str:
        """The question that is scored; empty in a baseline, which keeps no text."""
        return self.turns[-1] if self.turns else ""

    @property
    def timings_ms(self) -> dict[str, float]:
        """Milliseconds by stage."""
        return numbers(self.output.get("timings_ms"))

    @property
    def total_ms(self) -> float | None:
        """Milliseconds from question to answer."""
        return self.timings_ms.get("total")

    @property
    def verdict(self) -> str:
        """A key of `VERDICTS`."""
        if self.answered is None:
            hit = self.scores.get("hit@5") if self.answerable else None
            return "open" if hit is None else ("found" if hit > 0 else "missed")
        if not self.answerable:
            return "invented" if self.answered else "refused"
        if not self.answered:
            return "withheld"
        hit = self.scores.get("citation_hit")
        return "open" if hit is None else ("cited" if hit > 0 else "beside")

    @property
    def wrong(self) -> bool:
        """Whether the result is wrong."""
        return self.verdict in WRONG

    def in_gold(self, place: Mapping[str, Any]) -> bool:
        """Whether a citation or a ranked passage overlaps a gold range."""
        return any(span_of(place).overlaps(gold) for gold in self.gold)


def read_run(path: Path, system: str | None = None) -> dict[str, Any]:
    """The run of a file, or of the folder that holds it; raises `RunError`.

    A folder may hold the runs of several systems: `system` selects one, by its name or its folder's.
    """
    files = [path / NAME if path.is_dir() else path]
    if path.is_dir() and not files[0].exists():
        files = sorted(path.glob(f"*/{NAME}")) or files
    found = {file: _read(file) for file in files}
    if system is not None:
        fitting = [run for file, run in found.items() if system in (run.get("system"), file.parent.name)]
        if not fitting:
            held = ", ".join(str(run.get("system") or "unnamed") for run in found.values())
            raise RunError(f"{path}: no run of the system {system!r}; there is: {held}")
        return fitting[0]
    if len(found) > 1:
        raise RunError(f"{path} holds runs of several systems; give one: {', '.join(str(f.parent) for f in found)}")
    return found[files[0]]


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RunError(f"{file}: {error.strerror}; `citecast eval SUITE --out DIR` makes one") from error
    except ValueError as error:
        raise RunError(f"{file}: not a run: {error}") from error
    if not isinstance(found, dict):
        raise RunError(f"{file}: not a run: no object")
    return found


def records(run: Mapping[str, Any]) -> dict[str, list[Record]]:
    """The questions of a run by suite; raises `RunError` if it is not a run."""
    suites = run.get("suites") if isinstance(run, Mapping) else None
    if not isinstance(suites, Mapping) or not all(isinstance(rows, list) for rows in suites.values()):
        raise RunError('this is no run: it has no "suites" with lists of questions')
    return {str(name): [_record(row, str(name)) for row in rows] for name, rows in suites.items()}


def _record(row: Any, suite: str) -> Record:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise RunError(f'suite {suite}: a question without "id"')
    output, item = row.get("output") or {}, row.get("item") or {}
    answerable = bool(item.get("answerable", True))
    answered = output.get("answered")
    return Record(
        id=row["id"],
        turns=tuple(map(str, item.get("turns") or [item.get("question") or output.get("question") or ""])),
        answerable=answerable,
        type=str(item.get("type") or ""),
        # Gold of an unanswerable question scores nothing.
        gold=tuple(span_of(gold) for gold in item.get("gold") or []) if answerable else (),
        facts=tuple(map(str, item.get("facts") or [])),
        answered=None if answered is None else bool(answered),
        confidence=sureness(output),
        scores=numbers(row.get("scores")),
        output=dict(output),
        ranking=tuple(row.get("ranking") or ()),
        relevant=tuple(map(str, row["relevant"])) if isinstance(row.get("relevant"), list) else None,
        grades={key: int(value) for key, value in numbers(row.get("grades")).items()},
        style=str(item.get("style") or ""),
    )


def sureness(output: Mapping[str, Any]) -> float | None:
    """How sure a system was that guests' words answer a question (0 to 1); None if it does not say.

    0 for answers about the archive itself and for questions in another language.
    """
    if output.get("outcome") in (Outcome.ABOUT_ARCHIVE, Outcome.OTHER_LANGUAGE):
        return 0.0
    return numbers(output).get("confidence")


def span_of(place: Mapping[str, Any]) -> Span:
    """The time range of a gold range, a citation or a ranked passage."""
    return Span(str(place.get("episode", "")), float(place.get("start") or 0), float(place.get("end") or 0))


def numbers(values: Any) -> dict[str, float]:
    """The finite numbers of an object: an undefined score (None, NaN) counts as absent."""
    found = values.items() if isinstance(values, Mapping) else ()
    return {
        str(key): float(value)
        for key, value in found
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    }

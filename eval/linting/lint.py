"""Finds everything that is wrong in suites, for `citecast eval lint`.

    paths -> inspect_suite (lines) -> place_gold (episodes) -> item_findings (each question) -> all questions together

Each step goes on with what the steps before it left. Nothing here changes a suite, loads a model or asks a question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.linting.checks import Level, item_findings, unscored
from eval.linting.copies import same_words
from eval.running.gold import Shelf, place_gold
from eval.running.suites import Fault, Item, Suite, inspect_suite

# More questions of one suite with the same gap are told in one line.
_FEW = 5


class Note(NamedTuple):
    """A line of the command: how bad something is, and what and where it is."""

    level: Level
    fault: Fault

    def __str__(self) -> str:
        return str(self.fault._replace(what=f"{self.level}: {self.fault.what}"))

    def to_json(self) -> dict[str, Any]:
        """The same as an object; `line` is 0 for a whole file, `id` empty where a line has none."""
        fault = self.fault
        return {
            "level": str(self.level),
            "file": str(fault.path),
            "line": fault.line,
            "id": fault.id,
            "what": fault.what,
        }


class Linted(NamedTuple):
    """The notes on some suites, in the order of files and lines, and the number of questions."""

    notes: list[Note]
    questions: int

    def count(self, level: Level) -> int:
        """The number of notes of one level."""
        return sum(note.level is level for note in self.notes)


def lint(paths: Sequence[Path], shelf: Shelf) -> Linted:
    """Check suites against an index; raises `SuiteError` for a file that cannot be opened."""
    notes: list[Note] = []
    suites: list[Suite] = []
    for path in paths:
        read, faults = inspect_suite(path)
        suite, misplaced = place_gold(read, shelf.ends, shelf.duplicates)
        suites.append(suite)
        notes += [Note(Level.ERROR, fault) for fault in (*faults, *misplaced)]
        notes += [
            Note(found.level, Fault(path, item.line, item.id, found.what))
            for item in suite.items
            for found in item_findings(item, shelf)
        ]
        notes += _unscored(suite)
    notes += _alike(suites)
    order = {path: at for at, path in enumerate(paths)}
    notes.sort(key=lambda note: (order[note.fault.path], note.fault.line))
    return Linted(notes, sum(len(suite.items) for suite in suites))


def _unscored(suite: Suite) -> Iterator[Note]:
    """Questions without figures: each of a few, but many of one suite as one note, as they seem to be meant so."""
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in suite.items:
        if reason := unscored(item):
            found[reason].append(item)
    for reason, items in found.items():
        if len(items) > _FEW:
            named = ", ".join(item.id for item in items[:_FEW])
            what = f"{len(items)} of {len(suite.items)} questions are {reason} ({named}, …)"
            yield Note(Level.WARNING, Fault(suite.path, 0, "", what))
        else:
            yield from (Note(Level.WARNING, Fault(suite.path, item.line, item.id, reason)) for item in items)


def _alike(suites: Iterable[Suite]) -> Iterator[Note]:
    """Questions with the same words as an earlier one, of this suite or another."""
    first: dict[tuple[str, ...], tuple[Suite, Item]] = {}
    for suite in suites:
        for item in suite.items:
            if not (key := same_words(item.turns)):
                continue
            earlier, same = first.setdefault(key, (suite, item))
            if same is not item:
                where = f"{earlier.path}:{same.line}" if earlier is not suite else f"line {same.line}"
                what = f"the same words as {same.id} ({where})"
                yield Note(Level.WARNING, Fault(suite.path, item.line, item.id, what))

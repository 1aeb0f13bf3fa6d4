"""Prepares the report's sections around the questions as plain data: outcomes, measures, settings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eval.metric_catalog import Measure, in_order, of_stage
from eval.report.figure_sections import Suites, Table, plural
from eval.run_file import GROUPINGS, VERDICTS, WRONG, Record, numbers

_SECRET = re.compile(r"key$|token$|secret|password", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=:)//[^/@\s]*@")


class Kind(NamedTuple):
    """The number of questions with one verdict; position and width of their part of a bar, in percent."""

    verdict: str
    questions: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Number of questions of a suite by verdict."""

    name: str
    count: str
    wrong: int
    kinds: list[Kind]


class Cell(NamedTuple):
    """A figure with its interval and number of questions."""

    value: str
    interval: str
    questions: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Every measure of every suite; a cell is None if the suite has no value."""

    suites: list[str]
    rows: list[tuple[Measure, list[Cell | None]]]


@dataclass(frozen=True, slots=True)
class Types:
    """A suite's measures by type of question."""

    name: str
    head: list[str]
    rows: Table


def outcomes(suites: Suites) -> list[Outcome]:
    """Number of questions by verdict, for each suite."""
    return [_outcome(name, rows) for name, rows in suites.items()]


def _outcome(name: str, rows: Sequence[Record]) -> Outcome:
    counts = Counter(row.verdict for row in rows)
    kinds: list[Kind] = []
    before = 0
    for verdict in VERDICTS:
        if count := counts[verdict]:
            kinds.append(Kind(verdict, count, round(100 * before / len(rows), 2), round(100 * count / len(rows), 2)))
            before += count
    return Outcome(name, plural(len(rows), "question"), sum(counts[verdict] for verdict in WRONG), kinds)


def measures(run: Mapping[str, Any], suites: Suites) -> Measures | None:
    """The run's measures, with intervals and numbers of questions; None if it has none."""
    values = {str(name): numbers(found) for name, found in (run.get("aggregates") or {}).items()}
    names = [*(name for name in suites if name in values), *(name for name in values if name not in suites)]
    everyone = [row for rows in suites.values() for row in rows]
    rows = [
        (one, [_cell(one, run, name, values[name].get(one.key), suites.get(name, everyone)) for name in names])
        for one in _measured(values.values())
    ]
    return Measures(names, rows) if rows else None


def _measured(values: Iterable[Mapping[str, float]]) -> list[Measure]:
    """The measures in any of them, without times of single stages."""
    return in_order({key for found in values for key in found if not of_stage(key)})


def _cell(one: Measure, run: Mapping[str, Any], suite: str, value: float | None, rows: Sequence[Record]) -> Cell | None:
    if value is None:
        return None
    found = ((run.get("intervals") or {}).get(suite) or {}).get(one.key)
    ends = found if isinstance(found, (list, tuple)) and len(found) == 2 else ()
    between = " to ".join(one.shown(float(end)) for end in ends)
    return Cell(one.shown(value), between, _scored(one, rows))


def _scored(measure: Measure, rows: Iterable[Record]) -> int:
    """Number of questions that a figure is computed from."""
    if measure.group == "Refusals":
        return sum(row.answered is not None for row in rows)
    if measure.unit == "ms":
        return sum(row.total_ms is not None for row in rows)
    return sum(measure.key in row.scores for row in rows)


def by_type(run: Mapping[str, Any], suites: Suites) -> list[Types]:
    """Every measure by type and by style of question, for each suite with them."""
    shown: list[Types] = []
    grouped = [(word, *pair) for key, word in GROUPINGS.items() for pair in (run.get(key) or {}).items()]
    for word, name, found in grouped:
        types = {str(kind): numbers(values) for kind, values in found.items()}
        counts = Counter(getattr(row, word) for row in suites.get(name, ()))
        rows = [
            [one.label, *(one.shown(values[one.key]) if one.key in values else "–" for values in types.values())]
            for one in _measured(types.values())
        ]
        if rows:
            shown.append(
                Types(f"{name} by {word}", ["Measure", *(f"{kind} (n {counts[kind]})" for kind in types)], rows)
            )
    return shown


def settings(run: Mapping[str, Any]) -> list[tuple[str, Table]]:
    """Settings, versions and the index's manifest, as the run holds them."""
    found = [(name, _flat(run.get(name) or {})) for name in ("settings", "versions", "manifest")]
    return [(name, rows) for name, rows in found if rows]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Table:
    rows: Table = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            # Reports are shared, and a server's address can hold a password.
            shown = "(not shown)" if text and _SECRET.search(str(key)) else _LOGIN.sub("//", text)
            rows.append([f"{prefix}{key}", shown])
    return rows

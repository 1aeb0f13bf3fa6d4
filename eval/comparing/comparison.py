"""Compares two runs: what changed, how sure that is, and on which questions.

Only questions in both runs are compared; differences in coverage are listed. Several
suites are also compared together as one: a suite without unanswerable questions says
nothing about refusals. `eval.comparing.regression` decides whether a change is acceptable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eval.comparing.paired import REFUSALS, Change, Pairs, change
from eval.metric_catalog import in_order
from eval.run_file import Record, records
from ingest.text import clean

# The same name as in a run's aggregates.
ALL = "all"
LEVEL = 0.95
_QUESTIONS_SHOWN = 20
_COLUMNS = "  {:<22} {:>10} {:>10} {:>10}  {:>22} {:>7} {:>6} {:>13}"


@dataclass(frozen=True, slots=True)
class Missing:
    """What only one of the runs has: suites, questions of a suite, or scores of a metric."""

    what: str
    only_in: str
    names: tuple[str, ...]
    suite: str = ""
    metric: str = ""

    def text(self) -> str:
        """One line."""
        where = f"{clean(self.suite)}, " if self.suite else ""
        what = f"{self.metric} of questions" if self.metric else self.what
        shown = ", ".join(clean(name) for name in self.names[:8])
        more = f" and {len(self.names) - 8} more" if len(self.names) > 8 else ""
        return f"{where}{what} only in {self.only_in.upper()}: {shown}{more}"

    def to_json(self) -> dict[str, Any]:
        """The same as one object."""
        where = {"suite": self.suite, "metric": self.metric}
        return {"what": self.what, "only_in": self.only_in, "names": list(self.names)} | {
            name: value for name, value in where.items() if value
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run b compared with run a. `questions`: the wording by suite and id, if a run has it."""

    a: str
    b: str
    level: float
    suites: dict[str, tuple[Change, ...]]
    missing: tuple[Missing, ...]
    questions: dict[str, dict[str, str]]

    def text(self) -> str:
        """The comparison as text for a terminal."""
        lines = [f"A: {self.a}", f"B: {self.b}", *(one.text() for one in self.missing if not one.metric)]
        for suite, changes in self.suites.items():
            lines += ["", clean(suite), *self.table(suite)]
            lines += [f"  {one.text()}" for one in self.missing if one.metric and one.suite == suite]
            lines += [*self._changed_text(suite)] if changes else ["  nothing to compare"]
        lines += [
            "",
            f"* the {self.level:.0%} interval of B - A (paired bootstrap) is on one side of 0; ↓ lower is better",
        ]
        return "\n".join(lines) + "\n"

    def table(self, suite: str) -> Iterator[str]:
        """The lines of a suite's figures."""
        if self.suites[suite]:
            heads = ("A", "B", "B - A", f"{self.level:.0%} interval", "p", "n", "+ / - / =")
            yield _COLUMNS.format("", *heads).rstrip()
        for one in self.suites[suite]:
            low, high = _signed(one, one.low), _signed(one, one.high)
            yield _COLUMNS.format(
                one.key + (" ↓" if one.measure.better < 0 else ""),
                one.measure.shown(one.a),
                one.measure.shown(one.b),
                _signed(one, one.difference),
                f"{low} to {high}{'*' if one.significant else ' '}",
                f"{one.p:.3f}",
                one.count,
                f"{len(one.wins)} / {len(one.losses)} / {one.ties}",
            )

    def changed(self, suite: str) -> dict[str, list[Change]]:
        """The questions of a suite that got better or worse, each with the metrics that changed.

        Latency changes on every question and is left out, and so is the AUROC, since confidence does too.
        """
        found: dict[str, list[Change]] = {}
        for one in self.suites[suite]:
            if one.measure.gated and one.key != "refusal_auroc":
                for name in (*one.wins, *one.losses):
                    found.setdefault(name, []).append(one)
        return {name: found[name] for name in self.questions.get(suite, {}) if name in found} or found

    def _changed_text(self, suite: str) -> Iterator[str]:
        changed = self.changed(suite) if suite != ALL else {}
        if changed:
            yield f"  {len(changed)} questions changed (+ better, - worse):"
        for name, changes in list(changed.items())[:_QUESTIONS_SHOWN]:
            how = ", ".join(dict.fromkeys(("+" if name in one.wins else "-") + _short(one) for one in changes))
            yield f"    {clean(name)}  {clean(self.questions.get(suite, {}).get(name, ''))}  [{how}]"
        if len(changed) > _QUESTIONS_SHOWN:
            yield f"    and {len(changed) - _QUESTIONS_SHOWN} more"

    def to_json(self) -> dict[str, Any]:
        """The comparison as one object; `questions` holds the wording of those that changed."""
        return {
            "a": self.a,
            "b": self.b,
            "level": self.level,
            "suites": {suite: {one.key: one.to_json() for one in changes} for suite, changes in self.suites.items()},
            "questions": {
                suite: {name: self.questions.get(suite, {}).get(name, "") for name in self.changed(suite)}
                for suite in self.suites
                if suite != ALL
            },
            "missing": [one.to_json() for one in self.missing],
        }


def compare_runs(a: Mapping[str, Any], b: Mapping[str, Any], *, level: float = LEVEL) -> Comparison:
    """Compare run b with run a; either may be a baseline. Raises `eval.run_file.RunError` if one is not a run."""
    before, after = records(a), records(b)
    pairs = {suite: _pairs(before[suite], after[suite]) for suite in before if suite in after}
    suites = {suite: _changes(found, level) for suite, found in pairs.items()}
    if len(pairs) > 1 and ALL not in pairs:
        pooled = [(_named(suite, one), _named(suite, other)) for suite, found in pairs.items() for one, other in found]
        suites[ALL] = _changes(pooled, level)
    return Comparison(
        a=_name(a),
        b=_name(b),
        level=level,
        suites=suites,
        missing=tuple(_missing(before, after, pairs)),
        questions={
            suite: {one.id: one.question or other.question for one, other in found} for suite, found in pairs.items()
        },
    )


def _pairs(before: list[Record], after: list[Record]) -> list[tuple[Record, Record]]:
    others = {row.id: row for row in after}
    return [(row, others[row.id]) for row in before if row.id in others]


def _keys(pairs: Pairs) -> set[str]:
    return {key for pair in pairs for row in pair for key in row.scores}


def _changes(pairs: Pairs, level: float) -> tuple[Change, ...]:
    keys = _keys(pairs) | {*REFUSALS, "latency_p50_ms", "latency_p95_ms"}
    return tuple(found for one in in_order(keys) if (found := change(one.key, pairs, level=level)))


def _named(suite: str, row: Record) -> Record:
    """The record with its suite in its id: ids are unique only within a suite."""
    return replace(row, id=f"{suite}/{row.id}")


def _name(run: Mapping[str, Any]) -> str:
    return clean(f"{run.get('system') or 'unnamed system'} ({run.get('model') or 'no model'})")


def _short(one: Change) -> str:
    """The short name of a metric. A refusal decision counts once, though several metrics use it."""
    return "refusal" if one.key in REFUSALS else one.key


def _signed(one: Change, value: float) -> str:
    shown = one.measure.shown(value)
    return shown if shown.startswith("-") else f"+{shown}"


def _missing(
    before: dict[str, list[Record]], after: dict[str, list[Record]], pairs: Mapping[str, Pairs]
) -> Iterator[Missing]:
    sides = (("a", before, after), ("b", after, before))
    for side, own, other in sides:
        if names := tuple(suite for suite in own if suite not in other):
            yield Missing("suites", side, names)
    for suite, found in pairs.items():
        for side, own, other in sides:
            held = {row.id for row in other[suite]}
            if names := tuple(row.id for row in own[suite] if row.id not in held):
                yield Missing("questions", side, names, suite)
        for one in in_order(_keys(found)):
            lost = tuple(a.id for a, b in found if one.key in a.scores and one.key not in b.scores)
            new = tuple(a.id for a, b in found if one.key in b.scores and one.key not in a.scores)
            for side, names in (("a", lost), ("b", new)):
                if names:
                    yield Missing("scores", side, names, suite, one.key)

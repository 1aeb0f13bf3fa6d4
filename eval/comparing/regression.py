"""Decides whether a run passes the gate: compared with a baseline, no gated metric fell and nothing is missing.

1. The run is compared with the baseline question by question (`eval.comparing.comparison`).
2. A metric fell if the whole paired bootstrap interval of its change is on the worse side, and the
   change is larger than rounding on another processor causes (`LEAST`).
   Latency is shown but never fails a run: it depends on the machine as well.
3. A suite, a question or a metric that the baseline has and the run lacks fails the run, as do
   failures of the judge if the baseline has none, and having nothing to compare.

Many metrics are checked, each with its own interval: a system with random answers will sometimes
fail. Ours gives the same answers each time on one index and one kind of processor; `LEAST` says
what others change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.comparing.comparison import LEVEL, Comparison, compare_runs
from eval.comparing.paired import PLACES, Change
from eval.metric_catalog import measure
from eval.run_file import Record, RunError, numbers, records

# The smallest change that counts, by unit. Of 190 answers, those of an index embedded in float32 instead of bfloat16
# differ by 0.001 in citation_iou and by 0.002 in nDCG. An index that grew over time keeps the basis of its token
# vectors: against one built at once, it had one hit and 0.004 in citation_iou more. Baselines are of one built at once.
LEAST = {"": 0.005, "s": 1.0}


@dataclass(frozen=True, slots=True)
class GateResult:
    """The result. `comparison` has the baseline as A and the run as B; None if one of them is not a run."""

    problems: tuple[str, ...]
    falls: tuple[tuple[str, Change], ...]
    notes: tuple[str, ...]
    comparison: Comparison | None

    @property
    def failed(self) -> bool:
        """Whether the run must not pass."""
        return bool(self.problems or self.falls)

    def text(self) -> str:
        """The reasons first, then all figures; A is the baseline, B the run."""
        lines = ["gate: failed" if self.failed else "gate: passed"]
        lines += [f"- {problem}" for problem in self.problems]
        lines += [f"- {suite} got worse: {_fall(one)}" for suite, one in self.falls]
        lines += [f"note: {note}" for note in self.notes]
        if self.comparison:
            lines += ["", f"A: baseline, {self.comparison.a}", f"B: run, {self.comparison.b}"]
            for suite in self.comparison.suites:
                lines += ["", suite, *self.comparison.table(suite)]
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """The same as one object."""
        return {
            "passed": not self.failed,
            "problems": list(self.problems),
            "falls": [{"suite": suite, "metric": one.key} | one.to_json() for suite, one in self.falls],
            "notes": list(self.notes),
            "comparison": self.comparison.to_json() if self.comparison else None,
        }


def _fall(one: Change) -> str:
    shown = one.measure.shown
    worse = f"worse on {len(one.losses)}, better on {len(one.wins)} of {one.count} questions"
    return f"{one.key} from {shown(one.a)} to {shown(one.b)} ({worse}; p {one.p:.3f}): {', '.join(one.losses[:8])}"


def check(run: Mapping[str, Any], baseline: Mapping[str, Any], *, level: float = LEVEL) -> GateResult:
    """Compare a run with a baseline, which is another run or the result of `baseline_of`."""
    try:
        comparison = compare_runs(baseline, run, level=level)
    except RunError as error:
        return GateResult((str(error),), (), (), None)
    problems, notes = _missing(comparison)
    problems += [f"{suite}: the baseline holds no question" for suite, rows in records(baseline).items() if not rows]
    changes = [(suite, one) for suite, found in comparison.suites.items() for one in found]
    if not any(one.measure.gated for _, one in changes):
        problems.append("nothing was compared: no metric that counts is in both")
    judges = {str(judge) for side in (run, baseline) if (judge := (side.get("settings") or {}).get("judge"))}
    if len(judges) > 1:
        problems.append(
            f"support and facts were judged by {' and '.join(sorted(judges))}: run it with the same --judge"
        )
    failures, before = (int(side.get("judge_failures") or 0) for side in (run, baseline))
    if failures and not before:
        problems.append(f"the judge failed {failures} times; in the baseline it never did")
    notes += _latency(run)
    falls = tuple((suite, one) for suite, one in changes if one.measure.gated and one.fell and _counts(one))
    return GateResult(tuple(problems), falls, tuple(notes), comparison)


def _counts(one: Change) -> bool:
    return abs(one.difference) >= LEAST.get(one.measure.unit, 0.0)


def _latency(run: Mapping[str, Any]) -> list[str]:
    """The run's latency, only to be shown: a committed baseline has none."""
    found = [(suite, numbers(values)) for suite, values in (run.get("aggregates") or {}).items()]
    return [
        f"latency, shown only: {suite} {', '.join(f'p{p} {measure(key).shown(values[key])}' for p, key in keys)}"
        for suite, values in found
        if (keys := [(p, key) for p in (50, 95) if (key := f"latency_p{p}_ms") in values])
    ]


def _missing(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Problems (what the run lacks), and notes.

    A metric may be undefined on a question (a refusal cites nothing, so it has no citation
    precision); `citation_hit` and the refusal metrics then count it. Ranking metrics are always
    defined, so a missing score is a problem there, and also if no question has one.
    """
    problems: list[str] = []
    notes: list[str] = []
    for one in comparison.missing:
        if one.what != "scores":
            (problems if one.only_in == "a" else notes).append(one.text())
        elif one.only_in == "a" and measure(one.metric).gated:
            compared = any(change.key == one.metric for change in comparison.suites[one.suite])
            always = measure(one.metric).group == "Retrieval" or not compared
            (problems if always else notes).append(one.text())
    return problems, notes


def baseline_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a run that may be committed: ids, scores, decisions and confidence, but no text.

    It has the shape of a run, so it can be read like one.
    """
    return {
        "system": str(run.get("system", "")),
        "model": str(run.get("model", "")),
        "settings": {"judge": str((run.get("settings") or {}).get("judge", ""))},
        "suites": {suite: [_kept(row) for row in rows] for suite, rows in records(run).items()},
        "judge_failures": int(run.get("judge_failures") or 0),
    }


def _kept(row: Record) -> dict[str, Any]:
    output = {
        "answered": row.answered,
        "confidence": None if row.confidence is None else round(row.confidence, PLACES),
    }
    return {
        "id": row.id,
        "item": {"answerable": row.answerable},
        "scores": {key: round(value, PLACES) for key, value in row.scores.items() if measure(key).group != "Cost"},
        "output": {key: value for key, value in output.items() if value is not None},
    }


def baseline_json(run: Mapping[str, Any]) -> str:
    """The baseline as JSON with one question on each line, so that a diff is readable."""
    baseline = baseline_of(run)
    suites = ",\n".join(
        f"{json.dumps(suite)}: [\n" + ",\n".join(json.dumps(row, sort_keys=True) for row in rows) + "\n]"
        for suite, rows in baseline["suites"].items()
    )
    rest = {key: value for key, value in baseline.items() if key != "suites"}
    return f'{json.dumps(rest)[:-1]}, "suites": {{\n{suites}\n}}}}\n'

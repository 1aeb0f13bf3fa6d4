"""Prepares the report's figures over all questions as plain data: refusals, times, offsets, hits by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from eval.metrics import percentile
from eval.report.figures import (
    decisions,
    edges,
    latency_bins,
    offset_bins,
    offsets,
    refusal_curve,
    stages,
)
from eval.report.plots import Plot, latency_plot, refusal_plot, seconds
from eval.run_file import Record, numbers

Suites = Mapping[str, Sequence[Record]]
Table = list[list[str]]

_HITS = ("hit@1", "hit@5", "hit@10")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over all questions: a table, and for some a plot."""

    title: str
    words: str
    head: list[str]
    rows: Table
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures, and the shares of `hit_keys` by type and suite (None if missing)."""

    figures: list[Figure]
    hit_keys: list[str]
    hits: list[tuple[str, str, list[float | None]]]


def plural(count: int, word: str) -> str:
    """A number and its noun."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def figures(run: Mapping[str, Any], suites: Suites) -> Figures | None:
    """Refusals, times and offsets over all questions, and hits by type; None if there are none."""
    everyone = [row for rows in suites.values() for row in rows]
    made = [_refusals(everyone), _latency(everyone), _stages(everyone), _offsets(everyone)]
    shown = Figures([one for one in made if one], list(_HITS), _hits(run))
    return shown if shown.figures or shown.hits else None


def _refusals(rows: Sequence[Record]) -> Figure | None:
    curve = refusal_curve(decisions(rows))
    if curve is None:
        return None
    by_cause = f" {plural(curve.unexplained, 'decision')} had another cause." if curve.unexplained else ""
    shown = curve.points[:: max(1, len(curve.points) // 12)]
    return Figure(
        "Refusals",
        f"of refusing, by the confidence below which a question is refused. AUROC {curve.auroc:.3f}. The line marks "
        f"where this run stands (about {curve.threshold:.2f}).{by_cause}",
        ["Refused up to", "Precision", "Recall"],
        [[f"{value:.3f}" for value in point] for point in shown],
        refusal_plot(curve),
    )


def _latency(rows: Sequence[Record]) -> Figure | None:
    spent = [row.total_ms for row in rows if row.total_ms is not None]
    if not spent:
        return None
    p50, p95 = percentile(spent, 50) or 0.0, percentile(spent, 95) or 0.0
    bins = latency_bins(spent)
    return Figure(
        "Latency",
        f"{plural(len(spent), 'question')}; half in {seconds(p50)}, 19 of 20 in {seconds(p95)}.",
        ["Time", "Questions"],
        [[edges(each, seconds), str(each.size)] for each in bins],
        latency_plot(bins, p50, p95),
    )


def _stages(rows: Sequence[Record]) -> Figure | None:
    found = stages(rows)
    if not found:
        return None
    return Figure(
        "Time by stage",
        "Each stage as the system names it; first_sentence and total count from the question.",
        ["Stage", "p50", "p95", "Slowest"],
        [[one.name, seconds(one.p50), seconds(one.p95), seconds(one.highest)] for one in found],
    )


def _offsets(rows: Sequence[Record]) -> Figure | None:
    found = offsets(rows)
    if not found:
        return None
    return Figure(
        "Citation offset",
        f"{plural(len(found), 'citation')} inside gold: seconds from the nearest gold start of the episode to the "
        f"citation’s start; half within {median(map(abs, found)):.0f} s. A range can be long, so late is not wrong.",
        ["Offset", "Citations"],
        [[edges(each, _offset), str(each.size)] for each in offset_bins(found)],
    )


def _offset(seconds_: float) -> str:
    return f"{seconds_:+.0f} s" if seconds_ else "0 s"


def _hits(run: Mapping[str, Any]) -> list[tuple[str, str, list[float | None]]]:
    found = [
        (str(kind), str(suite), [numbers(values).get(key) for key in _HITS])
        for suite, types in (run.get("by_type") or {}).items()
        for kind, values in types.items()
    ]
    return [row for row in found if any(share is not None for share in row[-1])]

"""The report's sections above the questions: what came out, the measures, the figures, the settings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from eval.metric_catalog import Measure, in_order, of_stage
from eval.metrics import percentile
from eval.report.figures import (
    Bin,
    decisions,
    latency_bins,
    offset_bins,
    offsets,
    refusal_curve,
    stages,
)
from eval.report.markup import esc, table
from eval.report.plots import bar, latency_plot, offset_plot, refusal_plot, seconds, stacked, stages_plot
from eval.run_file import VERDICTS, WRONG, Record, numbers

Suites = Mapping[str, Sequence[Record]]

_SECRET = re.compile(r"key$|token$|secret|password", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=:)//[^/@\s]*@")


def section(name: str, title: str, body: str) -> str:
    """A section with a heading; nothing where there is nothing to show."""
    return f'<section id="{name}"><h2>{title}</h2>{body}</section>' if body else ""


def outcomes(suites: Suites) -> str:
    """How many questions of each suite came out how."""
    blocks: list[str] = []
    for name, rows in suites.items():
        counts = Counter(row.verdict for row in rows)
        kinds = [(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]]
        wrong = sum(count for verdict, count in kinds if verdict in WRONG)
        legend = "".join(
            f'<li><span class="swatch v-{verdict}" aria-hidden="true"></span>{VERDICTS[verdict]} <b>{count}</b></li>'
            for verdict, count in kinds
        )
        blocks.append(
            f'<div class="outcome"><p><strong>{esc(name)}</strong> {plural(len(rows), "question")}, {wrong} wrong</p>'
            f'{stacked(kinds)}<ul class="legend">{legend}</ul></div>'
        )
    return "".join(blocks)


def plural(count: int, word: str) -> str:
    """A number and its noun."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def scored(measure: Measure, rows: Iterable[Record]) -> int:
    """How many questions a figure rests on."""
    if measure.group == "Refusals":
        return sum(row.answered is not None for row in rows)
    if measure.unit == "ms":
        return sum(row.total_ms is not None for row in rows)
    return sum(measure.key in row.scores for row in rows)


def aggregates(run: Mapping[str, Any], suites: Suites) -> str:
    """Every measure of every suite, with its interval and the number of questions behind it."""
    values = {str(name): numbers(found) for name, found in (run.get("aggregates") or {}).items()}
    names = [*(name for name in suites if name in values), *(name for name in values if name not in suites)]
    measures = in_order({key for found in values.values() for key in found if not of_stage(key)})
    everyone = [row for rows in suites.values() for row in rows]
    rows: list[list[str]] = []
    for one in measures:
        cells = [
            _cell(one, values[name].get(one.key), _interval(run, name, one.key), suites.get(name, everyone))
            for name in names
        ]
        rows.append([_measure_name(one), *cells])
    if not rows:
        return ""
    return table(["Measure", *map(esc, names)], rows, caption="Measures by suite", kind="measures") + _reading()


def _reading() -> str:
    return (
        '<p class="soft below">Below each value: its bootstrap interval (95 %) and the number of questions behind it. '
        "A passage or citation is relevant when it overlaps a gold range.</p>"
    )


def _measure_name(one: Measure) -> str:
    hint = f'<span class="hint">{esc(one.means)}{"; lower is better" if one.better < 0 else ""}</span>'
    return f'<span class="name">{esc(one.label)}</span>{hint if one.means else ""}'


def _interval(run: Mapping[str, Any], suite: str, key: str) -> tuple[float, float] | None:
    found = ((run.get("intervals") or {}).get(suite) or {}).get(key)
    return (float(found[0]), float(found[1])) if isinstance(found, (list, tuple)) and len(found) == 2 else None


def _cell(one: Measure, value: float | None, interval: tuple[float, float] | None, rows: Sequence[Record]) -> str:
    if value is None:
        return '<span class="soft">–</span>'
    between = f"{one.shown(interval[0])} to {one.shown(interval[1])} · " if interval else ""
    return f"<b>{one.shown(value)}</b><small>{between}n {scored(one, rows)}</small>"


def by_type(run: Mapping[str, Any], suites: Suites) -> str:
    """Every measure by type of question, a table for each suite."""
    blocks: list[str] = []
    for name, found in (run.get("by_type") or {}).items():
        types = {str(kind): numbers(values) for kind, values in found.items()}
        counts = Counter(row.type for row in suites.get(name, ()))
        head = ["Measure", *(f"{esc(kind)} <small>n {counts[kind]}</small>" for kind in types)]
        rows = [
            [esc(one.label), *(one.shown(types[kind][one.key]) if one.key in types[kind] else "–" for kind in types)]
            for one in in_order({key for values in types.values() for key in values if not of_stage(key)})
        ]
        if rows:
            blocks.append(f"<h3>{esc(name)}</h3>" + table(head, rows, caption=f"{name} by type", kind="types"))
    return "".join(blocks)


def figures(run: Mapping[str, Any], suites: Suites) -> str:
    """The plots, each with the numbers behind it."""
    everyone = [row for rows in suites.values() for row in rows]
    shown = [_refusals(everyone), _latency(everyone), _stages(everyone), _offsets(everyone)]
    plots = f'<div class="plots">{"".join(shown)}</div>' if any(shown) else ""
    return plots + _hits(run)


def _figure(title: str, plot: str, words: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    numbers_ = table(head, rows, caption=f"{title}: the numbers")
    return (
        f"<figure><figcaption><h3>{title}</h3><p>{words}</p></figcaption>{plot}"
        f'<details class="numbers"><summary>As a table</summary>{numbers_}</details></figure>'
    )


def _refusals(rows: Sequence[Record]) -> str:
    made = decisions(rows)
    curve = refusal_curve(made)
    if curve is None:
        return ""
    by_cause = f" {plural(curve.unexplained, 'decision')} had another cause." if curve.unexplained else ""
    words = (
        '<span class="key precision">precision</span> <span class="key recall">recall</span> '
        f"of refusing, by the confidence below which a question is refused. AUROC {curve.auroc:.3f}. The line marks "
        f"where this run stands (about {curve.threshold:.2f}).{by_cause}"
    )
    shown = curve.points[:: max(1, len(curve.points) // 12)]
    cells = [(f"{p.confidence:.3f}", f"{p.precision:.3f}", f"{p.recall:.3f}") for p in shown]
    return _figure("Refusals", refusal_plot(curve), words, ["Refused up to", "Precision", "Recall"], cells)


def _latency(rows: Sequence[Record]) -> str:
    spent = [row.total_ms for row in rows if row.total_ms is not None]
    if not spent:
        return ""
    p50, p95 = percentile(spent, 50) or 0.0, percentile(spent, 95) or 0.0
    bins = latency_bins(spent)
    words = f"{plural(len(spent), 'question')}; half in {seconds(p50)}, 19 of 20 in {seconds(p95)}."
    cells = [(_edges(each, seconds), str(each.size)) for each in bins]
    return _figure("Latency", latency_plot(bins, p50, p95), words, ["Time", "Questions"], cells)


def _stages(rows: Sequence[Record]) -> str:
    found = stages(rows)
    if not found:
        return ""
    cells = [(esc(s.name), seconds(s.p50), seconds(s.p95), seconds(s.highest)) for s in found]
    words = "Each stage as the system names it; first_sentence and total count from the question."
    return _figure("Time by stage", stages_plot(found), words, ["Stage", "p50", "p95", "Slowest"], cells)


def _offsets(rows: Sequence[Record]) -> str:
    found = offsets(rows)
    if not found:
        return ""
    typical = median(map(abs, found))
    bins = offset_bins(found)
    words = (
        f"{plural(len(found), 'citation')} inside gold: seconds from the nearest gold start of the episode to the "
        f"citation’s start; half within {typical:.0f} s. A range can be long, so late is not wrong."
    )
    cells = [(_edges(each, lambda value: f"{value:+.0f} s"), str(each.size)) for each in bins]
    return _figure("Citation offset", offset_plot(bins, typical), words, ["Offset", "Citations"], cells)


def _edges(each: Bin, words: Any) -> str:
    if each.low == float("-inf"):
        return f"before {words(each.high)}"
    return f"from {words(each.low)}" + ("" if each.high == float("inf") else f" to {words(each.high)}")


def _hits(run: Mapping[str, Any]) -> str:
    keys = ("hit@1", "hit@5", "hit@10")
    rows: list[list[str]] = []
    for suite, types in (run.get("by_type") or {}).items():
        for kind, values in types.items():
            found = numbers(values)
            cells = [f"{bar(found[key])}<b>{found[key]:.2f}</b>" if key in found else "–" for key in keys]
            if any(key in found for key in keys):
                rows.append([f'{esc(kind)} <span class="hint">{esc(suite)}</span>', *cells])
    if not rows:
        return ""
    return "<h3>Hit@k by type</h3>" + table(["Type", *keys], rows, caption="Hit at k by type", kind="hits")


def settings(run: Mapping[str, Any]) -> str:
    """Settings, versions and the index's manifest, as the run holds them."""
    blocks: list[str] = []
    for name in ("settings", "versions", "manifest"):
        rows = [(esc(key), esc(value)) for key, value in _flat(run.get(name) or {})]
        if rows:
            blocks.append(
                f"<h3>{name.capitalize()}</h3>" + table(["Name", "Value"], rows, caption=name, kind="settings")
            )
    return "".join(blocks)


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            # A report is passed around; an address of a server can hold a password.
            shown = "(not shown)" if text and _SECRET.search(str(key)) else _LOGIN.sub("//", text)
            rows.append((f"{prefix}{key}", shown))
    return rows

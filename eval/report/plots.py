"""Plots as inline SVG, drawn by pure functions: numbers in, one `<svg>` out.

Colours, strokes and fonts are classes of `report.css`, so that plots follow light, dark and
print. Each plot has a title and a description for those who do not see it; the tables with
the same numbers stand beside it (`eval.report.sections`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from eval.report.figures import Bin, Point, RefusalCurve, Stage
from eval.report.markup import esc

WIDTH, HEIGHT = 440, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 16, 44
_BASE = HEIGHT - BOTTOM

Scale = Callable[[float], float]


def scale(low: float, high: float, begin: float, end: float) -> Scale:
    """The linear map that takes low to begin and high to end."""
    factor = (end - begin) / (high - low) if high > low else 0.0
    return lambda value: begin + (value - low) * factor


def bar(share: float, *, kind: str = "bar") -> str:
    """A bar for a share between 0 and 1, as wide as its cell; the number stands beside it in words."""
    width = 100 * min(1.0, max(0.0, share))
    return (
        '<svg class="inbar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8"/>'
        f'<rect class="{esc(kind)}" width="{width:.1f}" height="8"/></svg>'
    )


def stacked(counts: Sequence[tuple[str, int]]) -> str:
    """One bar of several kinds, as long as its box; `counts` are class and number."""
    total = sum(count for _, count in counts) or 1
    parts: list[str] = []
    at = 0.0
    for kind, count in counts:
        width = 100 * count / total
        parts.append(f'<rect class="v-{esc(kind)}" x="{at:.2f}" width="{width:.2f}" height="8"/>')
        at += width
    return (
        '<svg class="stacked" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        + "".join(parts)
        + "</svg>"
    )


def refusal_plot(curve: RefusalCurve) -> str:
    """Precision and recall of refusing over the threshold, with what was really decided."""
    x, y = scale(0, 1, LEFT, WIDTH - RIGHT), scale(0, 1, _BASE, TOP)
    ends = [*(point.confidence for point in curve.points[1:]), 1.0]
    at = x(curve.threshold)
    body = [
        _grid_y([0, 0.25, 0.5, 0.75, 1], y, lambda value: f"{value:g}"),
        _ticks_x([0, 0.25, 0.5, 0.75, 1], x, lambda value: f"{value:g}"),
        f'<line class="mark" x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{_BASE}"/>',
        f'<path class="line recall" d="{_steps(curve.points, ends, x, y, "recall")}"/>',
        f'<path class="line precision" d="{_steps(curve.points, ends, x, y, "precision")}"/>',
    ]
    if curve.recall is not None:
        body.append(f'<circle class="dot recall" cx="{at:.1f}" cy="{y(curve.recall):.1f}" r="5"/>')
    if curve.precision is not None:
        cy = y(curve.precision)
        body.append(f'<rect class="dot precision" x="{at - 4.5:.1f}" y="{cy - 4.5:.1f}" width="9" height="9"/>')
    body.append(_axis_title("refused at or below this confidence"))
    return _svg("Refusals: precision and recall over the threshold", _curve_words(curve), body)


def _curve_words(curve: RefusalCurve) -> str:
    made = f"Operating point: precision {_share(curve.precision)}, recall {_share(curve.recall)}"
    return f"{made}, near a threshold of {curve.threshold:.2f}. AUROC {_share(curve.auroc)}."


def _steps(points: Sequence[Point], ends: Sequence[float], x: Scale, y: Scale, name: str) -> str:
    """A path of steps: each value holds from its confidence to the next."""
    commands: list[str] = []
    for point, end in zip(points, ends, strict=True):
        height = y(getattr(point, name))
        move = "L" if commands else "M"
        commands.append(f"{move}{x(point.confidence):.1f} {height:.1f}H{x(max(end, point.confidence)):.1f}")
    return "".join(commands)


def latency_plot(bins: Sequence[Bin], p50: float, p95: float) -> str:
    """How long whole answers took, with the median and the 95th percentile."""
    last = bins[-1].low
    x = scale(0, last + (last - bins[-2].low), LEFT, WIDTH - RIGHT)
    marks = "".join(
        f'<line class="mark" x1="{x(value):.1f}" y1="{TOP}" x2="{x(value):.1f}" y2="{_BASE}"/>'
        f'<text class="tick" x="{x(value):.1f}" y="{TOP - 4}" text-anchor="middle">{name}</text>'
        for name, value in _apart([("p50", min(p50, last)), ("p95", min(p95, last))], x)
    )
    stride = max(2, len(bins) // 5)
    edges = [each.low for each in bins[:-stride:stride]]
    ticks = _ticks_x([*edges, last], x, lambda value: seconds(value) + ("+" if value == last else ""))
    body = [_bars(bins, x, tail=last), marks, ticks, _axis_title("time from question to answer")]
    return _svg("Latency", f"Median {seconds(p50)}, 95th percentile {seconds(p95)}.", body)


def _apart(marks: list[tuple[str, float]], x: Scale) -> list[tuple[str, float]]:
    """Two marks, or one with both names where the names would overlap."""
    (first, low), (second, high) = marks
    return [(f"{first}, {second}", high)] if x(high) - x(low) < 30 else marks


def offset_plot(bins: Sequence[Bin], median: float) -> str:
    """How many seconds right citations begin before or after gold does."""
    step = bins[1].high - bins[1].low
    edge = bins[-1].low + step
    x = scale(-edge, edge, LEFT, WIDTH - RIGHT)
    zero = x(0)
    marks = (
        f'<line class="mark" x1="{zero:.1f}" y1="{TOP}" x2="{zero:.1f}" y2="{_BASE}"/>'
        f'<text class="tick" x="{zero - 6:.1f}" y="{TOP - 4}" text-anchor="end">early</text>'
        f'<text class="tick" x="{zero + 6:.1f}" y="{TOP - 4}">late</text>'
    )
    ticks = _ticks_x([-120, -60, 0, 60, 120], x, lambda value: f"{value:+g} s" if value else "0")
    body = [_bars(bins, x, tail=bins[-1].low), marks, ticks, _axis_title("citation’s start, from gold’s")]
    return _svg("Citation offset", f"Half of the right citations begin within {median:.0f} s of gold’s start.", body)


def _bars(bins: Sequence[Bin], x: Scale, *, tail: float) -> str:
    """The bars of a histogram with its counts' axis; an endless bin is drawn as wide as the others."""
    highest = max(1, *(each.size for each in bins))
    y = scale(0, highest, _BASE, TOP)
    step = bins[1].high - bins[1].low
    parts = [_grid_y(sorted({0, highest // 2, highest}), y, lambda value: f"{value:.0f}")]
    for each in bins:
        low = each.high - step if math.isinf(each.low) else each.low
        kind = "bar tail" if math.isinf(each.low) or each.low == tail else "bar"
        width = x(low + step) - x(low) - 1.5
        height = _BASE - y(each.size)
        parts.append(
            f'<rect class="{kind}" x="{x(low) + 0.75:.1f}" y="{y(each.size):.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"/>'
        )
    return "".join(parts)


def stages_plot(stages: Sequence[Stage]) -> str:
    """For each stage a bar to its median, and a whisker on to its 95th percentile."""
    row, left = 30, 118
    height = row * len(stages) + 30
    x = scale(0, max(stage.p95 for stage in stages) * 1.02, left, WIDTH - RIGHT - 52)
    parts: list[str] = []
    for number, stage in enumerate(stages):
        middle = number * row + row / 2
        parts.append(
            f'<text class="tick" x="{left - 8}" y="{middle + 4}" text-anchor="end">{esc(stage.name[:16])}</text>'
            f'<rect class="bar" x="{left}" y="{middle - 7}" width="{x(stage.p50) - left:.1f}" height="14"/>'
            f'<path class="whisker" d="M{x(stage.p50):.1f} {middle}H{x(stage.p95):.1f}m0 -6v12"/>'
            f'<text class="tick" x="{x(stage.p95) + 6:.1f}" y="{middle + 4}">{seconds(stage.p95)}</text>'
        )
    parts.append(_axis_title("bar: half of the questions, whisker: 19 of 20", at=height - 8))
    words = "; ".join(f"{stage.name} {seconds(stage.p50)}, {seconds(stage.p95)}" for stage in stages)
    return _svg("Time by stage", f"Median and 95th percentile: {words}.", parts, height=height)


def seconds(milliseconds: float) -> str:
    """A time as short as it can be read: `84 ms`, `1.2 s`."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 or not milliseconds else f"{milliseconds:.1f} ms"


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _grid_y(values: Iterable[float], y: Scale, words: Callable[[float], str]) -> str:
    return "".join(
        f'<line class="grid" x1="{LEFT}" y1="{y(value):.1f}" x2="{WIDTH - RIGHT}" y2="{y(value):.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{words(value)}</text>'
        for value in values
    )


def _ticks_x(values: Iterable[float], x: Scale, words: Callable[[float], str]) -> str:
    return "".join(
        f'<text class="tick" x="{x(value):.1f}" y="{_BASE + 16}" text-anchor="middle">{words(value)}</text>'
        for value in values
    )


def _axis_title(text: str, *, at: float = HEIGHT - 8) -> str:
    return f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{at}" text-anchor="middle">{esc(text)}</text>'


def _svg(title: str, words: str, body: Iterable[str], *, height: float = HEIGHT) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{esc(title)}</title><desc>{esc(words)}</desc>{''.join(body)}</svg>"
    )

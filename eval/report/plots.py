"""Computes the positions of axes, bars and curves of plots. `templates/parts.html` draws them as inline SVG.

Each plot has a title and a description for screen readers, and is shown with a table of the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from eval.report.figures import Bin, Point, RefusalCurve

Scale = Callable[[float], float]


class Tick(NamedTuple):
    """A label at a position on an axis."""

    at: float
    words: str


class Bar(NamedTuple):
    """A bar of a histogram; a `tail` holds everything beyond."""

    x: float
    y: float
    width: float
    height: float
    tail: bool


class Curve(NamedTuple):
    """A path of steps, and the run's own point on it."""

    name: str
    path: str
    dot: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot in a box of `width` by `height`; the axes go from `left`, `top` to `right`, `base`."""

    width: ClassVar[int] = 440
    height: ClassVar[int] = 240
    left: ClassVar[int] = 44
    right: ClassVar[int] = 426
    top: ClassVar[int] = 16
    base: ClassVar[int] = 196

    title: str
    words: str
    axis: str
    x: list[Tick]
    y: list[Tick]
    marks: list[Tick]
    bars: Sequence[Bar] = ()
    curves: Sequence[Curve] = ()


def scale(low: float, high: float, begin: float, end: float) -> Scale:
    """The linear map that takes low to begin and high to end."""
    factor = (end - begin) / (high - low) if high > low else 0.0
    return lambda value: round(begin + (value - low) * factor, 1)


def refusal_plot(curve: RefusalCurve) -> Plot:
    """Precision and recall of refusals by threshold, with the run's actual decisions."""
    x, y = scale(0, 1, Plot.left, Plot.right), scale(0, 1, Plot.base, Plot.top)
    quarters = (0, 0.25, 0.5, 0.75, 1)
    made = f"Operating point: precision {_share(curve.precision)}, recall {_share(curve.recall)}"
    return Plot(
        title="Refusals: precision and recall over the threshold",
        words=f"{made}, near a threshold of {curve.threshold:.2f}. AUROC {_share(curve.auroc)}.",
        axis="refused at or below this confidence",
        x=_ticks(quarters, x, "{:g}".format),
        y=_ticks(quarters, y, "{:g}".format),
        marks=[Tick(x(curve.threshold), "")],
        curves=[
            Curve(name, _steps(curve.points, x, y, name), None if here is None else (x(curve.threshold), y(here)))
            for name, here in (("recall", curve.recall), ("precision", curve.precision))
        ],
    )


def _steps(points: Sequence[Point], x: Scale, y: Scale, name: str) -> str:
    """A path of steps: each value holds from its confidence to the next."""
    ends = [*(point.confidence for point in points[1:]), 1.0]
    steps = [
        f"{x(point.confidence)} {y(getattr(point, name))}H{x(max(end, point.confidence))}"
        for point, end in zip(points, ends, strict=True)
    ]
    return "M" + "L".join(steps)


def latency_plot(bins: Sequence[Bin], p50: float, p95: float) -> Plot:
    """A histogram of the time from question to answer, with the median and the 95th percentile."""
    last = bins[-1].low
    step = last - bins[-2].low
    highest = max(1, *(each.size for each in bins))
    x, y = scale(0, last + step, Plot.left, Plot.right), scale(0, highest, Plot.base, Plot.top)
    width = x(step) - x(0) - 1.5
    stride = max(2, len(bins) // 5)
    return Plot(
        title="Latency",
        words=f"Median {seconds(p50)}, 95th percentile {seconds(p95)}.",
        axis="time from question to answer",
        x=[
            *_ticks((each.low for each in bins[:-stride:stride]), x, seconds),
            Tick(x(last), f"{seconds(last)}+"),
        ],
        y=_ticks(sorted({0, highest // 2, highest}), y, "{:.0f}".format),
        marks=_apart(Tick(x(min(p50, last)), "p50"), Tick(x(min(p95, last)), "p95")),
        bars=[
            Bar(x(one.low) + 0.75, y(one.size), round(width, 1), round(Plot.base - y(one.size), 1), one.low == last)
            for one in bins
        ],
    )


def _apart(first: Tick, second: Tick) -> list[Tick]:
    """Two marks, or one with both names if the names would overlap."""
    if second.at - first.at < 30:
        return [Tick(second.at, f"{first.words}, {second.words}")]
    return [first, second]


def _ticks(values: Iterable[float], to: Scale, words: Callable[[float], str]) -> list[Tick]:
    return [Tick(to(value), words(value)) for value in values]


def seconds(milliseconds: float) -> str:
    """A time in a short form: `84 ms`, `1.2 s`."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 or not milliseconds else f"{milliseconds:.1f} ms"


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"

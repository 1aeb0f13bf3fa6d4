"""Repairs the times of a transcript's lines.

The archive's times have three faults: some lines have none, all paragraphs of
one turn have the turn's first second, and sometimes time runs backwards. So:

1. A line that repeats the second of the one before it counts as unknown: a later
   paragraph of the turn, or an answer with its question's second.
2. Of the known seconds, the longest sequence that never decreases is kept. A block of
   others that are consistent with each other is kept as well: there the recording was
   edited in another order than the transcript, and its own seconds are
   right. The rest is dropped and counted.
3. Between two kept seconds, a line's start is calculated from the words said since the
   earlier one, at the pace of that stretch; if that pace is slower than
   speech (a pause, a cut), at the usual pace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

# Words per second, measured on turns of the archive with a second before and after: median 2.34.
USUAL_PACE = 2.4
SLOWEST_PACE = 1.3
# Nobody speaks faster for long, so words take at least this time, whatever the next second is.
FASTEST_PACE = 5.0
# This number of consistent seconds in a row is not an error of one line.
_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Start and end seconds of each line, which starts are estimates, and the number of dropped seconds."""

    starts: list[float]
    ends: list[float]
    estimated: list[bool]
    backwards: int


def longest_non_decreasing(values: Sequence[float]) -> list[int]:
    """Indexes of a longest non-decreasing subsequence (patience sorting, O(n log n))."""
    tails: list[float] = []
    tail_index: list[int] = []
    parent: list[int] = []
    for i, value in enumerate(values):
        place = bisect_right(tails, value)
        parent.append(tail_index[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            tail_index.append(i)
        else:
            tails[place], tail_index[place] = value, i
    chain: list[int] = []
    at = tail_index[-1] if tail_index else -1
    while at >= 0:
        chain.append(at)
        at = parent[at]
    return chain[::-1]


def repair_times(seconds: Sequence[float | None], words: Sequence[int]) -> Times:
    """Calculate start and end seconds for lines with `words` words each."""
    count = len(seconds)
    known = [i for i in range(count) if seconds[i] is not None and not (i and seconds[i] == _last(seconds, i))]
    values = [float(seconds[i] or 0.0) for i in known]
    anchors = [known[i] for i in _kept(values)]
    before = [0, *accumulate(words)]
    starts = [0.0] * count
    for position, anchor in enumerate(anchors):
        start = float(seconds[anchor] or 0.0)
        stop = anchors[position + 1] if position + 1 < len(anchors) else count
        limit = float(seconds[stop] or 0.0) if stop < count else None
        pace = _pace(before[stop] - before[anchor], None if limit is None else limit - start)
        for i in range(anchor, stop):
            starts[i] = start + (before[i] - before[anchor]) / pace if pace else start
    first = anchors[0] if anchors else count
    lead = starts[first] if first < count else before[count] / USUAL_PACE
    for i in range(first):
        starts[i] = max(0.0, lead - (before[first] - before[i]) / USUAL_PACE)
    ends = [_end(starts[i], starts[i + 1] if i + 1 < count else -1.0, words[i]) for i in range(count)]
    kept = set(anchors)
    return Times(starts, ends, [i not in kept for i in range(count)], len(known) - len(anchors))


def _kept(values: Sequence[float]) -> list[int]:
    """Indexes of the seconds to trust: the longest sequence, and other consistent blocks."""
    chain = set(longest_non_decreasing(values))
    kept = set(chain)
    block: list[int] = []
    for i in range(len(values) + 1):
        fits = i < len(values) and i not in chain
        if fits and (not block or values[i] >= values[block[-1]]):
            block.append(i)
            continue
        if len(block) >= _BLOCK:
            kept |= set(block)
        block = [i] if fits else []
    return sorted(kept)


def _end(start: float, following: float, words: int) -> float:
    """The start of the next line; if that is earlier (a jump back) or too soon, the time that the words take."""
    if following < start:
        return start + words / USUAL_PACE
    return max(following, start + words / FASTEST_PACE)


def _last(seconds: Sequence[float | None], i: int) -> float | None:
    """The last known second before line `i`."""
    return next((seconds[j] for j in range(i - 1, -1, -1) if seconds[j] is not None), None)


def _pace(words: int, span: float | None) -> float:
    """Words per second of a stretch; the usual pace if it is slower than speech or jumps back; 0 for no time."""
    if span is None or span < 0:
        return USUAL_PACE
    if span == 0:
        return 0.0
    pace = words / span
    return USUAL_PACE if pace < SLOWEST_PACE else pace

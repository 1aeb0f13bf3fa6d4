"""True times for a transcript's lines.

The archive's times have three faults: some lines carry none, all paragraphs of
one turn carry the turn's first second, and in places time runs backwards. So:

1. A line that repeats the second of the one before it counts as unknown: a later
   paragraph of the turn, or an answer stamped with its question's second.
2. Of the known seconds, the longest run that never decreases is kept. A block of
   others that agree among themselves is kept as well: there the recording was cut
   together in another order than the transcript, and its own seconds are the true
   ones. The rest is dropped and counted.
3. Between two kept seconds the words said since the earlier one say how far on
   a line starts, at the pace of that stretch; where that pace is slower than
   anyone speaks (a pause, a cut), at the usual pace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

# Words a second, measured on turns of the archive with a second before and after: median 2.34.
USUAL_PACE = 2.4
SLOWEST_PACE = 1.3
# Nobody speaks faster for long: what is said takes at least this long, whatever the next second says.
FASTEST_PACE = 5.0
# So many seconds in a row that agree are no slip of one line.
_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Start and end seconds of each line, which starts are estimates, how many seconds were dropped."""

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
    """Work out start and end seconds for lines with `words` words each."""
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
    """Indexes of the seconds to trust: the longest chain, and blocks beside it that agree among themselves."""
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
    """Where the next line starts; where that is earlier (a jump back) or too soon, as long as the words take."""
    if following < start:
        return start + words / USUAL_PACE
    return max(following, start + words / FASTEST_PACE)


def _last(seconds: Sequence[float | None], i: int) -> float | None:
    """The second that stands last before line `i`."""
    return next((seconds[j] for j in range(i - 1, -1, -1) if seconds[j] is not None), None)


def _pace(words: int, span: float | None) -> float:
    """Words a second over a stretch: its own unless that is slower than speech or jumps back; 0 for no time at all."""
    if span is None or span < 0:
        return USUAL_PACE
    if span == 0:
        return 0.0
    pace = words / span
    return USUAL_PACE if pace < SLOWEST_PACE else pace

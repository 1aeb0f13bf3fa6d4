"""Checks whether a transcript's seconds are seconds: their pace is compared with that of speech.

Three faults cannot be repaired line by line: seconds that are milliseconds
or minutes, and clock times whose hour was lost. Milliseconds are certain (nobody talks a
thousand times slower, and everything fits after the division) and are
converted; the others are only reported. The front matter's `duration` is not reliable.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.draft import Draft, Line
from ingest.front_matter.values import LATEST_S
from ingest.text import clock

# Words per second of most of a transcript: in the archive between 0.56 (words left out) and 5.7; other
# units of time differ by a factor of 25 (frames), 60, 100 or 1,000.
_SLOWEST, _FASTEST = 0.14, 8.0
# In a stretch of some minutes, long gaps and a few errors also change the pace.
_SLOWEST_STRETCH, _FASTEST_STRETCH = 0.1, 12.0
_STRETCH_WORDS, _FEWEST_WORDS = 400, 25
_HOUR_S = 3600.0
# Between two consecutive times: longer silences are cut out of a recording.
_LONGEST_GAP_S = 300.0


def check_clock(lines: Sequence[Line], draft: Draft) -> None:
    """Report seconds that cannot be seconds; convert milliseconds, and drop times that are still too late."""
    pace = _usual_pace(_timed(lines))
    if pace is not None and pace < _SLOWEST / 10 and 2 * _SLOWEST <= pace * 1000 <= _FASTEST:
        draft.problem("the seconds of this transcript are milliseconds; they are read as such", lines[0].number)
        pace *= 1000
        for line in lines:
            line.second = None if line.second is None else line.second / 1000
    _drop_too_late(lines, draft)
    timed = _timed(lines)
    if pace is not None and not _SLOWEST <= pace <= _FASTEST:
        draft.problem(_told("of this transcript", pace), timed[0][0].number if timed else None)
    else:
        for line, odd in _odd_stretches(timed):
            draft.problem(_told("from here on", odd), line.number)
    for before, after in pairwise(timed):
        if _wraps(before, after):
            draft.problem(
                f"the clock falls from {clock(before[0].second or 0)} to {clock(after[0].second or 0)}: "
                "was its hour lost? The times from here on are not to be trusted",
                after[0].number,
            )


def _drop_too_late(lines: Sequence[Line], draft: Draft) -> None:
    """Drop seconds beyond the length of any recording."""
    late = [line for line in lines if line.second is not None and line.second >= LATEST_S]
    if late:
        more = f"; nor is that of {len(late) - 1:,} more" if len(late) > 1 else ""
        draft.problem(f"a line's second is not a number of seconds: '{late[0].second:.0f}'{more}", late[0].number)
    for line in late:
        line.second = None


def _told(where: str, pace: float) -> str:
    fault = "too fast" if pace > _FASTEST else "too slow"
    return f"the seconds {where} are {fault} for speech ({pace:.2g} words a second): are they seconds?"


def _timed(lines: Sequence[Line]) -> list[tuple[Line, int]]:
    """The lines whose second differs from the line before, each with the words until the next such line."""
    timed: list[tuple[Line, int]] = []
    for line in lines:
        words = len(line.text.split())
        if line.second is not None and (not timed or line.second != timed[-1][0].second):
            timed.append((line, words))
        elif timed:
            timed[-1] = (timed[-1][0], timed[-1][1] + words)
    return timed


def _usual_pace(timed: Sequence[tuple[Line, int]]) -> float | None:
    """The median pace in words per second, weighted by words; None if there are too few words.

    A few wrong seconds do not change it.
    """
    paces: list[tuple[float, int]] = []
    for (line, words), (following, _) in pairwise(timed):
        gone = (following.second or 0) - (line.second or 0)
        if gone > 0:
            paces.append((words / gone, words))
    half = sum(words for _, words in paces) / 2
    said = 0
    for pace, words in sorted(paces):
        said += words
        if said >= half >= _FEWEST_WORDS / 2:
            return pace
    return None


def _pace(timed: Sequence[tuple[Line, int]]) -> float | None:
    """Words per second while time increases; None if there are too few words."""
    span, said = 0.0, 0
    for (line, words), (following, _) in pairwise(timed):
        gone = (following.second or 0) - (line.second or 0)
        if gone > 0:
            span, said = span + gone, said + words
    return said / span if said >= _FEWEST_WORDS else None


def _odd_stretches(timed: Sequence[tuple[Line, int]]) -> list[tuple[Line, float]]:
    """Starts of stretches (some minutes of words) with a pace that speech cannot have; of neighbours only the first."""
    odd: list[tuple[Line, float]] = []
    begin, words = 0, 0
    for end in range(1, len(timed)):
        words += timed[end - 1][1]
        if words < _STRETCH_WORDS:
            continue
        stretch = timed[begin : end + 1]
        pace = _pace(stretch)
        slow = pace is not None and max(pace, _usual_pace(stretch) or 0) < _SLOWEST_STRETCH
        if pace is not None and (slow or pace > _FASTEST_STRETCH):
            odd.append((timed[begin][0], pace))
        begin, words = end, 0
    return odd[:1]


def _wraps(before: tuple[Line, int], after: tuple[Line, int]) -> bool:
    """Whether time drops by about an hour, so that it would be right with an hour added."""
    gap = (after[0].second or 0) + _HOUR_S - (before[0].second or 0)
    return (after[0].second or 0) < (before[0].second or 0) and 0 <= gap <= _LONGEST_GAP_S + before[1] / 2.4

"""Whether a transcript's seconds are seconds: their pace is held against that of speech.

Three faults make a clock that no repair of single times can repair: seconds that are milliseconds
or minutes, and clock times whose hour was lost. Milliseconds are certain (nobody talks a
thousand times slower, and everything fits once they are divided) and are
converted; the others are only reported. The front matter's `duration` is no guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.draft import Draft, Line
from ingest.front_matter.values import LATEST_S
from ingest.text import clock

# Words a second at which most of a transcript is said: the archive's lie between 0.56 (words left out) and 5.7; other
# units of time are off by 25 (frames), sixty, a hundred or a thousand.
_SLOWEST, _FASTEST = 0.14, 8.0
# A stretch of some minutes' talk can be off by long gaps and a few slips besides.
_SLOWEST_STRETCH, _FASTEST_STRETCH = 0.1, 12.0
_STRETCH_WORDS, _FEWEST_WORDS = 400, 25
_HOUR_S = 3600.0
# Between two times that follow each other: longer silences are cut out of a recording.
_LONGEST_GAP_S = 300.0


def check_clock(lines: Sequence[Line], draft: Draft) -> None:
    """Report seconds that cannot be seconds; milliseconds are converted, and what is still too late is dropped."""
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
    """Forget seconds beyond the length of any recording."""
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
    """The lines whose second is not that of the line before, each with the words said until the next of them."""
    timed: list[tuple[Line, int]] = []
    for line in lines:
        words = len(line.text.split())
        if line.second is not None and (not timed or line.second != timed[-1][0].second):
            timed.append((line, words))
        elif timed:
            timed[-1] = (timed[-1][0], timed[-1][1] + words)
    return timed


def _usual_pace(timed: Sequence[tuple[Line, int]]) -> float | None:
    """Words a second at which half of the words are said, or faster; None where too little is said for it.

    A few wrong seconds make no difference to it.
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
    """Words a second where time goes on; None where too little is said for it."""
    span, said = 0.0, 0
    for (line, words), (following, _) in pairwise(timed):
        gone = (following.second or 0) - (line.second or 0)
        if gone > 0:
            span, said = span + gone, said + words
    return said / span if said >= _FEWEST_WORDS else None


def _odd_stretches(timed: Sequence[tuple[Line, int]]) -> list[tuple[Line, float]]:
    """Where stretches of some minutes' words begin whose pace is beyond speech; of neighbours only the first."""
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
    """Whether time falls by about an hour, so that it goes on as it should with an hour more."""
    gap = (after[0].second or 0) + _HOUR_S - (before[0].second or 0)
    return (after[0].second or 0) < (before[0].second or 0) and 0 <= gap <= _LONGEST_GAP_S + before[1] / 2.4

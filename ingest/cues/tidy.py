"""Puts cues in the order of their times, and drops words that captions show more than once.

Rolling captions repeat in each cue the line above the new one, so that it moves up on the screen:

    one two three          (shown while it is spoken)
    one two three          (for some milliseconds)
    one two three / four   (the next line comes below)

Only words that are certainly the same are dropped: people do say "Yes." twice. Each is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ingest.cues.cue import Cue, leave_out
from ingest.draft import Draft
from ingest.report import LeftOut

# Seconds between two cues that follow each other at once.
_TOUCHING = 0.5
# Cues of one time may differ by rounding.
_SAME_TIME = 0.05
# Of the cues in a rolling file, at least this share begin with the line before and have a new one.
_ROLLING_SHARE = 0.25
# A cue that moves to its place makes a seam before it, one behind it, and one where it was.
_MOST_SEAMS = 3


def in_order(cues: list[Cue], draft: Draft) -> list[Cue]:
    """The cues sorted by their starts, with a report; a cue without a time stays behind the one before it.

    Where two recordings follow each other in one file, the second begins at 0 again: sorting would mix them.
    That shows in more seams than cues that are out of place can have, and the file's order is kept.
    """
    keys: list[float] = []
    for cue in cues:
        keys.append(cue.start if cue.start is not None else (keys[-1] if keys else 0.0))
    late = [at for at in range(1, len(keys)) if keys[at] < keys[at - 1]]
    if not late:
        return cues
    order = sorted(range(len(keys)), key=keys.__getitem__)
    seams = sum(after != before + 1 for before, after in pairwise(order))
    mixed = seams > _MOST_SEAMS * len(late)
    more = f"; so do {len(late) - 1:,} more" if len(late) > 1 else ""
    done = "the order of the file is kept" if mixed else "they are put in order"
    draft.problem(f"a cue starts before the one above it{more}; {done}", cues[late[0]].number)
    return cues if mixed else [cues[at] for at in order]


def without_repeats(cues: Sequence[Cue], draft: Draft) -> list[Cue]:
    """The cues without copies of the one before, and without the lines that rolling captions repeat."""
    repeated = [0, *(_repeated(before, after) for before, after in pairwise(cues))]
    rolls = sum(0 < count < len(cue.lines) for count, cue in zip(repeated, cues, strict=False))
    rolling = rolls > 0 and rolls >= _ROLLING_SHARE * (len(cues) - 1)
    kept: list[Cue] = []
    left_out: list[tuple[str, int]] = []
    for i, cue in enumerate(cues):
        count = repeated[i] if rolling or (i and _is_copy(cues[i - 1], cue)) else 0
        left_out += [(line, cue.number) for line in cue.lines[:count]]
        if count < len(cue.lines):
            kept.append(Cue(cue.lines[count:], cue.start, cue.end, cue.number, cue.who, cue.turn) if count else cue)
    draft.counts.repeated_lines += len(left_out)
    leave_out(LeftOut.REPEATED, left_out, draft)
    return kept


def _repeated(before: Cue, after: Cue) -> int:
    """Number of lines at the beginning of a cue with which the one before ends."""
    if before.start is None or after.start is None or before.who != after.who:
        return 0
    if after.start - (before.start if before.end is None else before.end) > _TOUCHING:
        return 0
    most = min(len(before.lines), len(after.lines))
    return next((count for count in range(most, 0, -1) if before.lines[-count:] == after.lines[:count]), 0)


def _is_copy(before: Cue, after: Cue) -> bool:
    """Whether a cue is the one before once more: same time, same words."""
    if before.start is None or after.start is None or (before.who, before.lines) != (after.who, after.lines):
        return False
    same_end = abs((before.end or 0) - (after.end or 0)) <= _SAME_TIME
    return same_end and abs(before.start - after.start) <= _SAME_TIME and (before.end or 0) > before.start

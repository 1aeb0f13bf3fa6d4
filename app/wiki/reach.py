"""Says where the evidence of a chip may stand: the lines of an episode that it points to.

1. A chip without a second points to the whole episode.
2. A second is that of a line, most often of a chapter's first, often the host's question. The evidence stands from
   there to the end of the chapter; of lines with the same second, from the first.
3. If the guests say little from there on, it goes on into the next chapter: a second may be that of the chapter's last
   line.
4. A chip with a range (an older form) points to it, and to the rest of the chapter in which it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.wiki.chips import Chip, Target
from ingest.models import Episode, Role

# Seconds by which a chip may be off the line that it means.
_SLACK = 2.0
# Fewer words of guests are no evidence.
_ENOUGH = 40
# Seconds after the last words in which a chip is still inside the episode.
_AFTER_END = 5.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Segments `first` to `last` (exclusive) of an episode; `whole`: the chip names no second."""

    slug: str
    first: int
    last: int
    whole: bool = False


def reach_of(chip: Chip, episodes: Mapping[str, Episode]) -> Reach | None:
    """Where the evidence of a chip may stand; None if its episode is unknown or its second beyond the end."""
    episode = episodes.get(chip.slug)
    if episode is None or chip.target is Target.BOOK or not episode.segments:
        return None
    if chip.start is None:
        return Reach(episode.slug, 0, len(episode.segments), whole=True)
    if chip.start > episode.end + _AFTER_END:
        return None
    first = line_at(episode, chip.start)
    last = _end_of_chapter(episode, first if chip.end is None else max(first, line_at(episode, chip.end)))
    while last < len(episode.segments) and _said(episode, first, last) < _ENOUGH:
        last = _end_of_chapter(episode, last)
    return Reach(episode.slug, first, last)


def line_at(episode: Episode, second: float) -> int:
    """The first line that begins at a second, or else the one that is being said then."""
    starts = [segment.start for segment in episode.segments]
    near = [at for at, start in enumerate(starts) if abs(start - second) <= _SLACK]
    if near:
        best = min(abs(starts[at] - second) for at in near)
        return next(at for at in near if abs(starts[at] - second) == best)
    return max((at for at, start in enumerate(starts) if start <= second), key=lambda at: starts[at], default=0)


def _end_of_chapter(episode: Episode, position: int) -> int:
    return next((own.last for own in episode.chapters if own.first <= position < own.last), len(episode.segments))


def _said(episode: Episode, first: int, last: int) -> int:
    return sum(own.words for own in episode.segments[first:last] if own.role is Role.GUEST)

"""How much an archive holds: hours of talk, words and chapters, as a sentence.

The length of an episode is the time of its last words: what follows them, and what was cut out, is not known.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.models import Episode

_SECONDS = 3600


def size_of(episodes: Sequence[Episode]) -> str:
    """Hours, words and chapters of episodes. "About": a transcript's last time is no duration."""
    hours = sum(max((segment.end for segment in e.segments), default=0.0) for e in episodes) / _SECONDS
    said = sum(segment.words for e in episodes for segment in e.segments)
    chapters = sum(len(e.chapters) for e in episodes)
    long = f"about {hours:,.0f} hours" if hours >= 2 else f"about {hours * 60:,.0f} minutes"
    return f"Their transcripts hold {long} of talk: {said:,} words in {chapters:,} chapters."

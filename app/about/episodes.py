"""Selects and orders the episodes of a catalogue and adds up their size.

An episode's length is the time of its last words; what follows them, or was cut out, is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.filters import Filters
from ingest.models import Episode

_SECONDS = 3600


def size_of(episodes: Sequence[Episode]) -> str:
    """Hours, words and chapters of episodes. Hours are approximate: a transcript's last time is not the duration."""
    hours = sum(max((segment.end for segment in e.segments), default=0.0) for e in episodes) / _SECONDS
    said = sum(segment.words for e in episodes for segment in e.segments)
    chapters = sum(len(e.chapters) for e in episodes)
    long = f"about {hours:,.0f} hours" if hours >= 2 else f"about {hours * 60:,.0f} minutes"
    return f"Their transcripts hold {long} of talk: {said:,} words in {chapters:,} chapters."


def newest_first(episodes: Sequence[Episode]) -> list[Episode]:
    """Sort by season and number if seasons are numbered, else by date."""
    seasons = sum(e.season is not None for e in episodes) * 2 > len(episodes)

    def age(e: Episode) -> tuple[int, int, str]:
        return (e.season or -1, e.number or -1, e.published or "") if seasons else (0, 0, e.published or "")

    return sorted(episodes, key=age, reverse=True)


def within(episode: Episode, filters: Filters) -> bool:
    """Whether an episode passes the filters."""
    return (
        (not filters.episodes or episode.slug in filters.episodes)
        and (not filters.guests or not set(filters.guests).isdisjoint(episode.guests))
        and (not filters.topics or not set(filters.topics).isdisjoint(episode.topics))
        and (not filters.seasons or episode.season in filters.seasons)
    )

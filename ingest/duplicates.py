"""Finds episodes with the same transcript under two names.

Two episodes are duplicates if most paragraphs of the shorter one are word
for word in the other. The one whose guests are the people who speak is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations

from ingest.models import Episode, Role

_SHARED = 0.5
_LONG_ENOUGH_WORDS = 8
# A paragraph in more episodes belongs to the show (a sponsor, a farewell); counting its pairs would take too long.
_MOST_COPIES = 50


def find_duplicates(episodes: Sequence[Episode]) -> list[tuple[str, str]]:
    """Pairs (slug to drop, slug to keep); a kept slug is never dropped, and each dropped slug appears once."""
    paragraphs = {e.slug: {s.text for s in e.segments if s.words >= _LONG_ENOUGH_WORDS} for e in episodes}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for slug, texts in paragraphs.items():
        for text in texts:
            holders[text].append(slug)
    shared: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for slugs in holders.values():
        if len(slugs) <= _MOST_COPIES:
            for one, other in permutations(slugs, 2):
                shared[one][other] += 1
    kept: list[str] = []
    dropped: list[tuple[str, str]] = []
    for episode in sorted(episodes, key=_misfit):
        own = paragraphs[episode.slug]
        twins = {
            slug
            for slug, count in shared[episode.slug].items()
            if count >= _SHARED * min(len(own), len(paragraphs[slug]))
        }
        twin = next((slug for slug in kept if slug in twins), None) if twins else None
        if twin is None:
            kept.append(episode.slug)
        else:
            dropped.append((episode.slug, twin))
    return sorted(dropped)


def _misfit(episode: Episode) -> tuple[int, str, str]:
    """Sort key: number of segments by somebody who is neither host nor a named guest; then age, then slug."""
    strangers = sum(
        bool(s.speaker) and s.role is not Role.HOST and s.speaker not in episode.guests for s in episode.segments
    )
    return strangers, episode.published or "9999", episode.slug

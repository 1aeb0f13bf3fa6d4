"""What a user types to narrow a search -> filters: whole values of the catalogue, or parts of them."""

from __future__ import annotations

from collections.abc import Callable

from index.catalog import Index
from index.filters import Filters
from ingest.text import fold


class FilterError(ValueError):
    """A filter matches nothing in the archive; the message lists what is near."""


def filters_of(
    index: Index,
    episodes: list[str] | None,
    guests: list[str] | None,
    topics: list[str] | None,
    seasons: list[int] | None,
) -> Filters:
    """Filters by whole values or parts of them; raises `FilterError` for one that matches nothing."""
    catalog = index.catalog
    titles = dict(catalog.episodes)
    return Filters(
        episodes=_matching("episode", episodes, list(titles), lambda slug: f"{slug} {titles[slug]}"),
        guests=_matching("guest", guests, list(catalog.guests), str),
        topics=_matching("topic", topics, list(catalog.topics), str),
        seasons=tuple(
            int(s) for s in _matching("season", [str(s) for s in seasons or []], [str(s) for s in catalog.seasons], str)
        ),
    )


def _matching(what: str, wanted: list[str] | None, known: list[str], shown: Callable[[str], str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in wanted or []:
        wanted_text = fold(value.strip())
        same = [item for item in known if fold(item) == wanted_text]
        partly = bool(wanted_text) and what != "season"
        part = [item for item in known if wanted_text in fold(shown(item))] if partly else []
        if not (same or part):
            raise FilterError(f"no {what} of the archive matches {value!r}. Try one of: {', '.join(known[:8])}, …")
        found |= dict.fromkeys(same or part)
    return tuple(found)

"""Turns user input into filters: whole values of the catalogue, or parts of them.

The terminal, the API and the chat all use this module.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from index.filters import Filters
from index.opened import Catalog
from ingest.text import clean, fold

_NEAR = 5
_DAY = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)


class FilterError(ValueError):
    """A filter matches nothing in the archive; the message lists similar values."""


def filters_of(
    catalog: Catalog,
    episodes: Sequence[str] | None,
    guests: Sequence[str] | None,
    topics: Sequence[str] | None,
    seasons: Sequence[int] | None,
    since: str | None = None,
    until: str | None = None,
) -> Filters:
    """Filters from whole values or parts of them; raises `FilterError` for one that matches nothing.

    `since`, `until`: a year, a month or a day (`2023`, `2023-05`, `2023-05-12`); both are included. An episode
    without a date is in no such range.
    """
    titles = dict(catalog.episodes)
    named = _matching("episode", episodes, list(titles), lambda slug: f"{slug} {titles[slug]}")
    return Filters(
        episodes=_between(catalog, named, since, until) if since is not None or until is not None else named,
        guests=_matching("guest", guests, list(catalog.guests), str),
        topics=_matching("topic", topics, list(catalog.topics), str),
        seasons=tuple(
            int(s) for s in _matching("season", [str(s) for s in seasons or []], [str(s) for s in catalog.seasons], str)
        ),
    )


def _between(catalog: Catalog, named: tuple[str, ...], since: str | None, until: str | None) -> tuple[str, ...]:
    """The named episodes (default: all) of a range of days."""
    for text in (since, until):
        if text is not None and not _DAY.fullmatch(text):
            raise FilterError(
                f"{text[:40]!r} is no date: give a year, a month or a day, as 2023, 2023-05 or 2023-05-12"
            )
    if since and until and until < since[: len(until)]:
        raise FilterError(f"no episode is dated since {since} and until {until}: the range ends before it begins")
    days = [(slug, catalog.days.get(slug, "")) for slug in named or dict(catalog.episodes)]
    # A year or a month is the beginning of each of its days.
    found = [
        slug for slug, day in days if day and (not since or day >= since) and (not until or day[: len(until)] <= until)
    ]
    if not found:
        dated = sorted(day for _, day in days if day)
        span = f"They are from {dated[0]} to {dated[-1]}." if dated else "None of them has a date."
        when = " and ".join(filter(None, (since and f"since {since}", until and f"until {until}")))
        raise FilterError(f"no episode is dated {when}. {span}")
    return tuple(found)


def _matching(
    what: str, wanted: Sequence[str] | None, known: list[str], shown: Callable[[str], str]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in wanted or []:
        wanted_text = fold(clean(value))
        same = [item for item in known if fold(clean(item)) == wanted_text]
        partly = bool(wanted_text) and what != "season"
        part = [item for item in known if wanted_text in fold(shown(item))] if partly else []
        if not (same or part):
            raise FilterError(f"no {what} of the archive matches {value[:200]!r}. {_hint(wanted_text, known, shown)}")
        found |= dict.fromkeys(same or part)
    return tuple(found)


def _hint(wanted: str, known: list[str], shown: Callable[[str], str]) -> str:
    """Some known values, most similar first; the whole value or one of its words is compared."""
    forms = {form: item for item in known for text in [fold(shown(item))] for form in (*text.split(), fold(item), text)}
    near = dict.fromkeys(forms[form] for form in difflib.get_close_matches(wanted[:200], forms, n=_NEAR, cutoff=0.8))
    if not known:
        return "The archive has none."
    first = list(dict.fromkeys([*near, *known]))
    return f"Try one of: {', '.join(first[:8])}{', …' if len(first) > 8 else ''}"

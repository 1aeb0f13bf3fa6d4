"""Defines the filters of a search. Nothing here depends on how a store filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filters:
    """A passage must match every field that is not empty; within a field, one value is enough."""

    episodes: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    seasons: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.episodes or self.guests or self.topics or self.seasons)

    def conditions(self) -> Iterable[tuple[str, list[str] | list[int]]]:
        """Payload key and accepted values of each field that is not empty."""
        if self.episodes:
            yield "episode", list(self.episodes)
        if self.guests:
            yield "guests", list(self.guests)
        if self.topics:
            yield "topics", list(self.topics)
        if self.seasons:
            yield "season", list(self.seasons)

"""Looks up the episodes that chips name: which exist, which were taken down, where each ends."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from app.wiki.reach import reach_of
from app.wiki.reading.chips import Chip, time_of
from index.manifest import IndexMissing, read_report
from index.opened import Index
from ingest.formats.content import plain_slug


class Fault(StrEnum):
    """Why a chip leads nowhere."""

    TAKEN_DOWN = "taken down"
    UNKNOWN = "unknown"
    BEYOND = "beyond the end"


class Episodes:
    """The episodes of an index, by the slugs that a wiki writes."""

    def __init__(self, index: Index) -> None:
        self._episodes = index.episodes
        self._slugs = {plain_slug(slug): slug for slug in index.episodes}
        self._slugs |= {plain_slug(episode.name): slug for slug, episode in index.episodes.items() if episode.name}
        self._down = taken_down(index.folder) - set(self._slugs)

    def known(self, chip: Chip) -> Chip:
        """The chip with the slug of the index."""
        return replace(chip, slug=self._slugs.get(chip.slug, chip.slug))

    def fault(self, chip: Chip) -> Fault | None:
        """Why a chip leads nowhere; None if it does not."""
        if chip.slug in self._down:
            return Fault.TAKEN_DOWN
        if chip.slug not in self._slugs:
            return Fault.UNKNOWN
        return None if reach_of(self.known(chip), self._episodes) else Fault.BEYOND

    def told(self, chip: Chip, fault: Fault) -> str:
        """The fault in words."""
        if fault is Fault.BEYOND:
            end = self._episodes[self._slugs[chip.slug]].end
            return f"{chip.slug} ends at {time_of(end)}; the chip says {time_of(chip.start or 0)}"
        return f"{chip.slug} was taken down" if fault is Fault.TAKEN_DOWN else f"no episode has the slug {chip.slug}"


def taken_down(folder: Path) -> set[str]:
    """The slugs of files that the archive holds back (`_name.md`, `published: false`), by the report of the ingest."""
    try:
        report = read_report(folder)
    except IndexMissing:
        return set()
    skipped = [one for one in report.get("skipped", []) if str(one.get("reason", "")).startswith("unpublished")]
    names = [re.split(r"[/\\]", str(one.get("file", "")))[-1] for one in skipped]
    return {plain_slug(name) for name in names} | {plain_slug(str(slug)) for slug in report.get("taken_down", [])}

"""Reads the two invented podcasts of `tests/podcasts`, and others, without embedding anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ingest.formats.base import ReadEpisode
from ingest.sources.contents import list_contents, read_all
from ingest.sources.open import Sources, open_sources

PODCASTS = Path(__file__).parents[1] / "podcasts"
FEED, FOLDER = PODCASTS / "feed" / "feed.xml", PODCASTS / "folder"


@dataclass
class Reading:
    """What came of an archive: episodes by slug, and all that was told, as lines."""

    sources: Sources
    episodes: dict[str, ReadEpisode]
    told: list[str]
    skipped: list[str] = field(default_factory=list)
    copies: int = 0


def read_podcast(*addresses: str | Path, data: Path = Path(), allow_private: bool = False) -> Reading:
    """Open the sources and read all their episodes; `data` is where feeds and copies are kept."""
    sources = open_sources([str(one) for one in addresses], data, lambda text: None, allow_private=allow_private)
    contents = list_contents(sources.parts)
    skipped: list[str] = []
    read, copies = read_all(
        contents,
        lambda steps: None,
        lambda entry, bad: skipped.append(f"{bad.place or entry.file.shown}:{bad.line}: {bad}"),
    )
    told = [str(one) for one in (*contents.problems, *contents.others)]
    told += [str(problem) for one in read for problem in one.problems]
    return Reading(sources, {one.episode.slug: one for one in read}, told, skipped, copies)

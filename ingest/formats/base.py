"""Defines what a format of archives is: it finds the files of episodes, and reads one of them.

    folder -> Format.listing -> entries -> Entry.read(Context) -> ReadEpisode, or BadFile

A format knows files. Sources, duplicates and the report are the caller's (`index.building.reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.descriptor import Descriptor
from ingest.front_matter.files import SourceFile
from ingest.models import Episode
from ingest.report import EpisodeCounts, LabelNote, LostWords, Problem


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside an episode's own files: guests' names by id, and the facts of its archive."""

    people: Mapping[str, str] = field(default_factory=dict)
    descriptor: Descriptor = field(default_factory=Descriptor)
    sample: bool = False

    @property
    def names(self) -> dict[str, str]:
        """Full names by id: of the pages of people, else of the descriptor."""
        return {**self.descriptor.people, **self.people}

    @property
    def hosts(self) -> tuple[str, ...]:
        """Full names of the archive's hosts."""
        return tuple(dict.fromkeys(self.names.get(host, host) for host in self.descriptor.hosts))


@dataclass(frozen=True, slots=True)
class ReadEpisode:
    """An episode with the repairs made to it."""

    episode: Episode
    file: SourceFile
    counts: EpisodeCounts
    problems: tuple[Problem, ...]
    labels: tuple[LabelNote, ...] = ()
    left_out: tuple[LostWords, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One episode of an archive, not read yet. `read` raises `BadFile`, or `Unpublished` for one that is withdrawn.

    `slug`: what the listing knows of its id; `spoken`: the file of its transcript, if that is another one.
    """

    file: SourceFile
    read: Callable[[Context], ReadEpisode]
    slug: str = ""
    spoken: SourceFile | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The episodes of an archive in order, and files among them that are not read, with the reason."""

    entries: list[Entry]
    others: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `holds` says whether a folder has it, `files` lists all files that it reads, `wanted` what to fetch.

    `descriptor`: the name of the descriptor of archives of this format that hold none (`ingest/known/`).
    """

    name: str
    holds: Callable[[Path], bool]
    listing: Callable[[Path], Listing]
    files: Callable[[Path], list[SourceFile]]
    wanted: tuple[str, ...]
    descriptor: str = ""

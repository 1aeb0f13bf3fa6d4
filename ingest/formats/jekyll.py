"""Reads `_podcast/SLUG.md`: Markdown files of a Jekyll collection, whose front matter holds record and transcript."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ingest.formats.base import Context, Entry, Format, Listing, ReadEpisode
from ingest.formats.record import Record, read_record
from ingest.front_matter.files import (
    BadFile,
    FrontMatter,
    SourceFile,
    all_files,
    list_files,
    parse_front_matter,
    require_published,
)
from ingest.report import Problem

FOLDER = "_podcast"


def read_episode(file: SourceFile, context: Context) -> ReadEpisode:
    """Read one episode.

    Raises `BadFile` (with the line and the words of the transcript, if
    known) if the file has no usable transcript, `Unpublished` if it is not published.
    """
    front: FrontMatter | None = None
    try:
        if not file.unpublished:
            front = parse_front_matter(file.read())
        require_published(file, front)
        front = front or parse_front_matter(file.read())
        return read_record(Record(file.slug, file.name, file, front, file, front), context)
    except BadFile as bad:
        bad.words = front.words if front else words_of(file)
        raise


def words_of(file: SourceFile) -> int:
    """Number of words in the transcript of a file; 0 if it cannot be read."""
    try:
        return parse_front_matter(file.read()).words
    except BadFile:
        return 0


def episode_files(root: Path) -> list[SourceFile]:
    """The archive's episode files, unpublished ones included, sorted by name."""
    return list_files(root / FOLDER, root)


def _listing(root: Path) -> Listing:
    others = [file for file in all_files(root / FOLDER, root) if not file.markdown and not file.unpublished]
    return Listing(
        [Entry(file, partial(read_episode, file), file.slug) for file in episode_files(root)],
        [Problem(file.shown, None, "no Markdown file; it is not read") for file in others],
    )


JEKYLL = Format(
    name="_podcast/*.md",
    holds=lambda root: (root / FOLDER).is_dir(),
    listing=_listing,
    files=episode_files,
    wanted=(FOLDER,),
    descriptor="original",
)

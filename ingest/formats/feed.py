"""Reads the episodes of a podcast's feed (RSS), whose transcripts and chapters lie on this machine.

FeedCopy (`ingest.sources.feed_copy`) -> one entry for each episode with a transcript
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ingest.cues.read import MAX_CUE_BYTES
from ingest.draft import Draft
from ingest.feeds.model import GUEST, HOST, FeedEpisode
from ingest.formats.base import Context, Entry, Listing, ReadEpisode
from ingest.formats.told import Told, chapters_in, read_told
from ingest.front_matter.files import BadFile, SourceFile
from ingest.sources.feed_copy import FeedCopy

_AUDIO = ("audio/", "video/", "")


def feed_listing(copy: FeedCopy) -> Listing:
    """The episodes of a feed that have a transcript; the others stand among the copy's problems."""
    entries = [
        Entry(
            _feed_file(copy),
            partial(_read, copy, episode),
            episode.slug,
            _file(copy.transcripts[episode.slug].path, episode.slug),
        )
        for episode in copy.feed.episodes
        if episode.slug in copy.transcripts
    ]
    return Listing(entries, list(copy.problems))


def _feed_file(copy: FeedCopy) -> SourceFile:
    return SourceFile(copy.path, copy.path.parent, copy.shown)


def _file(path: Path, slug: str) -> SourceFile:
    """A file of an episode, by its name in reports: copies have a hash for a name."""
    shown = path.name if len(path.stem) < len(slug) + 20 else f"{slug}{path.suffix}"
    return SourceFile(path, path.parent, shown, most_bytes=MAX_CUE_BYTES)


def _read(copy: FeedCopy, episode: FeedEpisode, context: Context) -> ReadEpisode:
    """Read one episode; raises `BadFile` with the words of its transcript, if known."""
    copied = copy.transcripts[episode.slug]
    draft = Draft(_file(copied.path, episode.slug))
    told = _told(copy, episode, draft, context)
    return read_told(told, draft, context, _feed_file(copy), copied.path.name, copied.type)


def _told(copy: FeedCopy, episode: FeedEpisode, draft: Draft, context: Context) -> Told:
    media = episode.media.url if episode.media and episode.media.type.startswith(_AUDIO) else ""
    number = episode.season, episode.number
    return Told(
        slug=episode.slug,
        title=episode.title,
        guests=episode.named(GUEST),
        hosts=tuple(dict.fromkeys((*context.hosts, *episode.named(HOST)))),
        season=episode.season,
        number=episode.number,
        published=episode.published,
        recorded=episode.recorded,
        links=context.descriptor.links(episode.slug, episode.slug, *number, None, link=episode.link, media=media),
        chapters=_chapters(copy, episode, draft),
    )


def _chapters(copy: FeedCopy, episode: FeedEpisode, draft: Draft) -> tuple[tuple[str, float], ...]:
    """The chapters of the feed, else those of their file; faults of the file are problems."""
    copied = copy.chapters.get(episode.slug)
    if episode.chapters or copied is None:
        return episode.chapters
    file = _file(copied.path, f"{episode.slug}-chapters")
    try:
        return chapters_in(file, draft)
    except BadFile as bad:
        draft.problem(f"{bad}; the episode has no chapters", bad.line, file)
        return ()

"""Finds the files of a feed's episodes: of each one transcript, and its chapters.

    episode -> the file beside the feed, or else its links, best first, fetched -> CopiedFile

What fails is a problem that names episode and address, and the rest goes on. Several episodes are looked at at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from ingest.feeds.model import TRANSCRIPTS, ChaptersLink, Feed, FeedEpisode, TranscriptLink
from ingest.front_matter.files import BadFile
from ingest.report import Problem
from ingest.sources.beside import Beside, last_part
from ingest.sources.feed_files import FeedFiles, Kept, digest_of
from ingest.sources.fetch import FetchError, Limits
from ingest.sources.urls import shown

Say = Callable[[str], None]

# Whisper's JSON of four hours, with a time for each word, has 10 MB.
_TRANSCRIPT = Limits(32 * 1024 * 1024, seconds=60)
_CHAPTERS = Limits(4 * 1024 * 1024, seconds=30)
_AT_ONCE = 4
# So often it is said how far it is, and stored what there is.
_SAID_EACH = 25
_WEB = re.compile(r"https?://", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w-][\w.-]{0,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of an episode. `type` is one of `TRANSCRIPTS`, or that of chapters; `line` is its link's in the feed."""

    path: Path
    type: str
    line: int


@dataclass(slots=True)
class Found:
    """The files of all episodes, by the episode's slug, and what went wrong."""

    transcripts: dict[str, CopiedFile] = field(default_factory=dict)
    chapters: dict[str, CopiedFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Finder:
    """Finds the files of one feed. `base`: the feed's URL, "" for a file; `put_it`: where a new transcript belongs."""

    feed: Feed
    shown: str
    base: str
    beside: Beside
    put_it: str
    files: FeedFiles
    _found: Found = field(default_factory=Found)

    def find(self, say: Say) -> Found:
        """Find all files; those that were fetched are stored, also after an interruption."""
        pool = ThreadPoolExecutor(_AT_ONCE, "fetch")
        try:
            for done, _ in enumerate(pool.map(self._files_of, self.feed.episodes), 1):
                if done % _SAID_EACH == 0:
                    say(f"transcripts: {done:,} of {len(self.feed.episodes):,} episodes")
                    self.files.save()
            self.files.clean()
        finally:  # after an interruption nothing more is fetched
            pool.shutdown(cancel_futures=True)
            self.files.save()
        self._found.problems.sort(key=lambda problem: (problem.line or 0, problem.reason))
        return self._found

    def _files_of(self, episode: FeedEpisode) -> None:
        if transcript := self._transcript(episode):
            self._found.transcripts[episode.slug] = transcript
        if chapters := self._chapters(episode):
            self._found.chapters[episode.slug] = chapters

    def _transcript(self, episode: FeedEpisode) -> CopiedFile | None:
        """The best transcript that there is; each that fails is a problem, and the next one is tried."""
        links = preferred(episode.transcripts, self.feed.language)
        if here := self.beside.transcript(episode, links):
            path, kind = here
            line = next((link.line for link in links if link.type == kind), episode.line)
            return CopiedFile(path, kind, line)
        for link in links:
            suffix = TRANSCRIPTS[link.type]
            kept = self._fetch(episode, "transcript", link, suffix, _TRANSCRIPT)
            if kept:
                return CopiedFile(kept.path, link.type, link.line)
        if not links:
            make = f"no transcript: {_advice(episode)}, and {self.put_it} {episode.slug}.json"
            self._tell(episode.line, f"{_named(episode)}: {make}")
        return None

    def _chapters(self, episode: FeedEpisode) -> CopiedFile | None:
        link = episode.chapters_file
        if link is None:
            return None
        if path := self.beside.linked(link.url):
            return CopiedFile(path, link.type, link.line)
        kept = self._fetch(episode, "file of chapters", link, ".json", _CHAPTERS)
        return CopiedFile(kept.path, link.type, link.line) if kept else None

    def _fetch(
        self, episode: FeedEpisode, what: str, link: TranscriptLink | ChaptersLink, suffix: str, limits: Limits
    ) -> Kept | None:
        """Fetch a file; what goes wrong is a problem."""
        url = urljoin(self.base, link.url)
        if not _WEB.match(url):
            self._tell(link.line, f"{_named(episode)}: the {what} {shown(link.url)!r:.120} is not beside the feed")
            return None
        try:
            kept = self.files.fetch(url, f"files/{digest_of(url)}{suffix}", limits, _check(link.type))
        except FetchError as error:
            self._tell(link.line, f"{_named(episode)}: the {what} cannot be fetched: {error}")
            return None
        if kept.old:
            reason = f"the {what} could not be updated ({kept.old.rstrip('.')}); that of last time is read"
            self._tell(link.line, f"{_named(episode)}: {reason}")
        return kept

    def _tell(self, line: int, reason: str) -> None:
        self._found.problems.append(Problem(self.shown, line, reason))


def preferred(links: tuple[TranscriptLink, ...], language: str) -> list[TranscriptLink]:
    """Transcripts, best first: in the feed's language, then by type, then in the feed's order."""
    types = list(TRANSCRIPTS)
    own = language.partition("-")[0]

    def rank(link: TranscriptLink) -> tuple[bool, int]:
        other = bool(own and link.language) and link.language.partition("-")[0] != own
        return other, types.index(link.type)

    return sorted(links, key=rank)


def _check(kind: str) -> Callable[[bytes], None]:
    """A check of a file's content: some servers answer with a page where a file is missing."""

    def check(data: bytes) -> None:
        if kind != "text/html" and _PAGE.match(data[:1000].removeprefix(b"\xef\xbb\xbf")):
            raise BadFile("a web page came in place of the file")
        if not data.strip():
            raise BadFile("the file is empty")

    return check


def _named(episode: FeedEpisode) -> str:
    return f"{episode.title[:80]!r}"


def _advice(episode: FeedEpisode) -> str:
    name = last_part(episode.media.url) if episode.media else ""
    # The name goes into a command that somebody may paste.
    audio = name if _PLAIN_NAME.fullmatch(name) and not name.startswith("-") else "audio.mp3"
    return f"make one with Whisper (`whisper {audio} --output_format json`)"

"""Brings a podcast's feed with its transcripts and chapters onto this machine.

    address -> the feed -> of each episode one transcript and its chapters: beside the feed, or else fetched

A feed's file stays where it is, with the transcripts beside it. A feed behind an address is copied into a folder
(`ingest.sources.feed_files`), where `FOLDER/transcripts` takes what somebody puts there by hand. What fails is told
with episode and address, and the rest goes on.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from filelock import FileLock, Timeout

from ingest.feeds.model import TRANSCRIPTS, Feed, FeedEpisode, TranscriptLink
from ingest.feeds.rss import read_feed
from ingest.feeds.xml_text import MAX_BYTES, xml_text
from ingest.front_matter.files import BadFile
from ingest.report import Problem
from ingest.sources.beside import Beside, last_part
from ingest.sources.feed_files import FeedFiles, Kept, digest_of
from ingest.sources.fetch import FetchError, Limits
from ingest.sources.urls import shown, whole

Say = Callable[[str], None]

_FEED = Limits(MAX_BYTES, seconds=120)
# Whisper's JSON of four hours, with a time for each word, has 10 MB.
_TRANSCRIPT = Limits(32 * 1024 * 1024, seconds=60)
_CHAPTERS = Limits(4 * 1024 * 1024, seconds=30)
_AT_ONCE = 4
_SAID_EACH = 25
_PREFIX = re.compile(r"feed(?:\+(?=https?://)|:(?!//))", re.IGNORECASE)
_OLD_SCHEME = re.compile(r"feed://", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_FEED_FILE = (".xml", ".rss")
_FEED_URL = (*_FEED_FILE, "/feed", "/rss")
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w-][\w.-]{0,100}", re.ASCII)


class FeedError(Exception):
    """The feed is not available; the message names it and says why and what to do."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of an episode. `type` is one of `TRANSCRIPTS`, or that of chapters; `line` is its link's in the feed."""

    path: Path
    type: str
    line: int


@dataclass(frozen=True, slots=True)
class FeedCopy:
    """A feed and its files on this machine, these by the episode's slug.

    `path` is the feed's file, `shown` its address. `problems` are all, those of the feed itself too. `version` is a
    hash of the contents.
    """

    feed: Feed
    path: Path
    shown: str
    version: str
    transcripts: dict[str, CopiedFile]
    chapters: dict[str, CopiedFile]
    problems: tuple[Problem, ...]


def is_feed(address: str) -> bool:
    """Whether an address names a feed, by its form alone.

    One does that begins with `feed:` or `feed+https://`; a URL whose path ends in .xml, .rss, /feed or /rss (a slash may
    follow); and a path that ends in .xml or .rss and is no folder. Ask this before `is_git_url`.
    """
    given = whole(address)
    if _PREFIX.match(given) or _OLD_SCHEME.match(given):
        return True
    if _WEB.match(given):
        try:
            return urlsplit(given).path.casefold().rstrip("/").endswith(_FEED_URL)
        except ValueError:
            return False
    return given.casefold().endswith(_FEED_FILE) and "://" not in given and not os.path.isdir(os.path.expanduser(given))


def copy_feed(address: str, folder: Path, say: Say, *, allow_private: bool = False) -> FeedCopy:
    """Bring a feed (a URL or a file) and its files up to date in `folder`; raises `FeedError`."""
    given = _OLD_SCHEME.sub("http://", _PREFIX.sub("", whole(address)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock"), timeout=0):
            files = FeedFiles(folder, given, allow_private)
            job = _fetched(given, folder, files, say) if "://" in given else _local(given, files)
            return job.done(say)
    except FetchError as error:
        raise FeedError(str(error)) from error
    except Timeout as error:
        raise FeedError(f"another `citecast ingest` is fetching into {folder}: wait for it.") from error
    except OSError as error:
        raise FeedError(f"{error.filename or folder}: {error.strerror or error}") from error


def _local(given: str, files: FeedFiles) -> _Job:
    """A feed that is a file of this machine; raises `FeedError`."""
    path = Path(os.path.expanduser(given))
    if not path.is_file():
        raise FeedError(f"{shown(given)}: no such file. Give the path or the URL of a podcast's RSS feed.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadFile(f"{path.stat().st_size:,} bytes; the limit is {MAX_BYTES:,}")
        feed = _parsed(path.read_bytes())
    except BadFile as bad:
        raise FeedError(f"{path}:{bad.line}: {bad}" if bad.line else f"{path}: {bad}") from bad
    return _Job(feed, path, path.name, "", Beside(path.parent, feed), f"put it beside {path.name} as", files)


def _fetched(url: str, folder: Path, files: FeedFiles, say: Say) -> _Job:
    """A feed behind an address, up to date or that of last time; raises `FetchError`."""
    say(f"fetching the feed {shown(url)}")
    kept = files.fetch(url, "feed.xml", _FEED, _parsed)
    if kept.old:
        say(f"the feed could not be updated ({kept.old.rstrip('.')}); going on with the copy of last time")
    try:
        feed = _parsed(kept.path.read_bytes())
    except BadFile as bad:  # an earlier copy that was changed by hand
        raise FeedError(f"{kept.path}: {bad}. Remove the file, and run it again.") from bad
    by_hand = folder / "transcripts"
    return _Job(feed, kept.path, shown(url), url, Beside(by_hand, feed), f"put it into {by_hand} as", files)


def _parsed(data: bytes) -> Feed:
    return read_feed(xml_text(data))


@dataclass(slots=True)
class _Job:
    """A feed whose episodes' files are to be found. `base`: the feed's URL, "" for a file."""

    feed: Feed
    path: Path
    shown: str
    base: str
    beside: Beside
    put_it: str
    files: FeedFiles
    problems: list[Problem] = field(default_factory=list)
    _done: int = 0

    def done(self, say: Say) -> FeedCopy:
        """Find all files, several at once."""
        self.problems = [Problem(self.shown, line or None, reason) for line, reason in self.feed.problems]
        transcripts, chapters = {}, {}
        for slug, transcript, chapter in self._found(say):
            if transcript:
                transcripts[slug] = transcript
            if chapter:
                chapters[slug] = chapter
        self.files.save()
        version = _version(self.path, transcripts, chapters)
        self.problems.sort(key=lambda problem: problem.line or 0)
        return FeedCopy(self.feed, self.path, self.shown, version, transcripts, chapters, tuple(self.problems))

    def _found(self, say: Say) -> list[tuple[str, CopiedFile | None, CopiedFile | None]]:
        found = []
        pool = ThreadPoolExecutor(_AT_ONCE, "fetch")
        try:
            for done, one in enumerate(pool.map(self._files_of, self.feed.episodes), 1):
                found.append(one)
                if done % _SAID_EACH == 0:
                    say(f"transcripts: {done:,} of {len(self.feed.episodes):,} episodes")
        finally:  # after an interruption nothing more is fetched
            pool.shutdown(cancel_futures=True)
        return found

    def _files_of(self, episode: FeedEpisode) -> tuple[str, CopiedFile | None, CopiedFile | None]:
        return episode.slug, self._transcript(episode), self._chapters(episode)

    def _transcript(self, episode: FeedEpisode) -> CopiedFile | None:
        """The best transcript that there is; each that fails is a problem, and the next one is tried."""
        links = preferred(episode.transcripts, self.feed.language)
        if here := self.beside.transcript(episode, links):
            path, kind = here
            line = next((link.line for link in links if link.type == kind), episode.line)
            return CopiedFile(path, kind, line)
        for link in links:
            suffix = TRANSCRIPTS[link.type]
            kept = self._fetch(episode, "transcript", link.url, suffix, link.line, _TRANSCRIPT, _check(link.type))
            if kept:
                return CopiedFile(kept.path, link.type, link.line)
        if not links:
            self._tell(episode.line, f"{_named(episode)}: no transcript: {_advice(episode)}, and {self.put_it} "
                       f"{episode.slug}.json")  # fmt: skip
        return None

    def _chapters(self, episode: FeedEpisode) -> CopiedFile | None:
        link = episode.chapters_file
        if link is None:
            return None
        if path := self.beside.linked(link.url):
            return CopiedFile(path, link.type, link.line)
        kept = self._fetch(episode, "file of chapters", link.url, ".json", link.line, _CHAPTERS, _check(link.type))
        return CopiedFile(kept.path, link.type, link.line) if kept else None

    def _fetch(
        self, episode: FeedEpisode, what: str, link: str, suffix: str, line: int, limits: Limits,
        check: Callable[[bytes], None],
    ) -> Kept | None:  # fmt: skip
        """Fetch a file; what goes wrong is a problem."""
        url = urljoin(self.base, link)
        if not _WEB.match(url):
            self._tell(line, f"{_named(episode)}: the {what} {shown(link)!r:.120} does not lie beside the feed")
            return None
        try:
            kept = self.files.fetch(url, f"files/{digest_of(url)}{suffix}", limits, check)
        except FetchError as error:
            self._tell(line, f"{_named(episode)}: the {what} cannot be fetched: {error}")
            return None
        if kept.old:
            reason = f"the {what} could not be updated ({kept.old.rstrip('.')}); that of last time is read"
            self._tell(line, f"{_named(episode)}: {reason}")
        return kept

    def _tell(self, line: int, reason: str) -> None:
        self.problems.append(Problem(self.shown, line, reason))


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


def _version(path: Path, *files: dict[str, CopiedFile]) -> str:
    """A hash over the feed and its files."""
    digest = hashlib.sha256(path.read_bytes())
    for slug, one in (pair for some in files for pair in sorted(some.items())):
        digest.update(f"{slug}\0{hashlib.sha256(one.path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]

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
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from ingest.feeds.model import Feed
from ingest.feeds.rss import read_feed
from ingest.feeds.xml_text import MAX_BYTES, xml_text
from ingest.front_matter.files import BadFile
from ingest.report import Problem
from ingest.sources.beside import Beside
from ingest.sources.feed_episodes import CopiedFile, Finder, Say
from ingest.sources.feed_files import FeedFiles
from ingest.sources.fetch import FetchError, Limits
from ingest.sources.urls import shown, whole

_FEED = Limits(MAX_BYTES, seconds=120)
_PREFIX = re.compile(r"feed(?:\+(?=https?://)|:(?!//))", re.IGNORECASE)
_OLD_SCHEME = re.compile(r"feed://", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_FEED_FILE = (".xml", ".rss")
_FEED_URL = (*_FEED_FILE, "/feed", "/rss")


class FeedError(Exception):
    """The feed is not available; the message names it and says why and what to do."""


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

    One does that begins with `feed:` or `feed+https://`; a URL whose path ends in .xml, .rss, /feed or /rss (a slash
    may follow); and a path that ends in .xml or .rss and is no folder. Ask this before `is_git_url`.
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


def feed_file(address: str) -> Path | None:
    """The file that a feed's address names; None if it names a URL."""
    given = _location(address)
    return None if "://" in given else Path(os.path.expanduser(given))


def _location(address: str) -> str:
    """The URL or the path in an address, without what marks it as a feed's."""
    return _OLD_SCHEME.sub("http://", _PREFIX.sub("", whole(address)))


def copy_feed(address: str, folder: Path, say: Say, *, allow_private: bool = False) -> FeedCopy:
    """Bring a feed (a URL or a file) and its files up to date in `folder`; raises `FeedError`."""
    given = _location(address)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock"), timeout=0):
            files = FeedFiles(folder, allow_private)
            path, finder = _fetched(given, folder, files, say) if "://" in given else _local(given, files)
            return _copied(path, finder, say)
    except FetchError as error:
        raise FeedError(str(error)) from error
    except Timeout as error:
        raise FeedError(f"another `citecast ingest` is fetching into {folder}: wait for it.") from error
    except OSError as error:
        raise FeedError(f"{error.filename or folder}: {error.strerror or error}") from error


def _copied(path: Path, finder: Finder, say: Say) -> FeedCopy:
    """The copy with all files of the episodes."""
    feed = finder.feed
    problems = [Problem(finder.shown, line or None, reason) for line, reason in feed.problems]
    found = finder.find(say)
    problems = sorted([*problems, *found.problems], key=lambda problem: problem.line or 0)
    version = _version(path, found.transcripts, found.chapters)
    return FeedCopy(feed, path, finder.shown, version, found.transcripts, found.chapters, tuple(problems))


def _local(given: str, files: FeedFiles) -> tuple[Path, Finder]:
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
    return path, Finder(feed, path.name, "", Beside(path.parent, feed), f"put it beside {path.name} as", files)


def _fetched(url: str, folder: Path, files: FeedFiles, say: Say) -> tuple[Path, Finder]:
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
    return kept.path, Finder(feed, shown(url), url, Beside(by_hand, feed), f"put it into {by_hand} as", files)


def _parsed(data: bytes) -> Feed:
    return read_feed(xml_text(data))


def _version(path: Path, *files: dict[str, CopiedFile]) -> str:
    """A hash over the feed and its files."""
    digest = hashlib.sha256(path.read_bytes())
    for slug, one in (pair for some in files for pair in sorted(some.items())):
        digest.update(f"{slug}\0{hashlib.sha256(one.path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]

"""Finds the transcripts and chapters that lie beside a feed, so that they are not fetched.

Of an episode these are, the first that exists: the file with the name that a link of the feed ends in (or the path, if
the link is relative), then the episode's id, or the name of its recording, with a suffix of a transcript. A name that
several episodes share (`transcript.vtt` in a folder each) says nothing, and is not looked for. No link leads out of
the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.feeds.model import TRANSCRIPTS, Feed, FeedEpisode, TranscriptLink

_TYPES = {suffix: kind for kind, suffix in TRANSCRIPTS.items()}


class Beside:
    """The files of a folder, by the names that a feed's episodes give them."""

    def __init__(self, folder: Path, feed: Feed) -> None:
        self._folder = folder
        self._root = folder.resolve()
        names = (set(_names(episode)) for episode in feed.episodes)
        self._shared = {name for name, count in Counter(name for one in names for name in one).items() if count > 1}

    def transcript(self, episode: FeedEpisode, links: Sequence[TranscriptLink]) -> tuple[Path, str] | None:
        """An episode's transcript and its type; `links` are the episode's, best first."""
        for link in links:
            if path := self.linked(link.url):
                return path, link.type
        chapters = episode.chapters_file and last_part(episode.chapters_file.url)
        for stem in (episode.slug, *_recording(episode)):
            for suffix, kind in _TYPES.items():
                name = stem + suffix
                if name != chapters and stem not in self._shared and (path := self._inside(name)):
                    return path, kind
        return None

    def linked(self, url: str) -> Path | None:
        """The file that a link of the feed names."""
        if "://" not in url and (path := self._inside(unquote(url.partition("?")[0]))):
            return path
        name = last_part(url)
        return self._inside(name) if name and name not in self._shared else None

    def _inside(self, name: str) -> Path | None:
        path = self._folder / name
        try:
            inside = path.resolve().is_relative_to(self._root) and path.is_file()
        except (OSError, ValueError, RuntimeError):  # a name too long, with a zero byte, or a loop of links
            return None
        return path if inside else None


def last_part(url: str) -> str:
    """The file's name that an address ends in; "" if it ends in a slash."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return "" if name in (".", "..") or "/" in name else name


def _recording(episode: FeedEpisode) -> Iterator[str]:
    """The recording's file name without and with its suffix: programs keep one or the other."""
    name = last_part(episode.media.url) if episode.media else ""
    if name:
        yield PurePosixPath(name).stem
        yield name


def _names(episode: FeedEpisode) -> Iterator[str]:
    yield from (last_part(link.url) for link in episode.transcripts)
    if episode.chapters_file:
        yield last_part(episode.chapters_file.url)
    yield from _recording(episode)

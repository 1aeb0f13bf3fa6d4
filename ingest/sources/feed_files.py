"""Keeps the files that a feed names, as they were fetched, and fetches only what has changed.

    FOLDER/feed.xml             the feed
    FOLDER/files/SHA256.vtt     a transcript or a file of chapters, named after its address
    FOLDER/files.json           what each is: hash of the address -> file, its hash, type, ETag, date, and why it failed

An address may hold a token, so none is stored whole. A file that was changed since counts as none. Where a file cannot
be fetched, the copy of last time serves, unless the server says that it was taken down (410).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from ingest.front_matter.files import BadFile
from ingest.sources.fetch import FetchError, Limits, fetch_file
from ingest.sources.urls import shown

# A server that did not answer as often is not asked again in this run: each time may take a minute.
_MOST_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """What `files.json` says of one file; `file` is its path in the folder, "" if there is none."""

    url: str
    file: str = ""
    sha256: str = ""
    type: str = ""
    etag: str = ""
    last_modified: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file on disk; `old`: why it is that of last time, or ""."""

    path: Path
    old: str = ""


class FeedFiles:
    """The files of one feed. Several threads may use it."""

    def __init__(self, folder: Path, allow_private: bool) -> None:
        self._folder = folder
        self._allow_private = allow_private
        self._entries = self._read()
        self._brought: dict[str, Kept | FetchError] = {}
        self._failures: Counter[str] = Counter()
        self._lock = Lock()
        self._turns: dict[str, Lock] = {}

    def fetch(self, url: str, file: str, limits: Limits, check: Callable[[bytes], object]) -> Kept:
        """Bring a file up to date, once in a run; raises `FetchError` if there is none, not even of last time.

        `check` raises `BadFile` for content that must not take the place of an earlier copy.
        """
        key = digest_of(url)
        with self._lock:
            turn = self._turns.setdefault(key, Lock())
        with turn:  # several episodes may name one file
            if key not in self._brought:
                self._brought[key] = self._bring(key, url, file, limits, check)
        brought = self._brought[key]
        if isinstance(brought, FetchError):
            raise brought
        return brought

    def _bring(
        self, key: str, url: str, file: str, limits: Limits, check: Callable[[bytes], object]
    ) -> Kept | FetchError:
        entry = self._entries.get(key)
        path = self._folder / file
        if entry and (entry.file != file or entry.sha256 != _hash_of(path)):
            entry = None
        try:
            self._keep(key, self._updated(url, file, limits, check, entry))
        except FetchError as error:
            if entry and not error.gone:
                self._keep(key, replace(entry, error=str(error)))
                return Kept(path, str(error))
            self._keep(key, Entry(shown(url), error=str(error)))
            return error
        return Kept(path)

    def _updated(
        self, url: str, file: str, limits: Limits, check: Callable[[bytes], object], entry: Entry | None
    ) -> Entry:
        """Fetch a file if it has changed; raises `FetchError`."""
        host = urlsplit(url).hostname or ""
        if self._failures[host] >= _MOST_FAILURES:
            raise FetchError(f"{shown(url)}: {host} did not answer {_MOST_FAILURES} times; it was not asked again.")
        marks = {"etag": entry.etag, "last_modified": entry.last_modified} if entry else {}
        try:
            got = fetch_file(url, limits, allow_private=self._allow_private, **marks)
            if got is None:
                return replace(entry or Entry(shown(url), file), error="")
            check(got.data)
        except FetchError as error:
            with self._lock:
                self._failures[host] += error.no_answer
            raise
        except BadFile as bad:
            raise FetchError(f"{shown(url)}: {f'line {bad.line}: ' if bad.line else ''}{bad}.") from bad
        write_whole(self._folder / file, got.data)
        digest = hashlib.sha256(got.data).hexdigest()
        return Entry(shown(url), file, digest, got.media_type, got.etag, got.last_modified)

    def _keep(self, key: str, entry: Entry) -> None:
        with self._lock:
            self._entries[key] = entry

    def save(self) -> None:
        """Write `files.json` as it is now, so that an interrupted run is gone on with."""
        with self._lock:
            stored = {key: asdict(one) for key, one in sorted(self._entries.items())}
            write_whole(self._folder / "files.json", json.dumps(stored, indent=1).encode())

    def clean(self) -> None:
        """Forget and remove the files that were not asked for: the feed no longer names them."""
        self._entries = {key: entry for key, entry in self._entries.items() if key in self._brought}
        kept = {self._folder / entry.file for entry in self._entries.values()}
        for path in (self._folder / "files").glob("*"):
            if path not in kept:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _read(self) -> dict[str, Entry]:
        """What was stored; nothing, if it cannot be read."""
        try:
            stored = json.loads((self._folder / "files.json").read_text(encoding="utf-8"))
            return {key: Entry(**one) for key, one in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def digest_of(address: str) -> str:
    """SHA-256 of an address: the name of its file."""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def _hash_of(path: Path) -> str:
    """SHA-256 of a file's content; "" if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    os.replace(partial, path)

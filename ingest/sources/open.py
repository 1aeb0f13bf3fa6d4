"""Opens the sources of an archive: folders, Git repositories, or the built-in sample.

A repository is cloned shallow and sparse (only the folders that formats read) into the data folder,
and again when it has changed: git never runs in the previous copy (`ingest.sources.git` says why).

    DATA/sources/<hash of the URL>        the copy
    DATA/sources/<hash of the URL>.json   what it is a copy of: the commit, a hash of the files, and the folders
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.descriptor import Descriptor, DescriptorError, read_descriptor
from ingest.formats.detect import FORMATS, WANTED, archive_files, descriptor_of, is_archive
from ingest.sources.feed_copy import FeedCopy, FeedError, copy_feed, is_feed
from ingest.sources.feed_files import digest_of
from ingest.sources.git import GitError, Remote, clone, commit_of, head_of, is_git_url, remote_of
from ingest.sources.urls import shown, whole

__all__ = ["Source", "SourceError", "Sources", "content_hash", "is_git_url", "open_sources", "sample_source"]

SAMPLE = Path(__file__).parents[1] / "sample"
_LISTED = " ".join(WANTED)
_LAYOUTS = ", ".join(one.name for one in FORMATS)


class SourceError(Exception):
    """The archive is not available; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A part of an archive on disk. `version` is its Git commit, else a hash of its files; `feed`: if it is a feed."""

    root: Path
    shown: str
    version: str
    sample: bool = False
    descriptor: Descriptor = field(default_factory=Descriptor)
    feed: FeedCopy | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """All parts of an archive, in order: of an episode that several hold, the first gives it."""

    parts: tuple[Source, ...]

    @property
    def shown(self) -> str:
        """The addresses, for display and to tell whether an index is of the same archive."""
        return " ".join(part.shown for part in self.parts)

    @property
    def version(self) -> str:
        """The versions of all parts."""
        return "+".join(part.version for part in self.parts)

    @property
    def sample(self) -> bool:
        """Whether it is the made-up sample."""
        return any(part.sample for part in self.parts)

    @property
    def name(self) -> str:
        """The archive's name; empty if no descriptor gives one."""
        return next((part.descriptor.name for part in self.parts if part.descriptor.name), "")

    @property
    def questions(self) -> tuple[str, ...]:
        """Example questions of the first descriptor that has some."""
        return next((part.descriptor.questions for part in self.parts if part.descriptor.questions), ())


def sample_source() -> Sources:
    """The eight invented episodes that are part of the project."""
    return Sources((described(Source(SAMPLE, "built-in sample archive", content_hash(SAMPLE)[:12], sample=True)),))


def open_sources(
    addresses: Sequence[str], data: Path, say: Callable[[str], None], *, allow_private: bool = False
) -> Sources:
    """Open folders, and fetch feeds and Git repositories into `data`; raises `SourceError`.

    `allow_private`: whether a feed and its files may come from addresses of a private network.
    """
    return Sources(tuple(described(_open(address, data, say, allow_private)) for address in addresses))


def described(source: Source) -> Source:
    """A source with the descriptor of its folder; raises `SourceError`. A feed has its own name."""
    try:
        found = read_descriptor(source.root) or Descriptor() if source.feed else descriptor_of(source.root)
    except DescriptorError as error:
        raise SourceError(str(error)) from error
    if source.feed and not found.name:
        found = found.model_copy(update={"name": source.feed.feed.title})
    return replace(source, descriptor=found)


def _open(address: str, data: Path, say: Callable[[str], None], allow_private: bool) -> Source:
    if is_feed(address):
        try:
            copy = copy_feed(
                address, data / "sources" / digest_of(whole(address))[:16], say, allow_private=allow_private
            )
        except FeedError as error:
            raise SourceError(str(error)) from error
        at = copy.shown if "://" in copy.shown else str(copy.path)
        beside = f"+{content_hash(copy.path.parent)[:12]}" if archive_files(copy.path.parent) else ""
        return Source(copy.path.parent, at, copy.version + beside, feed=copy)
    if is_git_url(address):
        return _fetch(address, data / "sources", say)
    root = Path(os.path.expanduser(whole(address)))
    given = shown(address)
    closed = f"{given}: the folder cannot be read. Check its permissions."
    if not os.path.isdir(root):
        raise SourceError(
            f"{given}: no such folder. Give a folder that holds an archive ({_LAYOUTS}), a feed, or a Git URL."
        )
    if not os.access(root, os.R_OK | os.X_OK):
        raise SourceError(closed)
    if not is_archive(root):
        raise SourceError(f"{given}: it is no archive: there is none of {_LAYOUTS} in it.")
    if not all(os.access(root / name, os.R_OK | os.X_OK) for name in WANTED if (root / name).exists()):
        raise SourceError(closed)
    commit = commit_of(root)
    digest = content_hash(root)
    return Source(root, str(root), f"{commit[:12]}+{digest[:12]}" if commit else digest[:12])


def content_hash(root: Path) -> str:
    """SHA-256 over the names and contents of the archive's files, in order."""
    digest = hashlib.sha256()
    for file in archive_files(root):
        digest.update(f"{file.shown}\0{file.digest()}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Copy:
    """The origin of the previous copy, as in `archive.json`. `folders`: an earlier version fetched fewer."""

    origin: str
    commit: str
    content: str
    folders: str = ""


def _fetch(url: str, copies: Path, say: Callable[[str], None]) -> Source:
    """Clone or update, one process at a time; falls back to the previous copy if both fail."""
    given, folder = shown(url), copies
    try:
        remote = remote_of(url)
        folder = copies / _origin(remote)[:16]
        copies.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            return Source(folder, given, _update(remote, folder, say))
    except GitError as error:
        raise SourceError(f"the archive cannot be fetched from {given}: {error}") from error
    except Timeout as error:
        raise SourceError(f"another `citecast ingest` is fetching into {folder}: wait for it.") from error
    except OSError as error:
        raise SourceError(f"{error.filename or folder}: {error.strerror or error}") from error


def _update(remote: Remote, folder: Path, say: Callable[[str], None]) -> str:
    """Clone if there is no copy or the repository has changed; returns the copy's version. Raises `GitError`."""
    copy = _copy_of(remote, folder)
    say(f"{'updating' if copy else 'fetching'} the archive from {remote.shown}")
    try:
        return _cloned(remote, folder, copy)
    except GitError as error:
        if copy is None or not is_archive(folder):
            raise
        say(f"the archive could not be updated ({error}); going on with the copy of last time")
        content = content_hash(folder)
        return copy.commit[:12] + ("" if content == copy.content else f"+{content[:12]}")


def _copy_of(remote: Remote, folder: Path) -> _Copy | None:
    """The previous copy if it is of this repository, else None."""
    try:
        copy = _Copy(**json.loads(folder.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return copy if copy.origin == _origin(remote) and folder.is_dir() else None


def _origin(remote: Remote) -> str:
    return digest_of(whole(remote.url))


def _cloned(remote: Remote, folder: Path, copy: _Copy | None) -> str:
    """The version of an up-to-date copy; a new clone replaces the previous copy only when it is complete."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "empty").mkdir(parents=True)
    try:
        head = head_of(remote, partial / "empty")
        same = copy and (copy.commit, copy.folders) == (head, _LISTED)
        if copy and same and copy.content == content_hash(folder):
            return head[:12]
        commit = clone(remote, partial / "copy", WANTED)
        if not is_archive(partial / "copy"):
            raise GitError(f"the repository is no archive: it holds none of {_LAYOUTS}. Give the URL of one.")
        copy = _Copy(_origin(remote), commit, content_hash(partial / "copy"), _LISTED)
        shutil.rmtree(folder, ignore_errors=True)
        (partial / "copy").rename(folder)
        folder.with_suffix(".json").write_text(json.dumps(asdict(copy)), encoding="utf-8")
        return commit[:12]
    finally:
        shutil.rmtree(partial, ignore_errors=True)

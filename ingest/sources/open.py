"""Opens the archive: a folder, a Git repository, or the built-in sample.

A repository is cloned shallow and sparse (only `_podcast`, `_people` and `_data`) into the data folder,
and again when it has changed: git never runs in the previous copy (`ingest.sources.git` says why).

    DATA/archive        the copy
    DATA/archive.json   what it is a copy of: a hash of the URL, the commit, a hash of the files, and the folders
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.front_matter.events import EVENTS, events_file
from ingest.front_matter.files import list_files
from ingest.sources.git import GitError, Remote, clone, commit_of, head_of, is_git_url, remote_of
from ingest.sources.urls import shown, whole

__all__ = ["Source", "SourceError", "content_hash", "is_git_url", "open_source", "sample_source"]

SAMPLE = Path(__file__).parents[1] / "sample"
_FOLDERS = ("_podcast", "_people")
# What is fetched. An archive without a list of events is complete.
_FETCHED = (*_FOLDERS, str(EVENTS.parent))
_LISTED = " ".join(_FETCHED)


class SourceError(Exception):
    """The archive is not available; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """An archive on disk. `version` is its Git commit, else a hash of its files."""

    root: Path
    shown: str
    version: str
    sample: bool = False


def sample_source() -> Source:
    """The eight invented episodes that are part of the project."""
    return Source(SAMPLE, "built-in sample archive", content_hash(SAMPLE)[:12], sample=True)


def open_source(archive: str, data: Path, say: Callable[[str], None]) -> Source:
    """Open a folder, or fetch a Git repository into `data`; raises `SourceError`."""
    if is_git_url(archive):
        return _fetch(archive, data / "archive", say)
    root = Path(os.path.expanduser(whole(archive)))
    given = shown(archive)
    closed = f"{given}: the folder cannot be read. Check its permissions."
    if not os.path.isdir(root):
        raise SourceError(f"{given}: no such folder. Give a folder that holds _podcast, or a Git URL.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise SourceError(closed)
    if not os.path.isdir(root / "_podcast"):
        raise SourceError(f"{given}: there is no _podcast folder in it, so it is no archive.")
    if not all(os.access(root / name, os.R_OK | os.X_OK) for name in _FOLDERS if (root / name).exists()):
        raise SourceError(closed)
    commit = commit_of(root)
    digest = content_hash(root)
    return Source(root, str(root), f"{commit[:12]}+{digest[:12]}" if commit else digest[:12])


def content_hash(root: Path) -> str:
    """SHA-256 over the names and contents of the archive's files, in order."""
    digest = hashlib.sha256()
    for name in _FOLDERS:
        for file in list_files(root / name, root):
            digest.update(f"{file.shown}\0{file.digest()}\n".encode(errors="surrogateescape"))
    if events := events_file(root):
        digest.update(f"{events.shown}\0{events.digest()}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Copy:
    """The origin of the previous copy, as in `archive.json`. `folders`: an earlier version fetched fewer."""

    origin: str
    commit: str
    content: str
    folders: str = ""


def _fetch(url: str, folder: Path, say: Callable[[str], None]) -> Source:
    """Clone or update, one process at a time; falls back to the previous copy if both fail."""
    given = shown(url)
    try:
        remote = remote_of(url)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name("archive.lock"), timeout=0):
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
        if copy is None or not (folder / "_podcast").is_dir():
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
    return hashlib.sha256(remote.url.encode(errors="surrogateescape")).hexdigest()


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
        commit = clone(remote, partial / "copy", _FETCHED)
        if not (partial / "copy" / "_podcast").is_dir():
            raise GitError("the repository holds no _podcast folder, so it is no archive. Give the URL of one.")
        copy = _Copy(_origin(remote), commit, content_hash(partial / "copy"), _LISTED)
        shutil.rmtree(folder, ignore_errors=True)
        (partial / "copy").rename(folder)
        folder.with_suffix(".json").write_text(json.dumps(asdict(copy)), encoding="utf-8")
        return commit[:12]
    finally:
        shutil.rmtree(partial, ignore_errors=True)

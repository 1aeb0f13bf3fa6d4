"""Where the archive comes from: a folder, a Git repository, or the built-in sample.

A repository is fetched shallow and sparse (`_podcast` and `_people` alone) into
the data folder and updated on the next run. Only `git` touches the network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.files import list_files

SAMPLE = Path(__file__).parent / "sample"
_FOLDERS = ("_podcast", "_people")
_FETCH_SECONDS = 600
_GIT_URL = re.compile(r"^(https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:")
# Set inside Git hooks; they would point our git at the caller's repository.
_REPOSITORY_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")


class SourceError(Exception):
    """The archive cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """An archive on disk. `version` is its Git commit, else a hash of its files."""

    root: Path
    shown: str
    version: str
    sample: bool = False


def sample_source() -> Source:
    """The eight made-up episodes that the project carries."""
    return Source(SAMPLE, "built-in sample archive", content_hash(SAMPLE)[:12], sample=True)


def open_source(archive: str, data: Path, say: Callable[[str], None]) -> Source:
    """Open a folder, or fetch a Git repository into `data`; raises `SourceError`."""
    if is_git_url(archive):
        return _fetch(archive, data / "archive", say)
    root = Path(os.path.expanduser(archive))
    closed = f"{archive}: the folder cannot be read. Check its permissions."
    if not os.path.isdir(root):
        raise SourceError(f"{archive}: no such folder. Give a folder that holds _podcast, or a Git URL.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise SourceError(closed)
    if not os.path.isdir(root / "_podcast"):
        raise SourceError(f"{archive}: there is no _podcast folder in it, so it is no archive.")
    if not all(os.access(root / name, os.R_OK | os.X_OK) for name in _FOLDERS if (root / name).exists()):
        raise SourceError(closed)
    commit = _commit(root)
    digest = content_hash(root)
    return Source(root, str(root), f"{commit[:12]}+{digest[:12]}" if commit else digest[:12])


def is_git_url(archive: str) -> bool:
    """Whether `archive` names a Git repository to fetch, not a folder."""
    return _GIT_URL.match(archive) is not None


def content_hash(root: Path) -> str:
    """SHA-256 over the names and contents of the archive's files, in order."""
    digest = hashlib.sha256()
    for name in _FOLDERS:
        for file in list_files(root / name, root):
            digest.update(f"{file.shown}\0{file.digest()}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _git(*args: str, cwd: Path | None = None) -> str:
    """Run git without prompts; raises `SourceError` with git's own last line."""
    environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    try:
        result = subprocess.run(
            ["git", *args],
            cwd=cwd,
            env=environment | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise SourceError("git is not installed. Install it, or give the archive as a folder.") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {args[0]} took over {_FETCH_SECONDS} s and was stopped.") from error
    if result.returncode:
        lines = result.stderr.strip().splitlines() or [f"exit status {result.returncode}"]
        raise SourceError(f"git {args[0]}: {lines[-1]}")
    return result.stdout.strip()


def _commit(root: Path) -> str | None:
    """The commit of a Git checkout whose top is `root`, else None."""
    if not (root / ".git").exists():
        return None
    try:
        return _git("rev-parse", "HEAD", cwd=root)
    except SourceError:
        return None


def _fetch(url: str, folder: Path, say: Callable[[str], None]) -> Source:
    """Clone or update, one process at a time; the copy of last time serves where neither can be done."""
    shown = re.sub(r"(?<=://)[^/@]+@", "", url)  # a password in the URL is nobody else's business
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name("archive.lock"), timeout=0):
            ours = _origin(folder) == url
            try:
                _update(url, folder, ours, lambda text: say(text.replace(url, shown)))
            except SourceError as error:
                reason = str(error).replace(url, shown)
                if not (ours and (folder / "_podcast").is_dir() and _commit(folder)):
                    raise SourceError(f"the archive cannot be fetched from {shown}: {reason}") from error
                say(f"the archive could not be updated ({reason}); going on with the copy of last time")
            return Source(folder, shown, _git("rev-parse", "HEAD", cwd=folder)[:12])
    except Timeout as error:
        raise SourceError(f"another `citecast ingest` is fetching into {folder}: wait for it.") from error
    except OSError as error:
        raise SourceError(f"{error.filename or folder}: {error.strerror or error}") from error


def _origin(folder: Path) -> str | None:
    """The URL that a clone came from; None where there is none, or it is damaged."""
    if not (folder / ".git").exists():
        return None
    try:
        return _git("config", "remote.origin.url", cwd=folder)
    except SourceError:
        return None


def _update(url: str, folder: Path, cloned: bool, say: Callable[[str], None]) -> None:
    """Fetch what is new. Where that fails (a killed run leaves locks behind), clone anew."""
    if cloned:
        say(f"updating the archive from {url}")
        try:
            _git("fetch", "--depth=1", "origin", "HEAD", cwd=folder)
            _git("checkout", "--force", "--detach", "FETCH_HEAD", cwd=folder)
            return
        except SourceError as error:
            say(f"the update failed ({error})")
    _clone(url, folder, say)


def _clone(url: str, folder: Path, say: Callable[[str], None]) -> None:
    say(f"fetching the archive from {url}")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        _git("clone", "--depth=1", "--filter=blob:none", "--no-checkout", "--quiet", "--", url, str(partial))
        _git("sparse-checkout", "set", *_FOLDERS, cwd=partial)
        _git("checkout", "--quiet", "--detach", "HEAD", cwd=partial)
        if not (partial / "_podcast").is_dir():
            raise SourceError("the repository holds no _podcast folder")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

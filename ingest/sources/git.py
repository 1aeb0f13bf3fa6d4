"""Runs git safely on untrusted repositories.

    URL -> Remote (the address for git, and the password separately) -> ls-remote, clone

git never runs in a folder that existed before: a configuration or a hook in it could
run a program. No address for git contains a password, so that none is in its arguments, its messages, or the
copy's configuration; git gets it through the environment. Only `git` uses the network.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ingest.sources.urls import HIDDEN, has_user, shown, whole, without_secrets

FETCH_SECONDS = 600
_SCHEME = re.compile(r"(?:git\+)?([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
# ssh's short form, `user@host:path`. A text that begins with these is a path or an option.
_SSH = re.compile(r"(?![-/.~])[^\s/@]\S*@[\w.-]+:|(?![-/.~])[\w.-]+@[\w.-]+:")
_SCHEMES = ("https", "http", "ssh", "git", "file")
# Set inside Git hooks, they would lead our git to the caller's repository; traces would hide its messages.
_LEFT_OUT = re.compile(
    r"GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX"
    r"|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|TEMPLATE_DIR|CURL_VERBOSE|TRACE\w*)"
)
_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "protocol.ext.allow=never",
    "submodule.recurse=false", "gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false",
)  # fmt: skip
# A credential helper that answers git from its environment.
_HELPER = '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$REMOTE_USER_NAME" "$REMOTE_PASSWORD"; }; f'
_TELLING = re.compile(
    r"(?:fatal|error): |ERROR: |Permission denied|Authentication failed|Could not resolve host", re.IGNORECASE
)
_BROKEN_OFF = re.compile("Could not read from remote repository|early EOF|the remote end hung up")
_STEPS = (
    (r"dubious ownership", "It belongs to somebody else: allow it with `git config --global --add safe.directory …`."),
    (r"Authentication failed|could not read (?:Username|Password)", "Check user and password."),
    (r"Permission denied", "Check that you may read it, with a key or a user that it knows."),
    (r"Host key verification failed", "Connect to it once with ssh: it asks whether the key is the right one."),
    (r"resolve host|Could not resolve|Connection (?:refused|timed out)", "Check the address and the network."),
    (r"\block\b", "Another git is at work in it, or one was killed: wait, or remove that file."),
)


class GitError(Exception):
    """git failed; the message is its own, without secrets, and says what to do."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository to fetch. `url` is the address for git: without a password, and over HTTP without a user."""

    given: str
    url: str
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """The address for display."""
        return shown(self.given)

    def cleaned(self, text: str) -> str:
        """A message of git, without the secrets of the address."""
        text = without_secrets(text, self.given, self.url)
        host = re.split(r"[/?#]", self.url.partition("://")[2])[0].rpartition("@")[2]
        # If an address can be read in two ways, git may have taken a part of a password as the host.
        return text if not host or host in self.shown else text.replace(host.partition(":")[0], HIDDEN)


def is_git_url(archive: str) -> bool:
    """Whether `archive` names a Git repository to fetch, not a folder."""
    return bool(_SCHEME.match(archive) or _SSH.match(archive))


def remote_of(archive: str) -> Remote:
    """The repository that a URL names; raises `GitError` for a URL that git cannot fetch from."""
    given = whole(archive)
    found = _SCHEME.match(given)
    if not found:
        if ":" in given.rpartition("@")[0]:
            raise GitError("ssh takes no password in an address: give user@host:path, and a key to ssh.")
        return Remote(given, given)
    scheme, rest = found[1].lower(), found[2]
    if scheme not in _SCHEMES:
        raise GitError(f"git cannot fetch by {scheme}://. Give a URL with {', '.join(_SCHEMES)}.")
    part, place = _split(rest) if scheme != "file" else ("", rest)
    user, _, password = (unquote(text) for text in part.partition(":"))
    if re.search(r"[\x00-\x1f\x7f]", user + password):
        raise GitError("user and password cannot hold control characters.")
    if scheme == "ssh" and user:
        return Remote(given, f"ssh://{user}@{place}")
    return Remote(given, f"{scheme}://{place}", user, password)


def _split(rest: str) -> tuple[str, str]:
    """User part and place of the text after a scheme: the last `@` before a query separates them."""
    if not has_user(rest):
        return "", rest
    first, at, behind = rest.partition("@")
    place, mark, query = behind.partition("?")
    if "@" in place:
        more, _, place = place.rpartition("@")
        first += at + more
    return first, place + mark + query


def git(*args: str, cwd: Path, remote: Remote) -> str:
    """Run git without prompts, in our own folder; raises `GitError`."""
    settings = [part for setting in (*_SAFE, *_sign_in(remote)) for part in ("-c", setting)]
    try:
        result = subprocess.run(
            ["git", *settings, *args],
            cwd=cwd,
            env=_environment(cwd, remote),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=FETCH_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed. Install it, or give the archive as a folder.") from error
    except subprocess.TimeoutExpired:
        raise GitError(f"git {args[0]} took over {FETCH_SECONDS} s and was stopped.") from None
    if result.returncode:
        raise GitError(remote.cleaned(f"git {args[0]}: {_told(result.stderr, result.returncode)}"))
    return result.stdout.strip()


def _sign_in(remote: Remote) -> list[str]:
    """Options that give git user and password, only for the remote's own host, also after a redirect."""
    if not remote.user and not remote.password:
        return []
    scheme, _, rest = remote.url.partition("://")
    place = f"credential.{scheme}://{re.split(r'[/?#]', rest)[0]}"
    # A given password is used; for a name alone, the user's own helper may have the password.
    first = [f"{place}.helper="] if remote.password else [f"{place}.username={remote.user}"]
    return [*first, f"{place}.helper={_HELPER}"]


def _environment(cwd: Path, remote: Remote) -> dict[str, str]:
    ours = {
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        # A repository around the folder is not ours, and its configuration is not read.
        "GIT_CEILING_DIRECTORIES": str(cwd.resolve().parent),
        "GIT_LFS_SKIP_SMUDGE": "1",
        "REMOTE_USER_NAME": remote.user,
        "REMOTE_PASSWORD": remote.password,
    }
    return {name: value for name, value in os.environ.items() if not _LEFT_OUT.fullmatch(name)} | ours


def _told(stderr: str, status: int) -> str:
    """The lines of git's message that name the error, with advice if there is any."""
    lines = [line.strip().removeprefix("remote: ").strip() for line in stderr.splitlines() if line.strip()]
    telling = list(_telling(lines)) or lines[-1:] or [f"exit status {status}"]
    plain = dict.fromkeys(re.sub(r"^(?:fatal|error): ", "", line, flags=re.IGNORECASE) for line in telling if line)
    told = "; ".join(line.rstrip(".") for line in plain)
    step = next((step for pattern, step in _STEPS if re.search(pattern, told)), "")
    return f"{told}. {step}".strip()


def _telling(lines: list[str]) -> Iterator[str]:
    """The lines that name an error, with their context: git continues after a colon, and ssh writes before git."""
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if _TELLING.search(line):
            if _BROKEN_OFF.search(line) and not _TELLING.search(before):
                yield before
            yield f"{line} {after}" if line.endswith(":") else line


def head_of(remote: Remote, folder: Path) -> str:
    """The commit that a repository's HEAD names; raises `GitError`, also for one without commits."""
    if found := git("ls-remote", "--", remote.url, "HEAD", cwd=folder, remote=remote):
        return found.split()[0]
    heads = git("ls-remote", "--heads", "--", remote.url, cwd=folder, remote=remote).splitlines()
    if not heads:
        raise GitError("the repository is empty. Push an archive to it, or give another URL.")
    names = ", ".join(line.partition("refs/heads/")[2] for line in heads[:8])
    raise GitError(
        f"its HEAD names a branch that it does not have; it has: {names}. Set its default branch "
        "(in a bare repository: `git symbolic-ref HEAD refs/heads/NAME`)."
    )


def clone(remote: Remote, folder: Path, folders: tuple[str, ...]) -> str:
    """Clone shallow and sparse (only `folders`) into a new folder; returns the commit; raises `GitError`."""
    flags = ("--depth=1", "--filter=blob:none", "--no-checkout", "--template=", "--quiet")
    git("clone", *flags, "--", remote.url, str(folder.resolve()), cwd=folder.parent, remote=remote)
    git("sparse-checkout", "set", *folders, cwd=folder, remote=remote)
    git("checkout", "--quiet", "--detach", "HEAD", cwd=folder, remote=remote)
    return git("rev-parse", "HEAD", cwd=folder, remote=remote)


def commit_of(root: Path) -> str | None:
    """The commit of a checkout at `root`, read from its files, since git would read its configuration, too."""
    try:
        folder = root / ".git"
        if folder.is_file():  # of a worktree or a submodule
            folder = root / folder.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        common = folder / "commondir"
        shared = folder / common.read_text(encoding="utf-8").strip() if common.is_file() else folder
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if head.startswith("ref:"):
            head = _ref(shared, head.removeprefix("ref:").strip())
    except (OSError, ValueError):
        return None
    return head if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head) else None


def _ref(folder: Path, name: str) -> str:
    """The commit of a branch; empty if there is no such branch."""
    if ".." not in name and name.startswith("refs/") and (folder / name).is_file():
        return (folder / name).read_text(encoding="utf-8").strip()
    lines = (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")

"""Finds the lines that a pull request changes, with Git."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_SECONDS = 60


class ChangedError(ValueError):
    """Git cannot say what changed; the message says why and what helps."""


def changed_lines(path: Path, revision: str) -> set[int] | None:
    """The lines of a file, from 1, that are new since a revision; None for a file that it does not have.

    Raises `ChangedError` if the file is in no repository or the revision is unknown.
    """
    if revision.startswith("-"):
        raise ChangedError(f"“{revision}” is no revision; give a branch, a tag or a commit, as origin/main")
    _git(path, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    known = _git(path, "ls-tree", "--name-only", revision, "--", path.name)
    if not known.strip():
        return None
    made: set[int] = set()
    diff = _git(path, "diff", "--unified=0", "--no-color", "--no-ext-diff", revision, "--", path.name)
    for line in diff.splitlines():
        if match := _HUNK.match(line):
            first, count = int(match[1]), int(match[2] or 1)
            made |= set(range(first, first + count))
    return made


def _git(path: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(path.resolve().parent), *words],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChangedError(f"Git did not run ({error}); install Git, or leave out --changed-since") from error
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no such revision"]
        raise ChangedError(f"{path}: Git says “{reason[0]}”; give a revision of the repository that holds the page")
    return done.stdout

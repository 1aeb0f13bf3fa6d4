"""Reads which episodes were taken down at their source: `migration/podcast-removals.yaml`.

Their slugs disappear from every source of the archive, also from older copies that still hold them, and from earlier
generations of the index.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from ingest.formats.content import plain_slug
from ingest.front_matter.files import BadFile, SourceFile, parse_record
from ingest.front_matter.top_keys import meant
from ingest.front_matter.values import is_empty, list_of, shown, text_of
from ingest.report import Problem

PATH = PurePosixPath("migration/podcast-removals.yaml")
_KEY = "removals"
# Keys of a removal: each is a path, or a list of paths.
_FILES = ("source", "records", "transcripts")
_SEASON = re.compile(r"s\d+")
_EPISODE = re.compile(r"e\d+-(.+)")


def removals_file(root: Path) -> SourceFile | None:
    """The list of removals, None if there is none."""
    path = root / PATH
    return SourceFile(path, root, str(PATH), PATH.name) if path.exists() or path.is_symlink() else None


def read_removals(root: Path) -> tuple[set[str], list[Problem]]:
    """Slugs of episodes that were taken down; an entry of a wrong form is a problem."""
    file = removals_file(root)
    if file is None:
        return set(), []
    try:
        front = parse_record(file.read())
        if front.get(_KEY).items is None and not is_empty(front.get(_KEY)):
            raise BadFile(f"`{_KEY}` is not a list: {shown(front.get(_KEY))}", front.line_of(_KEY))
        if front.line_of(_KEY) is None:
            raise BadFile(f"there is no `{_KEY}`{meant(front, _KEY)}", 1)
    except BadFile as bad:
        return set(), [Problem(file.shown, bad.line, f"{bad}; no episode is taken for one that was taken down")]
    slugs: set[str] = set()
    problems: list[Problem] = []
    for entry in front.get(_KEY).items or []:
        found = {slug for key in _FILES for item in list_of(entry.get(key)) if (slug := _slug_of(text_of(item)))}
        slugs |= found
        if not found:
            problems.append(Problem(file.shown, entry.line, "a removal names no episode: give its file in `source`"))
    return slugs, problems


def _slug_of(path: str) -> str:
    """The slug in the path of a record or a transcript; "" if there is none in it.

    `podcasts/s12/e08.yaml` has none, and another episode may have its number now; `podcasts/s03/e04-SLUG.yaml` has.
    """
    folder, stem = PurePosixPath(path).parent, PurePosixPath(path).name.removesuffix(".yaml")
    if not _SEASON.fullmatch(folder.name):
        return plain_slug(stem)
    numbered = _EPISODE.fullmatch(stem.removesuffix("-transcript"))
    return plain_slug(numbered[1]) if numbered else ""

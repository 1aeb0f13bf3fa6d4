"""Reads which episodes were taken down at their source: `migration/podcast-removals.yaml`.

Their slugs disappear from every source of the archive, also from older copies that still hold them, and from earlier
generations of the index.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ingest.formats.content import plain_slug
from ingest.front_matter.files import BadFile, SourceFile, parse_record
from ingest.front_matter.values import text_of
from ingest.report import Problem

PATH = PurePosixPath("migration/podcast-removals.yaml")


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
        node = parse_record(file.read()).get("removals")
    except BadFile as bad:
        return set(), [Problem(file.shown, bad.line, f"{bad}; no episode is taken for one that was taken down")]
    slugs: set[str] = set()
    problems: list[Problem] = []
    for entry in node.items or []:
        records = entry.get("records")
        named = [entry.get("source"), *((records.items if records else None) or [])]
        # A record by season, `podcasts/s12/e08.yaml`, has no slug in its name; another episode may have its number now.
        paths = [PurePosixPath(text) for item in named if (text := text_of(item))]
        found = {plain_slug(path.stem) for path in paths if len(path.parts) == 2}
        slugs |= found
        if not found:
            problems.append(Problem(file.shown, entry.line, "a removal names no episode: give its file in `source`"))
    return slugs, problems

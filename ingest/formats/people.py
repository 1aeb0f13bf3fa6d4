"""Reads the pages of people, `_people/ID.md`: guest id -> full name."""

from __future__ import annotations

from pathlib import Path

from ingest.draft import LONGEST_LABEL
from ingest.front_matter.files import BadFile, SourceFile, list_files, parse_front_matter, require_published
from ingest.front_matter.values import text_of
from ingest.report import Problem

FOLDER = "_people"


def people_files(root: Path) -> list[SourceFile]:
    """The pages of people, unpublished ones included."""
    return list_files(root / FOLDER, root)


def read_people(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Guest id -> full name; a bad file is a problem and leaves its id out."""
    people: dict[str, str] = {}
    problems: list[Problem] = []
    for file in people_files(root):
        if file.template:
            continue
        try:
            require_published(file)
            front = parse_front_matter(file.read())
            require_published(file, front)
            name = text_of(front.get("title"))
            if not name:
                raise BadFile("the person has no title (their name)", front.line_of("title") or 1)
            if file.person in people:
                raise BadFile(f"a second file for the person {file.person!r}")
        except BadFile as bad:
            problems.append(Problem(file.shown, bad.line, str(bad)))
            continue
        people[file.person] = name[:LONGEST_LABEL]
    return people, problems

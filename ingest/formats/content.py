"""Reads `podcasts/`: an episode's record and its transcript are two YAML files, by season or flat.

    podcasts/sNN/eMM.yaml        podcasts/sNN/eMM-transcript.yaml         seasonal
    podcasts/SLUG.yaml           podcasts/transcripts/SLUG.yaml           flat

The record's `transcript` names the second file: from its own folder, or from `podcasts/`. The key of an episode is its
`slug`, since two can have one number. Names that begin with `_` are withdrawn. `migration/podcast-removals.yaml` lists
episodes that were taken down.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from ingest.formats.base import Context, Entry, Format, Listing, ReadEpisode
from ingest.formats.record import Record, read_record
from ingest.front_matter.files import (
    MAX_NAME_BYTES,
    BadFile,
    FrontMatter,
    SourceFile,
    Unpublished,
    all_files,
    parse_record,
    require_published,
)
from ingest.front_matter.values import is_empty, shown, text_of
from ingest.report import Problem

FOLDER = "podcasts"
SEGMENTS = "segments"
_TRANSCRIPTS = "transcripts/"
_ENDING = "-transcript.yaml"
_MARKDOWN = re.compile(r"(?:\.md)+$", re.IGNORECASE)


def plain_slug(name: str) -> str:
    """An episode's id from its record's `slug` or its old file name: without `.md` and a leading `_`."""
    return _MARKDOWN.sub("", name).lstrip("_")


def _yaml_files(root: Path) -> list[SourceFile]:
    return [file for file in all_files(root / FOLDER, root) if file.path.suffix == ".yaml"]


def _is_transcript(file: SourceFile) -> bool:
    return file.inside.startswith(_TRANSCRIPTS) or file.inside.endswith(_ENDING)


def _listing(root: Path) -> Listing:
    listing = Listing([])
    named: set[Path] = set()
    files = all_files(root / FOLDER, root)
    for file in files:
        if file.path.suffix == ".yaml" and not _is_transcript(file):
            text = _text_of(file)
            transcript = _quickly("transcript", text)
            spoken = _transcript_file(file, transcript) if transcript else None
            named |= {spoken.path} if spoken else set()
            slug = plain_slug(_quickly("slug", text) or file.path.stem)
            listing.entries.append(Entry(file, partial(_read, file), slug, spoken))
    for file in files:
        if file.path.suffix != ".yaml" and not file.unpublished:
            listing.others.append(Problem(file.shown, None, "no YAML file; it is not read"))
        elif file.path.suffix == ".yaml" and _is_transcript(file) and file.path not in named:
            listing.others.append(Problem(file.shown, None, "no episode names this transcript; it is not read"))
    return listing


def _quickly(key: str, text: str) -> str:
    """A key's plain value, found without parsing the whole file; "" if it has none."""
    found = re.search(rf"^{key}:[ \t]*([^\s#].*?)[ \t]*$", text, re.MULTILINE)
    return found[1].strip("'\"") if found else ""


def _text_of(file: SourceFile) -> str:
    try:
        return file.read()
    except BadFile:
        return ""


def _transcript_file(file: SourceFile, name: str) -> SourceFile:
    """The file that a record's `transcript` names: beside it, or, from flat layouts, in `podcasts/`."""
    podcasts = file.root / FOLDER
    beside = file.path.parent / name
    path = beside if beside.exists() or "/" not in name else podcasts / name
    inside = path.relative_to(podcasts).as_posix() if path.is_relative_to(podcasts) else path.name
    return SourceFile(path, file.root, f"{FOLDER}/{inside}", inside)


def _read(file: SourceFile, context: Context) -> ReadEpisode:
    """Read one episode; raises `BadFile` with the words of its transcript if known, or `Unpublished`."""
    spoken: FrontMatter | None = None
    try:
        front = parse_record(file.read())
        transcript, spoken, key = _transcript_of(file, front)
        require_published(file, front)
        name = _name_of(front)
        if key == SEGMENTS:
            _check_same(name, spoken)
        return read_record(Record(plain_slug(name), name, file, front, transcript, spoken, key), context)
    except BadFile as bad:
        if file.unpublished and not isinstance(bad, Unpublished):
            bad = Unpublished(file.unpublished)
        bad.words = spoken.words if spoken else 0
        raise bad from None


def _name_of(front: FrontMatter) -> str:
    """The record's slug; raises `BadFile` if it can be no name of a file."""
    name = text_of(front.get("slug"))
    slug = plain_slug(name)
    fits = slug and slug[0] != "." and not re.search(r"[/\\]", slug) and len(slug.encode()) <= MAX_NAME_BYTES
    if not fits:
        why = f"the slug {name!r:.60} is no name" if name else "the episode has no slug"
        raise BadFile(why, front.line_of("slug"))
    return name


def _transcript_of(file: SourceFile, front: FrontMatter) -> tuple[SourceFile, FrontMatter, str]:
    """The transcript's file, its content, and the key of its entries; raises `BadFile` if there is none."""
    node = front.get("transcript")
    if node.items is not None:  # as in the old layout; the site's importer refuses it
        return file, front, "transcript"
    name = text_of(node)
    if not name:
        wrong = "" if is_empty(node) else f" ({shown(node)} is no file's name)"
        raise BadFile(f"no transcript{wrong}", front.line_of("transcript"))
    found = _transcript_file(file, name)
    try:
        return found, parse_record(found.read(), SEGMENTS), SEGMENTS
    except BadFile as bad:
        where = f"{found.shown}:{bad.line}" if bad.line else found.shown
        why = "no such file" if not found.path.exists() else str(bad)
        raise BadFile(f"its transcript {where}: {why}", front.line_of("transcript")) from bad


def _check_same(name: str, spoken: FrontMatter) -> None:
    """Refuse a transcript that says it is another episode's: its words would be cited under a wrong title."""
    other = text_of(spoken.get("podcast"))
    if other and plain_slug(other) != plain_slug(name):
        raise BadFile(f"its transcript is of another episode: `podcast` is {other!r:.80}", spoken.line_of("podcast"))


CONTENT = Format(
    name="podcasts/**/*.yaml",
    holds=lambda root: (root / FOLDER).is_dir(),
    listing=_listing,
    files=_yaml_files,
    wanted=(FOLDER, "migration"),
    descriptor="datatalksclub",
)

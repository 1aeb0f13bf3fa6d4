"""Reads `podcasts/`: an episode's record and its transcript are two YAML files, by season or flat.

    podcasts/sNN/eMM.yaml        podcasts/sNN/eMM-transcript.yaml         seasonal
    podcasts/SLUG.yaml           podcasts/transcripts/SLUG.yaml           flat

The record's `transcript` names the second file: from its own folder, or from `podcasts/`. The key of an episode is its
`slug`, since two can have one number. Names that begin with `_` are withdrawn. `migration/podcast-removals.yaml` lists
episodes that were taken down.
"""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path, PurePosixPath

from ingest.formats.base import Context, Entry, Format, Listing, ReadEpisode
from ingest.formats.record import Record, read_record
from ingest.front_matter.files import (
    BadFile,
    FrontMatter,
    SourceFile,
    Unpublished,
    all_files,
    fits_a_name,
    parse_record,
    require_published,
)
from ingest.front_matter.top_keys import meant
from ingest.front_matter.values import is_empty, shown, text_of
from ingest.front_matter.words_in import known_key
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
            spoken = _named_file(file, _quickly("transcript", text))
            named |= {spoken.path} if spoken else set()
            # Only a flat file's name is its slug.
            slug = plain_slug(_quickly("slug", text) or ("" if "/" in file.inside else file.path.stem))
            listing.entries.append(Entry(file, partial(_read, file), slug, spoken))
    for file in files:
        if file.path.suffix != ".yaml" and not file.unpublished:
            listing.others.append(Problem(file.shown, None, "its name does not end in .yaml; it is not read"))
        elif file.path.suffix == ".yaml" and _is_transcript(file) and file.path not in named:
            listing.others.append(Problem(file.shown, None, "no episode names this transcript; it is not read"))
    return listing


def _quickly(key: str, text: str) -> str:
    """A key's plain value, found without parsing the file; "" if it has none. Of repeated keys the last counts."""
    found = re.findall(rf"^{key}:[ \t]*([^\s#].*?)[ \t]*(?:\s#.*)?$", text, re.MULTILINE)
    return found[-1].strip("'\"") if found else ""


def _text_of(file: SourceFile) -> str:
    try:
        return file.read()
    except BadFile:
        return ""


def _named_file(file: SourceFile, name: str) -> SourceFile | None:
    """The file that a record's `transcript` names: beside it, or, from flat layouts, in `podcasts/`.

    None if there is no name, or it leads elsewhere.
    """
    podcasts = file.root / FOLDER
    if not name or name[0] == "/" or ".." in PurePosixPath(name).parts:
        return None
    beside = file.path.parent / name
    path = beside if "/" not in name or os.path.exists(beside) else podcasts / name
    inside = path.relative_to(podcasts).as_posix()
    return SourceFile(path, file.root, f"{FOLDER}/{inside}", inside)


def _read(file: SourceFile, context: Context) -> ReadEpisode:
    """Read one episode; raises `BadFile` with the words of its transcript if known, or `Unpublished`."""
    spoken: FrontMatter | None = None
    try:
        front = parse_record(file.read())
        name = text_of(front.get("slug"))
        hidden = _withdrawn(file, front, name)
        try:
            transcript, spoken, key = _transcript_of(file, front)
        except BadFile as bad:
            raise hidden or bad from None
        if hidden:
            raise hidden
        _check_slug(name, front)
        if key == SEGMENTS:
            _check_same(name, transcript, spoken)
        return read_record(Record(plain_slug(name), name, file, front, transcript, spoken, key), context)
    except BadFile as bad:
        told = Unpublished(file.unpublished) if file.unpublished and not isinstance(bad, Unpublished) else bad
        told.words = spoken.words if spoken else _words_of(_named_file(file, _quickly("transcript", _text_of(file))))
        raise told from None


def _withdrawn(file: SourceFile, front: FrontMatter, name: str) -> Unpublished | None:
    """Why the episode is not published: the name of its file, `published`, or its slug, the old file's name."""
    try:
        require_published(file, front)
    except Unpublished as hidden:
        return hidden
    if name.startswith("_"):
        return Unpublished(f"unpublished: its slug {name!r:.80} begins with '_'; it is not read", front.line_of("slug"))
    return None


def _check_slug(name: str, front: FrontMatter) -> None:
    """Refuse a slug that can be no name of a file; the index has files of this name."""
    if not fits_a_name(plain_slug(name)):
        why = f"the slug {name!r:.60} is no name" if name else f"the episode has no slug{meant(front, 'slug')}"
        raise BadFile(why, front.line_of("slug"))


def _words_of(spoken: SourceFile | None) -> int:
    """Number of words of a transcript whose record cannot be read; 0 if it cannot be read either."""
    try:
        return parse_record(spoken.read(), SEGMENTS).words if spoken else 0
    except BadFile:
        return 0


def _transcript_of(file: SourceFile, front: FrontMatter) -> tuple[SourceFile, FrontMatter, str]:
    """The transcript's file, its content, and the key of its entries; raises `BadFile` if there is none."""
    node, line = front.get("transcript"), front.line_of("transcript")
    if node.items is not None:  # as in the old layout; the site's importer refuses it
        return file, front, "transcript"
    name = text_of(node)
    if not name:
        wrong = meant(front, "transcript") if is_empty(node) else f" ({shown(node)} is no file's name)"
        raise BadFile(f"no transcript{wrong}", line)
    found = _named_file(file, name)
    if found is None:
        raise BadFile(f"its transcript {name!r:.80} is outside {FOLDER}/; it is not read", line)
    try:
        require_published(found)
        spoken = parse_record(found.read(), SEGMENTS)
    except BadFile as bad:
        where = f"{found.shown:.300}:{bad.line}" if bad.line else f"{found.shown:.300}"
        why = str(bad) if os.path.exists(found.path) else "no such file"
        raise BadFile(f"its transcript {where}: {why}", line) from bad
    if not any(known_key(pair.key) == SEGMENTS for pair in spoken.root.pairs or ()):
        raise BadFile(f"the transcript has no `{SEGMENTS}`{meant(spoken, SEGMENTS)}", 1, place=found.shown)
    return found, spoken, SEGMENTS


def _check_same(name: str, file: SourceFile, spoken: FrontMatter) -> None:
    """Refuse a transcript that says it is another episode's: its words would be cited under a wrong title."""
    other = text_of(spoken.get("podcast"))
    if other and plain_slug(other) != plain_slug(name):
        why = f"the transcript is another episode's: `podcast` is {other!r:.80}, the episode's slug {name!r:.80}"
        raise BadFile(why, spoken.line_of("podcast"), place=file.shown)


CONTENT = Format(
    name="podcasts/**/*.yaml",
    holds=lambda root: (root / FOLDER).is_dir(),
    listing=_listing,
    files=_yaml_files,
    wanted=(FOLDER, "migration"),
    descriptor="original",
)

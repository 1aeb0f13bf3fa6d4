"""Names all formats, and finds out which of them a folder has."""

from __future__ import annotations

from pathlib import Path

from ingest.descriptor import FILE_NAME, Descriptor, known_descriptor, read_descriptor
from ingest.formats.base import Format
from ingest.formats.content import CONTENT
from ingest.formats.folder import FOLDER
from ingest.formats.jekyll import JEKYLL
from ingest.formats.people import FOLDER as PEOPLE
from ingest.formats.people import people_files
from ingest.formats.removals import removals_file
from ingest.front_matter.events import EVENTS, events_file
from ingest.front_matter.files import SourceFile

FORMATS = (CONTENT, JEKYLL, FOLDER)
# What is fetched of a repository, beside the files in its top folder.
WANTED = tuple(dict.fromkeys((*(name for one in FORMATS for name in one.wanted), PEOPLE, str(EVENTS.parent))))


def formats_of(root: Path) -> list[Format]:
    """The formats that a folder has; usually one."""
    return [one for one in FORMATS if one.holds(root)]


def is_archive(root: Path) -> bool:
    """Whether a folder holds anything that is read: episodes, or pages of people."""
    return bool(formats_of(root)) or (root / PEOPLE).is_dir()


def descriptor_of(root: Path) -> Descriptor:
    """The descriptor in a folder, else the known one of its format; raises `DescriptorError`."""
    own = read_descriptor(root)
    if own is not None:
        return own
    return next((known_descriptor(one.descriptor) for one in formats_of(root) if one.descriptor), Descriptor())


def archive_files(root: Path) -> list[SourceFile]:
    """All files of a folder that decide what an index of it holds, in order."""
    files = [file for one in formats_of(root) for file in one.files(root)] + people_files(root)
    files += [file for file in (events_file(root), removals_file(root)) if file]
    if (root / FILE_NAME).exists():
        files.append(SourceFile(root / FILE_NAME, root, FILE_NAME))
    return files

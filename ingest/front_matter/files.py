"""Lists the files of the archive, reads one within limits, and parses its front matter.

Every fault of a file raises `BadFile`: too large,
not readable, not UTF-8, a link that leads out of the archive, front matter that
is missing, cut off or not valid YAML, and a file that its site does not publish.

Which files are published follows Jekyll, since the folders are its collections: Markdown
by any of its suffixes, also in subfolders, but nothing with a file or folder name that
begins with `_`, `.`, `#` or `~`, or ends with `~`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest.front_matter.values import is_false
from ingest.front_matter.words_in import WordCount, known_key
from ingest.front_matter.yaml_text import MAX_DEPTH, MAX_VALUES, BadYaml, Node, Pair, read_yaml

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "BadFile", "FrontMatter", "SourceFile", "list_files"]

# The largest transcript of the archive is 0.15 MB.
MAX_BYTES = 1024 * 1024
# The slug is also part of file names in the index; file systems allow 255 bytes.
MAX_NAME_BYTES = 200
# Jekyll's `markdown_ext`, in any case.
_MARKDOWN = re.compile(r"\.(?:markdown|mkdown|mkdn|mkd|md)$", re.IGNORECASE)
_UNPUBLISHED = ("_", ".", "#", "~")
_OPENING = re.compile(r"---[^\S\n]*\n")
_UNSEEN_BREAKS = re.compile("[\x85\u2028\u2029]")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[^\S\n]*$", re.MULTILINE)


class BadFile(Exception):
    """The file cannot be used; `line`: where, if known; `words`: number of words in its transcript, if known.

    `place`: the file that `line` is of, as reports name it, if it is not the one that was read first.
    """

    def __init__(self, reason: str, line: int | None = None, words: int = 0, place: str = "") -> None:
        super().__init__(reason)
        self.line = line
        self.words = words
        self.place = place


class Unpublished(BadFile):
    """The site does not publish the file, so it is not read."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the archive. `shown` is its path as reports name it, `inside` its path in its collection.

    `most_bytes`: a larger file is refused.
    """

    path: Path
    root: Path
    shown: str
    inside: str = ""
    most_bytes: int = MAX_BYTES

    @property
    def name(self) -> str:
        """The path in the collection without the suffix, as in the address of its web page."""
        return _MARKDOWN.sub("", self.inside or self.path.name)

    @property
    def slug(self) -> str:
        """The id: the name without any suffix (one file's name ends in `.md.md`), its folders joined with `-`."""
        name = self.name
        while (shorter := _MARKDOWN.sub("", name)) != name:
            name = shorter
        return name.replace("/", "-")

    @property
    def person(self) -> str:
        """The id of a person's page: the file's name, in any folder."""
        return SourceFile(self.path, self.root, self.shown).slug

    @property
    def template(self) -> bool:
        """Whether it is the site's template, which is neither an episode nor a fault."""
        return (self.inside or self.path.name) == "_template.md"

    @property
    def markdown(self) -> bool:
        """Whether the file has a Markdown suffix."""
        return _MARKDOWN.search(self.path.name.rstrip("~")) is not None

    @property
    def unpublished(self) -> str:
        """Why Jekyll does not publish a file of this name, or ""."""
        for part in (self.inside or self.path.name).split("/"):
            if part.startswith(_UNPUBLISHED):
                return f"unpublished: {_printable(part)!r:.80} begins with {part[0]!r}; it is not read"
        return "unpublished: a backup, whose name ends with '~'; it is not read" if self.path.name[-1] == "~" else ""

    def read_bytes(self) -> bytes:
        """The file's bytes; raises `BadFile`."""
        name = self.inside or self.path.name
        if not self.slug or not name.isprintable() or len(os.fsencode(name)) > MAX_NAME_BYTES:
            raise BadFile(f"a file's name has to be printable, with 1 to {MAX_NAME_BYTES} bytes before .md")
        try:
            if not self.path.resolve().is_relative_to(self.root.resolve()):
                raise BadFile("a link that leads out of the archive; it is not followed")
            if not self.path.is_file():
                raise BadFile("not a regular file")
            if (size := self.path.stat().st_size) > self.most_bytes:
                raise BadFile(f"{size:,} bytes; the limit is {self.most_bytes:,}")
            return self.path.read_bytes()
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            raise BadFile(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error

    def read(self) -> str:
        """The file's text; raises `BadFile`."""
        data = self.read_bytes()
        try:
            text = data.decode("utf-8-sig").lstrip("\ufeff")
            # YAML ends a line at these, editors do not: reports would name other lines than those seen.
            text = _UNSEEN_BREAKS.sub(" ", text)
            return text.replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise BadFile(f"not UTF-8 text: {error.reason}", line) from error

    def digest(self) -> str:
        """SHA-256 of the bytes; of the error text, if the file cannot be read."""
        try:
            return hashlib.sha256(self.read_bytes()).hexdigest()
        except BadFile as bad:
            return f"unreadable: {bad}"


def fits_a_name(slug: str) -> bool:
    """Whether a slug can be a part of a file's name, as the index needs it."""
    one_name = slug.isprintable() and not re.search(r"^\.|[/\\]", slug)
    return one_name and 0 < len(slug.encode()) <= MAX_NAME_BYTES


def require_published(file: SourceFile, front: FrontMatter | None = None) -> None:
    """Raise `Unpublished` if the site does not publish the file, by its name or its front matter."""
    if file.unpublished:
        raise Unpublished(file.unpublished)
    if front and is_false(front.get("published")):
        raise Unpublished("unpublished: `published` is false; it is not read", front.line_of("published"))


def list_files(folder: Path, root: Path) -> list[SourceFile]:
    """The Markdown files of `folder` and its subfolders, unpublished ones included, sorted.

    The list is empty if the folder is missing or not readable.
    """
    return [file for file in all_files(folder, root) if file.markdown]


def all_files(folder: Path, root: Path) -> list[SourceFile]:
    """All files under `folder`, sorted by path."""
    found = sorted(_walk(folder))
    return [
        SourceFile(folder / inside, root, f"{folder.name}/{_printable(inside)}", inside)
        for inside in (path.relative_to(folder).as_posix() for path in found)
    ]


def _walk(folder: Path) -> Iterator[Path]:
    """Files, links to folders (which are not followed), and folders with a name like a Markdown file."""
    for here, folders, files in os.walk(folder):
        place = Path(here)
        odd = [name for name in folders if _MARKDOWN.search(name) or (place / name).is_symlink()]
        folders[:] = [name for name in folders if name not in odd]
        yield from (place / name for name in (*files, *odd))


def _printable(name: str) -> str:
    """A file's name with unprintable characters escaped, including bytes that are not UTF-8."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


@dataclass(frozen=True)
class FrontMatter:
    """Parsed front matter, or a whole YAML file: `root` is its mapping, `words` the number in its transcript.

    `rest` is the text below it.
    """

    root: Node
    words: int = 0
    rest: str = ""

    @cached_property
    def data(self) -> dict[str, Any]:
        """The mapping without its lines; every scalar is text as it is written."""
        data: dict[str, Any] = self.root.plain()
        return data

    def get(self, key: str) -> Node:
        """The value of a top-level key, in any case; an empty node if it is missing."""
        pair = self._pair(key)
        return pair.value if pair else Node(0)

    def line_of(self, key: str) -> int | None:
        """The line of a top-level key; of equal ones the last."""
        pair = self._pair(key)
        return pair.line if pair else None

    def _pair(self, key: str) -> Pair | None:
        """The last pair with exactly this key, or else with the key in another case."""
        pairs = [pair for pair in self.root.pairs or () if known_key(pair.key) == known_key(key)]
        return max(pairs, key=lambda pair: (pair.key == key, pair.line), default=None)

    def entry_line(self, position: int) -> int | None:
        """The line on which the transcript's entry at `position` starts."""
        entries = self.get("transcript").items or []
        return entries[position].line if position < len(entries) else None


def parse_front_matter(text: str) -> FrontMatter:
    """Parse the YAML between the leading `---` and the next one, or `...`; raises `BadFile`."""
    opening = _OPENING.match(text)
    if opening is None:
        raise BadFile("no front matter: the file does not open with ---", 1)
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise BadFile("the front matter is not closed with ---; is the file cut off?", text.count("\n") + 1)
    return _mapping(text[opening.end() : closing.start()], 2, WordCount(), "the front matter", text[closing.end() :])


def parse_record(text: str, entries: str = "transcript") -> FrontMatter:
    """Parse a YAML file that is one mapping; `entries`: the key whose words count. Raises `BadFile`."""
    return _mapping(text, 1, WordCount(entries), "the file", "")


def _mapping(text: str, first_line: int, count: WordCount, what: str, rest: str) -> FrontMatter:
    try:
        root = read_yaml(text, first_line, count)
    except BadYaml as bad:
        raise BadFile(str(bad), bad.line) from bad
    if root is None or root.pairs is None:
        raise BadFile(f"{what} is not a mapping", first_line)
    return FrontMatter(root, count.words, rest)

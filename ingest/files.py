"""One file of the archive: reading it within limits, and its front matter.

Everything that can be wrong with a file as such ends in `BadFile`: too large,
not readable, not UTF-8, a link that leads out of the archive, front matter that
is missing, cut off or no valid YAML.

Front matter is surveyed before it is loaded. PyYAML's loader recurses in C, so a
deeply nested file would crash the process; aliases let a small file grow without
bound. The parser's events show both before the loader sees them, and know the
line of every entry. A very long number, which takes minutes to read, stays text.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# The largest transcript of the archive is 0.15 MB.
MAX_BYTES = 1024 * 1024
# A transcript nests three deep.
MAX_DEPTH = 50
# Keys and values; the longest transcript has 2,900, and a megabyte of tiny ones takes ten seconds.
MAX_VALUES = 50_000
# The slug names files of the index too; file systems allow 255 bytes.
MAX_NAME_BYTES = 200
_LONGEST_NUMBER = 40
_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastLoader):  # type: ignore[misc]
    """Safe YAML, in which a number of more than `_LONGEST_NUMBER` characters stays text."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> Any:
        return node.value if len(node.value) > _LONGEST_NUMBER else super().construct_yaml_int(node)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> Any:
        return node.value if len(node.value) > _LONGEST_NUMBER else super().construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


class BadFile(Exception):
    """The file cannot be used; `line` is where, if that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Markdown file of the archive. `shown` is its path as reports name it."""

    path: Path
    root: Path
    shown: str

    @property
    def name(self) -> str:
        """The file's name without one `.md`: what its web page is called."""
        return self.path.name.removesuffix(".md")

    @property
    def slug(self) -> str:
        """The id: the name without any `.md` (one file's name ends in `.md.md`)."""
        return self.name.removesuffix(".md")

    @property
    def template(self) -> bool:
        """Whether it is the site's blank form, which is no episode and no fault either."""
        return self.path.name == "_template.md"

    def read_bytes(self) -> bytes:
        """The file's bytes; raises `BadFile`."""
        name = self.path.name
        if not self.slug or not name.isprintable() or len(os.fsencode(name)) > MAX_NAME_BYTES:
            raise BadFile(f"a file's name has to be printable, with 1 to {MAX_NAME_BYTES} bytes before .md")
        try:
            if not self.path.resolve().is_relative_to(self.root.resolve()):
                raise BadFile("a link that leads out of the archive; it is not followed")
            if not self.path.is_file():
                raise BadFile("not a regular file")
            if (size := self.path.stat().st_size) > MAX_BYTES:
                raise BadFile(f"{size:,} bytes; the limit is {MAX_BYTES:,}")
            return self.path.read_bytes()
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            raise BadFile(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error

    def read(self) -> str:
        """The file's text; raises `BadFile`."""
        data = self.read_bytes()
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise BadFile(f"not UTF-8 text: {error.reason}", line) from error

    def digest(self) -> str:
        """SHA-256 of the bytes; of the fault, where the file cannot be read."""
        try:
            return hashlib.sha256(self.read_bytes()).hexdigest()
        except BadFile as bad:
            return f"unreadable: {bad}"


def list_files(folder: Path, root: Path) -> list[SourceFile]:
    """The `.md` files of `folder`, sorted; an empty list where it is missing or closed to us."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(".md"))
    except OSError:
        return []
    return [SourceFile(path, root, f"{folder.name}/{_printable(path.name)}") for path in paths]


def _printable(name: str) -> str:
    """A file's name with what cannot be printed escaped, bytes that are no UTF-8 included."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


@dataclass(frozen=True)
class FrontMatter:
    """Parsed front matter that still knows its lines."""

    data: dict[str, Any]
    _lines: dict[str, int | None] = field(default_factory=dict)
    _entries: tuple[int | None, ...] = ()

    def line_of(self, key: str) -> int | None:
        """The line on which a top-level key stands."""
        return self._lines.get(key)

    def entry_line(self, position: int) -> int | None:
        """The line on which the transcript's entry at `position` starts."""
        return self._entries[position] if position < len(self._entries) else None


def parse_front_matter(text: str) -> FrontMatter:
    """Parse the YAML between the leading `---` and the next one; raises `BadFile`."""
    if not text.startswith("---\n"):
        raise BadFile("no front matter: the file does not open with ---", 1)
    end = re.search(r"^---\s*$", text[4:], re.MULTILINE)
    if end is None:
        raise BadFile("the front matter is not closed with ---; is the file cut off?", text.count("\n") + 1)
    body = text[4 : 4 + end.start()]
    try:
        lines, entries = _survey(body)
        data = yaml.load(body, _Loader)
        if not isinstance(data, dict):
            raise BadFile("the front matter is not a mapping", 2)
        return FrontMatter({str(key): value for key, value in data.items()}, lines, entries)
    except yaml.MarkedYAMLError as error:
        raise _invalid(error) from error
    except yaml.reader.ReaderError as error:  # its position counts bytes
        line = body.encode()[: error.position].count(b"\n") + 2
        raise BadFile(f"invalid YAML: {error.reason}", line) from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise BadFile(f"invalid YAML: {error}"[:200]) from error


def _invalid(error: yaml.MarkedYAMLError) -> BadFile:
    """The parser's fault with the line of the file, and where what it read had begun."""
    reason = f"invalid YAML: {error.problem or error.context}"
    if error.problem and error.context and error.context_mark:
        reason += f" ({error.context} that starts on line {_line(error.context_mark)})"
    return BadFile(reason, _line(error.problem_mark))


def _line(mark: Any) -> int | None:
    """The file's line of a YAML mark: the front matter starts on the second."""
    return mark.line + 2 if mark else None


def _survey(body: str) -> tuple[dict[str, int | None], tuple[int | None, ...]]:
    """Lines of the top-level keys and of the transcript's entries; raises `BadFile` for what must not be loaded."""
    lines: dict[str, int | None] = {}
    entries: list[int | None] = []
    depth, values, key, key_is_next = 0, 0, "", True
    for event in yaml.parse(body, _Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            line = _line(event.start_mark)
            values += 1
            if values > MAX_VALUES:
                raise BadFile(f"the front matter holds over {MAX_VALUES:,} keys and values", line)
            if isinstance(event, yaml.AliasEvent):
                raise BadFile("the front matter uses a YAML alias (*name); quote text that starts with *", line)
            if depth == 1 and key_is_next:
                key = event.value if isinstance(event, yaml.ScalarEvent) else ""
                lines[key] = line
            elif depth == 2 and key == "transcript":
                entries.append(line)
            if depth == 1:
                key_is_next = not key_is_next
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise BadFile(f"the front matter nests over {MAX_DEPTH} deep", line)
    return lines, tuple(entries)

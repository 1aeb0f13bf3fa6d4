"""One file of the archive: reading it within limits, and its front matter.

Everything that can be wrong with a file as such ends in `BadFile`: too large,
not readable, not UTF-8, a link that leads out of the archive, front matter that
is missing, cut off or no valid YAML.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# The largest transcript of the archive is 0.2 MB.
MAX_BYTES = 4 * 1024 * 1024
# libyaml's parser recurses; a transcript nests three deep.
MAX_FLOW_DEPTH = 50
_KEY = re.compile(r"^([A-Za-z_][\w-]*):", re.MULTILINE)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
            return data.decode("utf-8-sig").replace("\r\n", "\n")
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
    return [SourceFile(path, root, f"{folder.name}/{path.name}") for path in paths]


@dataclass(frozen=True)
class FrontMatter:
    """Parsed front matter that still knows its lines."""

    data: dict[str, Any]
    _lines: dict[str, int] = field(default_factory=dict)
    _entries: tuple[int, ...] = ()

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
    if _flow_depth(body) > MAX_FLOW_DEPTH:
        raise BadFile("the front matter nests too deeply", 1)
    try:
        data = yaml.load(body, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BadFile(f"invalid YAML: {error.problem}", mark.line + 2 if mark else None) from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise BadFile(f"invalid YAML: {error}"[:200]) from error
    if not isinstance(data, dict):
        raise BadFile("the front matter is not a mapping", 2)
    lines = {match.group(1): body.count("\n", 0, match.start()) + 2 for match in _KEY.finditer(body)}
    return FrontMatter({str(key): value for key, value in data.items()}, lines, _entry_lines(body, lines))


def _flow_depth(body: str) -> int:
    """Upper bound of how deep flow collections nest: openers of the longest run of them."""
    longest = max((len(m.group().replace(" ", "")) for m in re.finditer(r"(?:[\[{]\s*){10,}", body)), default=0)
    indent = max((len(m.group(1)) for m in re.finditer(r"^((?:- ){10,})", body, re.MULTILINE)), default=0)
    return max(longest, indent)


def _entry_lines(body: str, lines: dict[str, int]) -> tuple[int, ...]:
    """Lines of the transcript's entries; they start with a dash at the same indent throughout."""
    if "transcript" not in lines:
        return ()
    first = lines["transcript"] + 1
    rows = body.split("\n")[first - 2 :]
    indent = next((row[: len(row) - len(row.lstrip())] for row in rows if row.lstrip().startswith("- ")), "")
    found: list[int] = []
    for offset, row in enumerate(rows):
        if row.startswith(f"{indent}- "):
            found.append(first + offset)
        elif _KEY.match(row):
            break
    return tuple(found)

"""Reads the front matter of a wiki's page: texts and lists, with their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml


@dataclass(frozen=True, slots=True)
class Front:
    """The keys of a front matter; `fault` says why it cannot be read. Line 1 of the file is its first `---`."""

    values: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""

    @property
    def layout(self) -> str:
        """The kind of page."""
        return self.text("layout")

    @property
    def title(self) -> str:
        """The page's title."""
        return self.text("title")

    @property
    def summary(self) -> str:
        """The page's summary."""
        return self.text("summary")

    def text(self, key: str) -> str:
        """One text; empty if it is missing or a list."""
        value = self.values.get(key)
        return "" if value is None or isinstance(value, list | dict) else " ".join(str(value).split())

    def listed(self, key: str) -> list[str]:
        """The texts of a list."""
        value = self.values.get(key)
        return [str(one).strip() for one in value if one is not None] if isinstance(value, list) else []

    def has(self, key: str) -> bool:
        """Whether a key has a value."""
        return self.values.get(key) not in (None, "", [])

    def line(self, key: str) -> int:
        """The line of a key in the file; 1 if it is missing."""
        return self.lines.get(key, 1)


def read_front(text: str) -> Front:
    """The front matter of a page; scalars are read as text (`No` is a word)."""
    if not text.strip():
        return Front(fault="the page has no front matter; begin with ---, layout, title, summary and related")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 2})" if mark else ""
        return Front(fault=f"the front matter is no YAML{where}: {getattr(error, 'problem', error)}")
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        return Front(fault="the front matter has no keys")
    return Front(values, {str(key.value): key.start_mark.line + 2 for key, _ in node.value})

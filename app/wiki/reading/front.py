"""Reads the front matter of a wiki's page: texts and lists, with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.front_matter.yaml_text import BadYaml, Node, read_yaml


@dataclass(frozen=True, slots=True)
class Front:
    """The keys of a front matter; `fault` says why it cannot be read. Line 1 of the file is its first `---`."""

    root: Node = field(default_factory=lambda: Node(1, pairs=[]))
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
        node = self.root.get(key)
        return " ".join((node.text or "").split()) if node else ""

    def listed(self, key: str) -> list[str]:
        """The texts of a list."""
        node = self.root.get(key)
        values = [item.plain() for item in (node.items if node else None) or ()]
        return [str(value).strip() for value in values if value is not None]

    def has(self, key: str) -> bool:
        """Whether a key has a value."""
        node = self.root.get(key)
        return node is not None and node.plain() not in (None, "", [])

    def line(self, key: str) -> int:
        """The line of a key in the file; 1 if it is missing."""
        return next((pair.line for pair in reversed(self.root.pairs or ()) if pair.key == key), 1)


def read_front(text: str) -> Front:
    """The front matter of a page; scalars are read as text (`No` is a word)."""
    if not text.strip():
        return Front(fault="the page has no front matter; begin with ---, layout, title, summary and related")
    try:
        root = read_yaml(text, 2)
    except BadYaml as bad:
        where = f" (line {bad.line})" if bad.line else ""
        return Front(fault=f"the front matter cannot be read{where}: {bad}")
    return Front(root) if root and root.pairs else Front(fault="the front matter has no keys")

"""The word lists of English: `lexicon.toml`, read once.

A name has the table and the key: `LEXICON.words("negation.negators")`. A name that is not there is a `KeyError` when
the module that asks for it is imported. Nothing here judges.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any


class Lexicon:
    """Word lists by name; nothing changes them."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables

    def text(self, name: str) -> str:
        """A list as it is written, on one line."""
        table, key = name.split(".")
        return " ".join(str(self._tables[table][key]).split())

    def words(self, *names: str) -> frozenset[str]:
        """The words of one or several lists."""
        return frozenset(word for name in names for word in self.text(name).split())

    def phrases(self, name: str) -> frozenset[tuple[str, ...]]:
        """A list of phrases, parted by commas, each as its words."""
        return frozenset(tuple(phrase.split()) for phrase in self.text(name).split(","))

    def groups(self, table: str) -> tuple[frozenset[str], ...]:
        """All lists of a table, in order."""
        return tuple(self.words(f"{table}.{key}") for key in self._tables[table])

    def mapping(self, name: str) -> dict[str, str]:
        """A list of pairs, each `word=other`."""
        return dict(pair.split("=") for pair in self.text(name).split())

    def either(self, *names: str) -> str:
        """A pattern for any word, or any phrase where commas part them, of one or several lists."""
        texts = [self.text(name) for name in names]
        entries = (entry for text in texts for entry in (re.split(", ?", text) if "," in text else text.split()))
        return "(?:" + "|".join(entry.replace("'", "['’]").replace(" ", r"\s+") for entry in entries) + ")"

    def opposites(self) -> dict[str, frozenset[str]]:
        """Each word, in lower case, with its opposites."""
        found: dict[str, set[str]] = {}
        for group in self.text("opposites.words").split():
            head, *rest = group.split("/")
            for other in rest:
                found.setdefault(head, set()).add(other)
                found.setdefault(other, set()).add(head)
        return {word: frozenset(others) for word, others in found.items()}


LEXICON = Lexicon(tomllib.loads(files("app.language").joinpath("lexicon.toml").read_text(encoding="utf-8")))

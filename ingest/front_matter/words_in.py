"""Counts the words of a transcript from the YAML parser's events.

The count is independent of the reader of transcripts, so any word dropped silently
shows as a difference. Only talk counts, so not headers (they
name chapters), seconds, clock times, labels of speakers, and values without a letter
under unknown keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from ingest.front_matter.yaml_text import is_nothing
from ingest.text import clean, sentences

# Keys of an entry without talk.
NO_TALK = ("header", "sec", "time")
_LONGEST_LABEL = 40
_MOST_LABEL_WORDS = 4
# "Ing. Solheim", "Lotte v.d. Berg": in a name, a dot after few letters does not end a sentence.
_ABBREVIATED = re.compile(r"^[^.?!]*\b(?:\w{1,4}\.)+ \S+[^.?!\s]$")
# A name with a job can be longer: "Dr. Ilva Nadrostek, head of kilns at Pellamore".
_LONGEST_TITLED_LABEL = 80


@dataclass(slots=True)
class _Level:
    """A list or mapping that has not ended: its current key, and whether the next event is a key."""

    mapping: bool
    key: str = ""
    at_key: bool = True


@dataclass(slots=True)
class WordCount:
    """Counts words while it is called with events; `entries` is the transcript's key, `words` the total."""

    entries: str = "transcript"
    words: int = 0
    _levels: list[_Level] = field(default_factory=list)

    def __call__(self, event: Any) -> None:
        """Take the parser's next event."""
        if isinstance(event, yaml.CollectionEndEvent):
            self._levels.pop()
            return
        if not isinstance(event, yaml.NodeEvent):
            return
        top = self._levels[-1] if self._levels else None
        key = bool(top and top.mapping and top.at_key)
        if isinstance(event, yaml.ScalarEvent):
            if key and top:
                top.key = event.value
            if not (is_nothing(event) or (key and len(self._levels) < 4)):
                self._count(event.value, key)
        if top and top.mapping:
            top.at_key = not top.at_key
        if isinstance(event, yaml.CollectionStartEvent):
            self._levels.append(_Level(isinstance(event, yaml.MappingStartEvent)))

    def _count(self, text: str, key: bool) -> None:
        levels = self._levels
        if not levels or known_key(levels[0].key) != self.entries or (key and self._entry_key() != "line"):
            return
        self.words += words_under(self._entry_key(), text, plain=len(levels) == 3)

    def _entry_key(self) -> str:
        entry = self._levels[2] if len(self._levels) > 2 else None
        return known_key(entry.key) if entry and entry.mapping and not self._levels[1].mapping else ""


def known_key(key: str) -> str:
    """A key as the schema spells it: case and blanks around it are ignored."""
    return key.strip().casefold()


def words_under(key: str, text: str, *, plain: bool = True) -> int:
    """Number of words of talk in a text under an entry's key; `plain`: it is the key's own value."""
    if key == "line":
        return len(text.split())
    if plain and (key in NO_TALK or (key == "who" and not is_talk(text))):
        return 0
    return len(text.split()) if any(c.isalpha() for c in text) else 0


def is_talk(who: str) -> bool:
    """Whether a text in place of a speaker's name is talk: too long for a label, or a sentence.

    A label names somebody, so most of its words have capitals, also if a job or a company makes it long.
    """
    text = clean(who)
    if not any(c.isalpha() for c in text):  # nor are its words counted
        return False
    label = text.strip(" :.,;-")
    parts = label.split()
    names = 2 * sum(not part[0].islower() for part in parts) >= len(parts)
    if len(sentences(label)) > 1 and not (names and len(parts) <= _MOST_LABEL_WORDS and _ABBREVIATED.search(label)):
        return True
    if len(parts) <= _MOST_LABEL_WORDS:
        spoken = text.endswith((".", "?", "!", "…")) and len(parts) > 2 and not names
        return spoken or len(label) > _LONGEST_LABEL
    return len(label) > _LONGEST_TITLED_LABEL or not names

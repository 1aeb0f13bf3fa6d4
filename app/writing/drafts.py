"""Reads a model's output, piece by piece, as drafted sentences with the evidence that each cites.

Two forms: JSON objects (`app.writing.prompt.schema`), read here, and text
with citation markers (`app.writing.parse_markers`). Both readers accept any output, keep a
bounded part of it, and give the same sentences however it was cut into pieces. A
sentence is returned as soon as nothing that follows can change it.

JSON objects are read when they close. Broken JSON at the end (truncated, quotes
not escaped) is searched for complete texts; output without any JSON is read as
text with markers.

Nothing here judges whether a sentence is true.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from app.writing.parse_json import LONGEST_TEXT, MOST_SENTENCES, Drafted, Reader
from app.writing.parse_markers import MarkReader, split_marked
from ingest.text import clean

# An entry that is not valid JSON: its text up to what looks like the end of the text.
_ENTRY = re.compile(
    r'"(?:text|sentence)"\s*:\s*"(?P<text>.*?)(?<!\\)"\s*'
    r'(?:,\s*"cites"\s*:\s*\[?(?P<cites>[^\]}]*)(?P<closed>[\]}])?|\}|(?:,\s*"?\w{0,5}"?\s*:?\s*)?$)',
    re.DOTALL,
)
# Near the longest text that the schema allows, an engine lets only short tokens pass, and the model breaks off.
_NEAR_LONGEST = 40
_END_OF_SENTENCE = re.compile(r"[.!?…][\"”’')]*$")


class Form(StrEnum):
    """How a model is asked to cite."""

    JSON = "json"
    MARKS = "marks"


class JsonReader(Reader):
    """Reads JSON objects with `text` and `cites`, alone, in a list or in an object, with anything before and after."""

    def __init__(self, count: int, most: int = MOST_SENTENCES) -> None:
        super().__init__(count, most)
        self._at = 0
        self._open: list[int] = []
        self._quoted = self._escaped = False
        self._read_to = 0

    def _complete(self) -> list[Drafted]:
        found: list[Drafted] = []
        while self._at < len(self._text) and not self._ended:
            found.extend(self._step(self._text[self._at]))
            self._at += 1
        return found

    def _step(self, char: str) -> list[Drafted]:
        if self._quoted:
            self._quoted = self._escaped or char != '"'
            self._escaped = char == "\\" and not self._escaped
        elif char in "{[":
            self._open.append(self._at)
        elif self._open and char == '"':
            self._quoted = True
        elif self._open and char in "}]":
            return self._closed(self._text[self._open.pop() : self._at + 1])
        return []

    def _closed(self, text: str) -> list[Drafted]:
        """The sentences of an object or list that has just been closed."""
        value = _parsed(text)
        if text[0] == "{" and (value is None or _is_entry(value)):
            found = self._entries(text) if value is None else self._entry(value)
            self._read_to = self._at + 1 if found else self._read_to
            self._ended = not self._open and value is not None and "sentences" in value
            return found
        # The outermost value ends the answer, unless it was part of a preface.
        if not self._open and (isinstance(value, dict) or (isinstance(value, list) and self._read_to)):
            self._ended = True
        return self._plain(value) if not self._open else []

    def _entry(self, value: dict[str, Any]) -> list[Drafted]:
        text = value.get("text", value.get("sentence"))
        return _split_entry(text, tuple(_integers(value.get("cites")))) if isinstance(text, str) else []

    def _entries(self, text: str) -> list[Drafted]:
        """Entries of text that is not valid JSON."""
        return [
            drafted
            for match in _ENTRY.finditer(text)
            for drafted in _split_entry(
                _unescaped(match["text"]), tuple(_finished(match["cites"] or "", bool(match["closed"])))
            )
        ]

    def _plain(self, value: Any) -> list[Drafted]:
        """Sentences given as bare strings."""
        listed = value.get("sentences") if isinstance(value, dict) else value
        texts = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
        return [drafted for text in texts for drafted in _split_entry(text, ())]

    def _rest(self) -> list[Drafted]:
        if "{" in self._text or self._read_to:
            return self._entries(self._text[self._read_to :])
        marks = MarkReader(self.count)
        return [*marks.feed(self._text), *marks.close()]


def reader(form: Form, count: int) -> Reader:
    """The reader of a form, for `count` pieces of evidence."""
    return JsonReader(count) if form is Form.JSON else MarkReader(count)


def drafted(deltas: Iterable[str], form: Form, count: int) -> Iterator[Drafted]:
    """The sentences of an output in pieces, each as soon as it is complete; stops reading when done."""
    read = reader(form, count)
    for delta in deltas:
        yield from read.feed(delta)
        if read.done:
            break
    yield from read.close()


def _split_entry(text: str, cites: tuple[int, ...]) -> list[Drafted]:
    """One text of the JSON form as sentences; their own markers replace the entry's numbers."""
    parts = split_marked(clean(text))
    if len(text) >= LONGEST_TEXT - _NEAR_LONGEST and not _END_OF_SENTENCE.search(text.rstrip()):
        parts = parts[:-1]
    return [Drafted(part.text, part.cites or cites) for part in parts]


def _integers(value: Any, depth: int = 3) -> Iterator[int]:
    """All whole numbers in a `cites` value of any type."""
    if isinstance(value, str):
        yield from (int(number) for number in re.findall(r"(?<![\d.])[0-9]{1,3}(?![\d.])", value))
    elif isinstance(value, list | dict) and depth:
        for item in value if isinstance(value, list) else value.values():
            yield from _integers(item, depth - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        yield int(value)


def _finished(text: str, closed: bool) -> Iterator[int]:
    """The numbers of a list that may have been cut off in the middle of its last one."""
    yield from _integers(text if closed else text.rpartition(",")[0])


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and ("text" in value or "sentence" in value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _unescaped(text: str) -> str:
    """The text of a JSON string whose inner quotes may not be escaped."""
    value = _parsed('"' + re.sub(r'(?<!\\)"', r"\"", text) + '"')
    return value if isinstance(value, str) else text

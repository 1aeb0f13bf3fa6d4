"""Reads JSON with one long list, and gives each element of the list with its line in the file.

The standard library's parser tells no lines, and the YAML reader of front matter is too slow here: the
word times of a four-hour transcript are 400,000 values. So the top level is walked here, and each
element is read by the library. Keys that stand twice are kept, and numbers of any length are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from typing import Any

from ingest.front_matter.files import BadFile

# Elements with their lines; at the end, the index behind them.
_Walk = Generator[tuple[int, Any], None, int]
_BLANK = re.compile(r"[ \t\n\r]*")


class Pairs(list[tuple[str, Any]]):
    """A JSON object: its keys and values in their order, keys that stand twice included."""

    def get(self, key: str) -> Any:
        """The value of a key; of equal keys the first; None if there is none."""
        return next((value for name, value in self if name == key), None)


_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=float, parse_float=float)


class JsonList:
    """Walks a JSON text up to one of the lists with the given names, and over its elements.

    `name` is the list's: "" for a list that is the whole text. `odd` are values under these names
    that are no lists: name, line and value. Raises `BadFile` for invalid JSON and if there is no such list.
    """

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self._text, self._names = text, names
        self.name: str | None = None
        self.odd: list[tuple[str, int, Any]] = []
        self._line, self._counted = 1, 0

    def elements(self) -> Generator[tuple[int, Any], None, None]:
        """Line and value of each element of the lists, in the order of the file."""
        at = self._skip(0)
        if self._text[at : at + 1] == "[":
            self.name = ""
            at = yield from self._list(at)
        elif self._text[at : at + 1] == "{":
            at = yield from self._object(at)
        else:
            raise BadFile("not JSON: it begins neither with { nor with [", self._line_of(at))
        if (end := self._skip(at)) < len(self._text):
            raise BadFile("invalid JSON: text after its end", self._line_of(end))
        if self.name is None and not self.odd:
            raise BadFile(f"the JSON holds no list of cues: none of the keys {', '.join(map(repr, self._names))}", 1)

    def _object(self, at: int) -> _Walk:
        """The elements of the lists in the object that begins at `at`; returns its end."""

        def member(at: int) -> _Walk:
            key, at = self._value(at)
            if not isinstance(key, str):
                raise BadFile("invalid JSON: a key is not text", self._line_of(at))
            at = self._skip(at)
            if self._text[at : at + 1] != ":":
                raise self._broken("expected : after a key", at)
            at = self._skip(at + 1)
            if key in self._names and self._text[at : at + 1] == "[":
                self.name = key
                return (yield from self._list(at))
            number = self._line_of(at)
            value, at = self._value(at)
            if key in self._names and value is not None:
                self.odd.append((key, number, value))
            return at

        return (yield from self._members(at, "}", member))

    def _list(self, at: int) -> _Walk:
        def element(at: int) -> _Walk:
            number = self._line_of(at)
            value, at = self._value(at)
            yield number, value
            return at

        return (yield from self._members(at, "]", element))

    def _members(self, at: int, end: str, read: Callable[[int], _Walk]) -> _Walk:
        """Read what stands between brackets and commas; returns the index after the closing one."""
        at = self._skip(at + 1)
        if self._text[at : at + 1] == end:
            return at + 1
        while True:
            at = self._skip((yield from read(at)))
            mark = self._text[at : at + 1]
            if mark == end:
                return at + 1
            if mark != ",":
                raise self._broken(f"expected , or {end}", at)
            at = self._skip(at + 1)

    def _value(self, at: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            raise self._broken(error.msg[:1].lower() + error.msg[1:], error.pos) from error
        except RecursionError as error:
            raise BadFile("the JSON nests too deep", self._line_of(at)) from error

    def _broken(self, why: str, at: int) -> BadFile:
        cut = "; is the file cut off?" if not self._text[at:].strip() or why.startswith("unterminated") else ""
        return BadFile(f"invalid JSON: {why}{cut}", self._text.count("\n", 0, at) + 1)

    def _skip(self, at: int) -> int:
        match = _BLANK.match(self._text, at)
        return match.end() if match else at

    def _line_of(self, at: int) -> int:
        """The line of an index; indexes come in order, so each line break is counted once."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = max(at, self._counted)
        return self._line

"""Reads chapters as Podcasting 2.0 writes them: JSON with `{"version", "chapters": [{"startTime", "title"}]}`.

`json` reads the values and does not say where they stand, so the items of the list are looked up once more. (The
reader of YAML knows lines, but refuses some JSON: emoji written as two escapes.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.feeds.model import Fault
from ingest.front_matter.files import BadFile
from ingest.front_matter.markup import plain
from ingest.front_matter.values import LATEST_S, second_of
from ingest.front_matter.yaml_text import Node

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_CHAPTERS = 5000
_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Chapters:
    """Chapters as (title, second), in the order of their seconds, and what is wrong in the file."""

    chapters: tuple[tuple[str, float], ...]
    problems: tuple[Fault, ...] = ()


def read_chapters(text: str) -> Chapters:
    """The chapters of a file; raises `BadFile` for what is no such file. Those with `toc: false` are for no reader."""
    text = text.removeprefix("\ufeff")
    listed = _listed(text)
    found: list[tuple[str, float]] = []
    faults: list[Fault] = []
    if len(listed) > MAX_CHAPTERS:
        faults.append((1, f"{len(listed):,} chapters; the first {MAX_CHAPTERS:,} are read"))
    for line, value in zip(_lines(text), listed[:MAX_CHAPTERS], strict=False):
        fault = _take(value, found)
        if fault:
            faults.append((line, fault))
    return Chapters(tuple(sorted(found, key=lambda chapter: chapter[1])), tuple(faults))


def _listed(text: str) -> list[Any]:
    """The items of the list; raises `BadFile`."""
    if len(text) > MAX_CHARACTERS:
        raise BadFile(f"{len(text):,} characters; the limit is {MAX_CHARACTERS:,}")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFile(f"broken JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; lists in lists in lists
        raise BadFile(f"the JSON cannot be read: {error}"[:200]) from error
    listed = data.get("chapters") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise BadFile('no file of chapters: it has to be {"version": …, "chapters": [ … ]}', 1)
    return listed


def _take(value: Any, found: list[tuple[str, float]]) -> str:
    """Add a chapter; returns what is wrong with it, or ""."""
    if not isinstance(value, dict):
        return f"a chapter has to be an object, and not {value!r:.40}"
    if value.get("toc") is False:
        return ""
    second = _second(value.get("startTime"))
    if second is None:
        return f"the startTime {value.get('startTime')!r:.40} is not a number of seconds; the chapter is left out"
    title = plain(value["title"]) if isinstance(value.get("title"), str) else ""
    if not title:
        return f"the chapter at second {second:g} has no title; it is left out"
    found.append((title, second))
    return ""


def _second(value: Any) -> float | None:
    """A second: a number, or a text with one, as some programs write it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    second = second_of(Node(1, value)) if isinstance(value, str) else value
    return float(second) if second is not None and 0 <= second < LATEST_S else None


def _lines(text: str) -> Iterator[int]:
    """The lines on which the items of the list `chapters` begin; the text is valid JSON."""
    at = _list_at(text)
    line, counted = 1, 0
    while text[at] != "]":
        at = _BLANK.match(text, at + 1).end()  # type: ignore[union-attr]
        if text[at] == "]":
            return
        line, counted = line + text.count("\n", counted, at), at
        yield line
        at = _skip(text, at)


def _list_at(text: str) -> int:
    """The position of the list's bracket; of repeated keys the last counts, as for `json`."""
    found = 0
    at = _BLANK.match(text).end()  # type: ignore[union-attr]
    while text[at] != "}":
        at = _BLANK.match(text, at + 1).end()  # type: ignore[union-attr]
        key, at = _DECODER.raw_decode(text, at)
        value = _BLANK.match(text, _BLANK.match(text, at).end() + 1).end()  # type: ignore[union-attr]
        found = value if key == "chapters" else found
        at = _skip(text, value)
    return found


def _skip(text: str, at: int) -> int:
    """The position after a value and the blanks behind it."""
    return _BLANK.match(text, _DECODER.raw_decode(text, at)[1]).end()  # type: ignore[union-attr]

"""Reads chapters as Podcasting 2.0 writes them: JSON with `{"version", "chapters": [{"startTime", "title"}]}`.

`json` reads the values and does not say where they stand, so the lines come from a second reader. (The reader of YAML
knows lines, but refuses some JSON: emoji written as two escapes.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingest.cues.json_text import JsonList
from ingest.feeds.model import Fault
from ingest.front_matter.files import BadFile
from ingest.front_matter.markup import plain
from ingest.front_matter.values import LATEST_S, second_of
from ingest.front_matter.yaml_text import Node

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_CHAPTERS = 5000


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
    for line, value in zip(_lines(text, len(listed)), listed[:MAX_CHAPTERS], strict=False):
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


def _lines(text: str, count: int) -> Iterable[int]:
    """The lines on which the items of the list `chapters` begin; of repeated keys the last counts, as for `json`."""
    return deque((line for line, _ in JsonList(text, ("chapters",)).elements()), maxlen=count)

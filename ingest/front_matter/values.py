"""Reads values of the front matter as text, counts, seconds, dates and lists.

A scalar is text, exactly as written; each function reads one type and returns None
for other values. The caller reports these with the line.
"""

from __future__ import annotations

import math
import re
from datetime import date

from ingest.front_matter.markup import plain
from ingest.front_matter.yaml_text import Node

# Limits for untrusted files, far above anything seen.
LATEST_S = 1e6
# Limit of a second whose unit is not known yet: it may be milliseconds.
_LATEST_WRITTEN = 1e8
_COUNT = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,30})?")
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{2}(?:[.,][0-9]{1,9})?)")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
# Texts that mean that there is no number.
_NO_NUMBER = ("", "null", "none")


def text_of(node: Node | None) -> str:
    """Clean text; "" for a value that is not text."""
    return plain(node.text) if node and node.text is not None else ""


def is_empty(node: Node | None) -> bool:
    """Whether there is no value: the key is missing or empty."""
    return node is None or (node.text is None and node.items is None and node.pairs is None)


def count_of(node: Node) -> int | None:
    """A count; decimal, also with leading zeros: `010` is ten."""
    text = (node.text or "").strip()
    return int(text) if _COUNT.fullmatch(text) and int(text) < LATEST_S else None


def second_of(node: Node) -> float | None:
    """A second of a recording: `125`, `12.5`, or a clock time such as `1:40` or `1:02:03`; perhaps in milliseconds."""
    text = (node.text or "").strip()
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        seconds = seconds.replace(",", ".")  # as in subtitles
        value = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
        valid = float(seconds) < 60 and (hours is None or int(minutes) < 60)
    else:
        valid = _SECONDS.fullmatch(text) is not None
        value = float(text) if valid else math.inf
    return value if valid and value < _LATEST_WRITTEN else None


def no_number(node: Node | None) -> bool:
    """Whether a number is left out on purpose: empty, or a word for it."""
    return is_empty(node) or (node is not None and (node.text or "-").strip().casefold() in _NO_NUMBER)


def date_of(node: Node) -> str | None:
    """A day as `YYYY-MM-DD`; a time of day after it is ignored."""
    found = _DATE.match((node.text or "").strip())
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None


def is_switch(node: Node) -> bool:
    """Whether a value is a switch, on or off, as YAML 1.1 writes it."""
    return (node.text or "").strip().casefold() in ("true", "yes", "on") or is_false(node)


def is_false(node: Node | None) -> bool:
    """Whether a switch is off, as YAML 1.1 writes it."""
    return node is not None and (node.text or "").strip().casefold() in ("false", "no", "off")


def list_of(node: Node | None) -> list[Node]:
    """The items of a list; a text is split at its commas."""
    if node is None or node.items is not None:
        return list((node and node.items) or ())
    parts = [part for part in (node.text or "").split(",") if part.strip()]
    return [Node(node.line, part) for part in parts]


def shown(node: Node) -> str:
    """A value for a report: shortened, and without line breaks."""
    return f"{node.plain()!r:.40}"

"""Reads the chips of a wiki's text: `[[cite:slug@MM:SS=>Label]]`, the older forms with pipes, and links.

Nothing here knows the archive: a slug or a second may not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.wiki.rules import bad_label
from ingest.formats.content import plain_slug

_CHIP = r"\[\[(?P<inner>[^\[\]]+)\]\]"
CHIP = re.compile(_CHIP)
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?"
_RANGE = re.compile(rf"(?P<start>{_CLOCK})(?:\s*(?:-|–|—|to)\s*(?P<end>{_CLOCK}))?")
# Times in the text behind an old chip: "[[podcast:slug|Label]], 12:30-17:50 and 30:16-34:46", "... at 8:13".
_TIME_AFTER = re.compile(rf"(?:\s*(?:,|;|\band\b|\bat\b|\bfrom\b|\baround\b)\s*)+{_RANGE.pattern}")
_AT = re.compile(r"^(?P<slug>.*?)@(?P<time>[^@]*)$")


class Target(StrEnum):
    """What a chip points to."""

    CITE = "cite"
    MENTION = "podcast"
    PERSON = "person"
    BOOK = "book"
    PAGE = "page"


_PREFIXES = {
    "cite": Target.CITE,
    "podcast": Target.MENTION,
    "person": Target.PERSON,
    "author": Target.PERSON,
    "guest": Target.PERSON,
    "book": Target.BOOK,
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip. `slug` is the episode, book, person or page as written; `words` are what a reader sees.

    `start` and `end` are seconds; None if the chip has none. `written` is the chip as in the file. `pipe`: an older
    form. `fault`: what is wrong with its time, empty if nothing is.
    """

    target: Target
    slug: str
    words: str
    written: str
    start: int | None = None
    end: int | None = None
    pipe: bool = False
    fault: str = ""

    @property
    def evidence(self) -> bool:
        """Whether the chip says where a statement comes from. Before August, `podcast:` with a pipe did."""
        return self.target in (Target.CITE, Target.BOOK) or (self.target is Target.MENTION and self.pipe)

    def at(self, start: int, end: int | None) -> Chip:
        """The chip with a time that was written behind it."""
        return Chip(self.target, self.slug, self.words, self.written, start, end, self.pipe, self.fault)


def read_chip(written: str) -> Chip:
    """The chip of the text `[[...]]`, which may be broken over two lines."""
    inner = " ".join(written.strip("[]").split())
    prefix, colon, rest = inner.partition(":")
    target = _PREFIXES.get(prefix.strip().lower(), Target.PAGE) if colon else Target.PAGE
    body = rest if target is not Target.PAGE else inner
    if "=>" in body:
        slug, _, words = body.partition("=>")
        return _timed(target, slug.strip(), words.strip(), written)
    if "|" in body:
        return _piped(target, body, written)
    return _timed(target, body.strip(), body.strip() if target is Target.PAGE else "", written)


def _timed(target: Target, slug: str, words: str, written: str) -> Chip:
    match = _AT.match(slug) if target is not Target.PAGE else None
    if not match:
        return Chip(target, plain_slug(slug), words, written)
    second = second_of(match["time"].strip())
    good = re.fullmatch(r"\d{2,3}:[0-5]\d", match["time"].strip()) and target is Target.CITE
    fault = "" if good else f"the time “{match['time'].strip()}” is not written as @MM:SS"
    if target is not Target.CITE:
        fault = f"a {target}: chip has no time"
    return Chip(target, plain_slug(match["slug"].strip()), words, written, second, None, False, fault)


def _piped(target: Target, body: str, written: str) -> Chip:
    """An older chip: slug, and then label and times in any order."""
    slug, *rest = [part.strip() for part in body.split("|")]
    words, start, end = "", None, None
    for part in rest:
        match = _RANGE.search(part) if target is not Target.PAGE else None
        if match and start is None:
            start, end = second_of(match["start"]), second_of(match["end"]) if match["end"] else None
            part = re.sub(r"[\s,(]*(?:\bat)?\s*$", "", part[: match.start()])
        words = words or part
    return Chip(target, plain_slug(slug), words or (slug if target is Target.PAGE else ""), written, start, end, True)


def times_after(text: str) -> tuple[list[tuple[int, int | None]], int]:
    """Times at the beginning of the text behind an old chip, and how many characters they take."""
    found: list[tuple[int, int | None]] = []
    taken = 0
    while match := _TIME_AFTER.match(text, taken):
        start = second_of(match["start"])
        if start is None:
            break
        found.append((start, second_of(match["end"]) if match["end"] else None))
        taken = match.end()
    return found, taken


def second_of(time: str) -> int | None:
    """`68:06` or `1:02:50` in seconds; None if it is no time."""
    if not re.fullmatch(_CLOCK, time):
        return None
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


def time_of(second: float) -> str:
    """A second as chips write it: `04:42`, `68:06`."""
    minutes, seconds = divmod(int(second), 60)
    return f"{minutes:02d}:{seconds:02d}"


def chip_for(slug: str, second: float, *labels: str) -> str:
    """A new chip with the first of the labels that the wiki's rules allow, or else the first."""
    words = [_label(label) for label in labels]
    good = next((label for label in words if not bad_label(label)), words[0])
    return f"[[cite:{plain_slug(slug)}@{time_of(second)}=>{good}]]"


def _label(text: str) -> str:
    """The text without what would end a label early, or be markup in the page around it; a colon becomes a dash."""
    return re.sub(r"\s+", " ", re.sub(r"[\[\]{}|@`<>*\\]|=>|:", " ", re.sub(r":\s", " – ", text))).strip()

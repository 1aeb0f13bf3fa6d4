"""Reads one item of a feed: its values, each checked; what is wrong becomes a fault with its line.

    <item> -> Item (everything but the id, which depends on the other items)

A value that cannot be read is left out, and the item stays. Nothing here opens an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from email.utils import parsedate_tz
from urllib.parse import urlsplit

from ingest.feeds.model import TRANSCRIPTS, ChaptersLink, Media, Person, TranscriptLink
from ingest.feeds.xml_text import Element
from ingest.front_matter.markup import plain
from ingest.front_matter.values import LATEST_S, date_of, second_of
from ingest.front_matter.yaml_text import Node
from ingest.sources.urls import is_web, shown

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
# The second is the namespace's first address; some authors added a slash or another letter case.
PODCAST = (
    "https://podcastindex.org/namespace/1.0",
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
)
PODLOVE = "http://podlove.org/simple-chapters"
# Names go into every comparison of speakers; the specification allows 128 characters.
_LONGEST_NAME = 200
Tell = Callable[[int, str], None]

# Other names that feeds give to the types of transcripts.
_TYPES = {
    "text/vtt": "text/vtt", "application/vtt": "text/vtt", "text/webvtt": "text/vtt",
    "application/json": "application/json", "text/json": "application/json",
    "application/x-subrip": "application/x-subrip", "application/srt": "application/x-subrip",
    "text/srt": "application/x-subrip", "application/x-srt": "application/x-subrip", "text/x-subrip":
    "application/x-subrip", "text/html": "text/html", "application/xhtml+xml": "text/html",
}  # fmt: skip
_SUFFIXES = {suffix: kind for kind, suffix in TRANSCRIPTS.items()} | {".htm": "text/html"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.0+)?")


def podcast(name: str) -> tuple[str, ...]:
    """The full names of a tag of Podcasting 2.0."""
    return tuple(f"{space} {name}" for space in PODCAST)


def words(element: Element | None) -> str:
    """An element's text as plain text: one line, without HTML; "" if there is none."""
    return plain(element.text) if element else ""


def web_address(element: Element | None, text: str, tell: Tell, what: str) -> str:
    """An address of the web; any other one is told, and left out, since it would be shown as a link."""
    if element is None or not text or is_web(text):
        return text.replace(" ", "%20")
    tell(element.line, f"{what} is no address of the web: {shown(text)!r:.80}; it is left out")
    return ""


def persons(holder: Element, tell: Tell) -> tuple[Person, ...]:
    """The `podcast:person` directly in a channel or item; by the specification without a role the host, of the cast."""
    found = []
    for element in holder.all(*podcast("person")):
        given = element.attributes
        # Early feeds name them in an attribute.
        name = (words(element) or plain(given.get("name", "")))[:_LONGEST_NAME]
        if not name:
            tell(element.line, "a podcast:person without a name; it is left out")
            continue
        role, group = (plain(given.get(key, "")).casefold() for key in ("role", "group"))
        href = web_address(element, given.get("href", "").strip(), tell, f"the page of {name!r:.60}")
        found.append(Person(name, role or "host", group or "cast", href, element.line))
    return tuple(found)


def day(item: Element, tell: Tell) -> str | None:
    """The day of publication, as the publisher's own calendar has it: zones are not converted."""
    element = item.first("pubDate", "http://purl.org/dc/elements/1.1/ date")
    if element is None or not element.text:
        return None
    try:
        parsed = parsedate_tz(element.text)
        found = date(*parsed[:3]).isoformat() if parsed else date_of(Node(element.line, element.text))
    except (ValueError, OverflowError):  # the 32nd; a year of a hundred digits
        found = None
    if found is None:
        tell(element.line, f"the date {element.text!r:.60} is not known; write it as Fri, 09 Oct 2026 04:30:00 GMT")
    return found


def count(item: Element, name: str, tell: Tell) -> int | None:
    """A season or an episode's number: of Podcasting 2.0, else of Apple."""
    element = item.first(*podcast(name), f"{ITUNES} {name}")
    if element is None or not element.text:
        return None
    if _NUMBER.fullmatch(element.text) and float(element.text) < LATEST_S:
        return int(float(element.text))
    tell(element.line, f"the {name} {element.text!r:.40} is no whole number; it is left out")
    return None


def duration(item: Element, tell: Tell) -> float | None:
    """The length of the recording in seconds."""
    element = item.first(f"{ITUNES} duration")
    if element is None or not element.text:
        return None
    second = second_of(Node(element.line, element.text))
    if second is None or second >= LATEST_S:
        tell(element.line, f"the duration {element.text!r:.40} is neither seconds nor H:MM:SS; it is left out")
        return None
    return second or None  # some publishers write 0 for a length that they do not know


def media(item: Element, tell: Tell) -> Media | None:
    """The recording: the first enclosure of sound or film, else the first."""
    found = [
        Media(url, plain(one.attributes.get("type", "")).casefold())
        for one in item.all("enclosure")
        if (url := web_address(one, one.attributes.get("url", "").strip(), tell, "the enclosure"))
    ]
    played = (one for one in found if one.type.startswith(("audio/", "video/")))
    return next(played, found[0] if found else None)


def transcripts(item: Element, tell: Tell) -> tuple[TranscriptLink, ...]:
    """The links to transcripts in a type that is read, each once."""
    return tuple(dict.fromkeys(_transcripts(item, tell)))


def _transcripts(item: Element, tell: Tell) -> Iterator[TranscriptLink]:
    for element in item.all(*podcast("transcript")):
        given = element.attributes
        url, written = given.get("url", "").strip(), given.get("type", "").strip()
        if not _linked(element, url, tell, "podcast:transcript"):
            continue
        kind = _TYPES.get(written.partition(";")[0].strip().casefold()) or _by_suffix(url)
        if kind is None:
            known = ", ".join(TRANSCRIPTS)
            tell(element.line, f"a transcript of the type {written!r:.60} is not read; read are {known}")
            continue
        language = given.get("language", "").strip().casefold()
        yield TranscriptLink(url, kind, language, given.get("rel", "").strip().casefold(), element.line)


def chapters_file(item: Element, tell: Tell) -> ChaptersLink | None:
    """The link to a file of chapters."""
    element = next(item.all(*podcast("chapters")), None)
    if element is None:
        return None
    url = element.attributes.get("url", "").strip()
    if not _linked(element, url, tell, "podcast:chapters"):
        return None
    return ChaptersLink(url, element.attributes.get("type", "").strip(), element.line)


def chapters(item: Element, tell: Tell) -> tuple[tuple[str, float], ...]:
    """The chapters that stand in the feed itself (Podlove Simple Chapters), in the order of their seconds."""
    found = []
    for holder in item.all(f"{PODLOVE} chapters"):
        for element in holder.all(f"{PODLOVE} chapter"):
            start = element.attributes.get("start", "").strip()
            second = second_of(Node(element.line, start))
            title = plain(element.attributes.get("title", ""))
            if second is None or second >= LATEST_S or not title:
                tell(element.line, f"a chapter without a title or a second ({title!r:.60}, {start!r:.20}); left out")
                continue
            found.append((title, second))
    return tuple(sorted(found, key=lambda chapter: chapter[1]))


def _linked(element: Element, url: str, tell: Tell, what: str) -> bool:
    """Whether a link leads somewhere: to the web, or to a path beside the feed."""
    if not url:
        tell(element.line, f"{what} has no url; it is left out")
        return False
    relative = url.isprintable() and not _SCHEME.match(url) and not url.startswith("//")
    return relative or bool(web_address(element, url, tell, what))


def _by_suffix(url: str) -> str | None:
    """The type of a transcript by its file's name, where the feed gives none or a general one."""
    path = urlsplit(url).path.casefold()
    return next((kind for suffix, kind in _SUFFIXES.items() if path.endswith(suffix)), None)

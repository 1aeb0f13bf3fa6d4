"""Reads a podcast's feed: RSS 2.0 with the tags of Apple and of Podcasting 2.0.

    text -> elements (`ingest.feeds.xml_text`) -> the channel and its items -> Feed

Whatever can be read is read; faults stand in `Feed.problems` with their line. Only what is no RSS at all raises
`BadFile`. Tags are known by their namespace's address, never by a prefix. Nothing here opens an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.feeds import items
from ingest.feeds.items import ITUNES, web_address, words
from ingest.feeds.model import Fault, Feed, FeedEpisode, Person
from ingest.feeds.slugs import slugs
from ingest.feeds.xml_text import Element, read_xml
from ingest.front_matter.files import BadFile
from ingest.sources.urls import is_web

MAX_ITEMS = 10_000
_MOST_PROBLEMS = 1000
# Titles go into every passage.
_LONGEST_TITLE = 500
_OTHERS = {
    "http://www.w3.org/2005/Atom feed": "this is an Atom feed, which is not read; give the podcast's RSS feed",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF": "this is RSS 1.0, which is not read; give the RSS 2.0 feed",
    "html": "this is a web page and no feed; give the address of the feed",
    "http://www.w3.org/1999/xhtml html": "this is a web page and no feed; give the address of the feed",
    "opml": "this is a list of feeds (OPML), which is not read; give one feed's address",
}


@dataclass(slots=True)
class _Faults:
    """Collects faults; of too many the rest is counted."""

    found: list[Fault] = field(default_factory=list)
    unlisted: int = 0

    def tell(self, line: int, reason: str) -> None:
        if len(self.found) < _MOST_PROBLEMS:
            self.found.append((line, reason))
        else:
            self.unlisted += 1

    def all(self) -> tuple[Fault, ...]:
        more = [(0, f"{self.unlisted:,} more problems are not listed")] if self.unlisted else []
        return (*sorted(self.found), *more)


def read_feed(text: str) -> Feed:
    """The podcast that a feed describes; raises `BadFile` for a text that is no RSS feed.

    A person of the channel counts for each episode that names nobody of the same part (host, guest). The specification
    has an item's persons replace all; but most feeds name only the guests in their items.
    """
    root = read_xml(text)
    channel = next(root.all("channel"), None)
    if root.name != "rss" or channel is None:
        raise BadFile(_OTHERS.get(root.name, f"no RSS feed: its first element is {root.name!r:.60}"), root.line)
    faults = _Faults()
    regulars = items.persons(channel, faults.tell)
    return Feed(
        title=words(channel.first("title", f"{ITUNES} title"))[:_LONGEST_TITLE],
        link=_link(channel, faults),
        language=words(channel.first("language")).casefold(),
        description=words(channel.first("description", f"{ITUNES} summary")),
        persons=regulars,
        episodes=tuple(_episodes(channel, regulars, faults)),
        problems=faults.all(),
    )


def _link(holder: Element, faults: _Faults) -> str:
    element = holder.first("link")
    return web_address(element, element.text if element else "", faults.tell, "the link")


def _episodes(channel: Element, regulars: tuple[Person, ...], faults: _Faults) -> list[FeedEpisode]:
    found = list(channel.all("item"))
    if len(found) > MAX_ITEMS:
        faults.tell(found[MAX_ITEMS].line, f"{len(found):,} items; the first {MAX_ITEMS:,} are read")
    read = list(_once((_episode(item, regulars, faults) for item in found[:MAX_ITEMS]), faults))
    if not found:
        faults.tell(channel.line, "the feed has no items")
    names = slugs([(one.title, one.guid, one.published) for one in read])
    return [replace(one, slug=name) for one, name in zip(read, names, strict=True)]


def _once(episodes: Iterator[FeedEpisode | None], faults: _Faults) -> Iterator[FeedEpisode]:
    """The episodes without those whose guid an earlier one has."""
    seen: dict[str, int] = {}
    for one in episodes:
        if one is None:
            continue
        if one.guid in seen:
            line = seen[one.guid]
            faults.tell(one.line, f"the guid {one.guid!r:.80} is that of the item on line {line}; only that is read")
            continue
        seen[one.guid] = one.line
        yield one


def _episode(item: Element, regulars: tuple[Person, ...], faults: _Faults) -> FeedEpisode | None:
    """One item; None if it has nothing by which it could be known again."""
    tell = faults.tell
    own = items.persons(item, tell)
    media = items.media(item, tell)
    link = _link(item, faults)
    guid = _guid(item, [media.url if media else "", link], faults)
    if not guid:
        return None
    number, published = items.count(item, "episode", tell), items.day(item, tell)
    return FeedEpisode(
        line=item.line,
        guid=guid,
        slug="",
        title=_title(item, number, published, faults),
        link=link or _permanent(item),
        published=published,
        season=items.count(item, "season", tell),
        number=number,
        description=words(item.first("description", f"{ITUNES} summary")),
        persons=(*own, *_regulars(regulars, own)),
        media=media,
        transcripts=items.transcripts(item, tell),
        chapters=items.chapters(item, tell),
        chapters_file=items.chapters_file(item, tell),
        duration=items.duration(item, tell),
    )


def _regulars(regulars: tuple[Person, ...], own: tuple[Person, ...]) -> Iterator[Person]:
    """The channel's hosts and guests of a part that the item names nobody of."""
    parts = {person.part for person in own}
    return (person for person in regulars if person.part and person.part not in parts)


def _guid(item: Element, instead: list[str], faults: _Faults) -> str:
    """The guid, or else the address of the recording or page; "" if there is none of them."""
    if guid := words(item.first("guid")):
        return guid
    found = next((one for one in instead if one), "")
    then = "the address of its recording or page stands for it" if found else "the item is left out"
    faults.tell(item.line, f"an item without a guid; {then}")
    return found


def _permanent(item: Element) -> str:
    """The guid as the episode's page, which RSS says it is if it is an address."""
    guid = item.first("guid")
    permanent = guid is not None and guid.attributes.get("isPermaLink", "true").strip().casefold() != "false"
    return guid.text if guid is not None and permanent and is_web(guid.text) else ""


def _title(item: Element, number: int | None, published: str | None, faults: _Faults) -> str:
    if title := words(item.first("title", f"{ITUNES} title")):
        return title[:_LONGEST_TITLE]
    title = (
        f"Episode {number}" if number is not None else f"Episode of {published}" if published else "Untitled episode"
    )
    faults.tell(item.line, f"an item without a title; it is called {title!r}")
    return title

"""Converts text with entities and simple tags to plain text.

Exports write `&#39;` for an apostrophe and `<i>` around a word. Only certain
markup is removed: an entity that ends with `;`, a comment, and a whole tag of an element that formats text,
whose attributes all have values. `a < b`, `List<String>`, `<script>` and
machine tokens (`<|...|>`) are not changed: `ingest.injections` decides whether they may be
quoted.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

from ingest.text import clean

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"<!--[^<>]{0,500}-->|</?[A-Za-z][^<>]*>")
# Elements of the HTML standard that format text. Those that break a line become a blank.
_BREAKS = frozenset(
    "address article aside blockquote br center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li "
    "main nav ol p pre section table tbody td tfoot th thead tr ul wbr".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q s samp small span strike strong sub "
    "sup tt u var".split()
)
# Nested entities (`&amp;#39;`) and tags within them need one round each.
_MOST_ROUNDS = 5


def plain(text: str) -> str:
    """Text from a file, normalised (`ingest.text.clean`), with entities decoded and simple tags removed."""
    text = clean(text)
    if "&" not in text and "<" not in text:
        return text
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), _TAG.sub(_untagged, text))
        text = clean(text)
        if text == before:
            break
    return text


def _untagged(match: re.Match[str]) -> str:
    """The replacement of a tag: nothing, a blank, or the tag itself if it is not a simple one."""
    return _in_place_of(match.group())


@lru_cache(1024)
def _in_place_of(tag: str) -> str:
    reader = _TagReader()
    reader.feed(tag)
    if reader.name is None:
        return tag
    return " " if reader.name in _BREAKS else ""


class _TagReader(HTMLParser):
    """Reads one tag: `name` is the element's, "" for a comment, None if the text is not a simple tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.name: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS | _INLINE and all(value is not None for _, value in attrs):
            self.name = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS | _INLINE:
            self.name = tag

    def handle_comment(self, data: str) -> None:
        self.name = ""

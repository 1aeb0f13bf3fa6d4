"""Makes headings of chapters' titles, as the wiki writes and allows them.

Chapters are called "Cost of Ownership: renting, buying and who pays": the whole, and each part around the colon, is a
possible heading. Nothing here chooses one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.language.tokens import tokens
from app.wiki.rules import LONGEST_SUMMARY, LONGEST_TITLE, SHORTEST_SUMMARY, heading_allowed
from index.opened import Index
from ingest.text import clean

# Characters and content words of a heading.
_LONGEST, _FEWEST, _MOST = 56, 2, 8
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
# Words that titles write small.
_SMALL = frozenset("a an and as at but by for from in into of on or the to vs with".split())
_WORD = re.compile(r"[^\W_][^\s/–—-]*")


def headings_of(title: str, topic: str, index: Index) -> Iterator[str]:
    """The possible headings of a chapter on a topic: short, about more than the topic, without people's names."""
    whole = clean(_ASIDE.sub("", title)).strip(" .:")
    parts = [part.strip(" .,") for part in re.split(r":\s", whole)]
    known = {token.key for token in tokens(topic)}
    for part in dict.fromkeys([whole, *parts]):
        said = [token for token in tokens(part) if token.content]
        beyond = any(token.key not in known for token in said)
        plain = not re.search(r"[?!|#\"“”→]", part) and not index.guest_names.find(part)
        if beyond and plain and len(part) <= _LONGEST and _FEWEST <= len(said) <= _MOST and heading_allowed(part):
            yield titled(part)


def titled(text: str) -> str:
    """The text with capitals as in titles; a word that has one keeps its own way."""
    return _WORD.sub(_capital, text)


def _capital(match: re.Match[str]) -> str:
    word = match.group()
    small = not word.islower() or (match.start() > 0 and word in _SMALL)
    return word if small else word[0].upper() + word[1:]


def title_of(topic: str) -> str:
    """The page's title: the topic, cut to as many whole words as the wiki allows."""
    whole = titled(clean(topic))
    while len(whole) > LONGEST_TITLE and " " in whole:
        whole = whole.rpartition(" ")[0]
    return whole[:LONGEST_TITLE].strip(" ,-")


def summary_of(title: str, headings: list[str]) -> str:
    """What the page is about, in as many characters as the wiki wants: its title and its headings."""
    for count in range(len(headings), 0, -1):
        text = f"{title} in practice: {_listed([_low(one) for one in headings[:count]])}."
        if len(text) <= LONGEST_SUMMARY:
            break
    else:
        text = f"{title} in practice."
    more = " With the views that practitioners hold and where they differ."
    return text if len(text) >= SHORTEST_SUMMARY else (text + more)[:LONGEST_SUMMARY]


def _low(heading: str) -> str:
    """A heading inside a sentence: words in title case get small letters."""
    return _WORD.sub(lambda match: match.group().lower() if match.group().istitle() else match.group(), heading)


def _listed(items: list[str]) -> str:
    return "; ".join(items)

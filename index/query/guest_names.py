"""Finds guests in a text by full name, surname or first name, and people who are not guests.

1. A full name counts, and a surname that only one guest has.
2. A first name counts if it clearly names a person: it has a capital, no other surname after it, is not an
   ordinary word ("Will", "Grace": recognised if the archive also writes it in lower case), and words or a view are
   ascribed to it ("What does Ben think of", "Ben says", "Ben's advice"). It means every guest with that name.
3. A stranger is somebody to whom words are ascribed and who is not a guest.

Questions and statements are read in the same way. Nothing here searches.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from index.query import name_patterns as patterns
from ingest.text import STOP_WORDS, fold

_SHORTEST_SURNAME = 5
# Least letters of a short form of a name: Theo, Theofilos.
_SHORTEST_SHORT = 4
# A first name in a larger share of passages is also an ordinary word ("Will").
_ORDINARY = 0.05
# So is one that this number of passages write in lower case.
_WRITTEN_SMALL = 2
# A name that the archive uses for nothing else is in at most this share of passages; a name of one word in
# hardly any.
MOST_SHARE = 0.002
MOST_PASSAGES = 2
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


class Spoken(Protocol):
    """Word frequencies of an archive; `index.opened.Index` has them."""

    def frequency(self, word: str) -> int:
        """Number of passages with a (lower-case) word."""

    def written_small(self, word: str) -> int:
        """Number of passages that write a word in lower case."""

    @property
    def size(self) -> int:
        """Number of passages."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a text, from `begin` to `end`, and the guests that it may mean."""

    begin: int
    end: int
    guests: tuple[str, ...]


class GuestNames:
    """Finds the guests of an archive in questions and statements."""

    def __init__(self, guests: Sequence[str], spoken: Spoken | None = None) -> None:
        """`spoken` separates ordinary words from names; without it every first name is a name."""
        self._spoken = spoken
        self._full: dict[tuple[str, ...], str] = {}
        self._first: defaultdict[str, list[str]] = defaultdict(list)
        by_surname: defaultdict[str, set[str]] = defaultdict(set)
        for guest in guests:
            parts = tuple(_WORD.findall(fold(guest)))
            if len(parts) > 1:
                self._full[parts] = guest
                by_surname[parts[-1]].add(guest)
                self._first[parts[0]].append(guest)
        self._surnames = {
            surname: next(iter(owners))
            for surname, owners in by_surname.items()
            if len(owners) == 1 and len(surname) >= _SHORTEST_SURNAME
        }
        self._is_ordinary = cache(self._ordinary)

    def find(self, text: str) -> tuple[str, ...]:
        """Guests named in the text, in the order of their names; all guests whom a first name may mean."""
        return tuple(dict.fromkeys(guest for own in self.owners(text) for guest in own))

    def owners(self, text: str) -> tuple[tuple[str, ...], ...]:
        """For each name in the text, in order, the guests that it may mean."""
        return tuple(dict.fromkeys(named.guests for named in self.named(text)))

    def unsure(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Names in the text that several guests share, as written, with those guests."""
        found = {
            bare(text[named.begin : named.end]): named.guests for named in self.named(text) if len(named.guests) > 1
        }
        return tuple(found.items())

    def knows(self, name: str) -> bool:
        """Whether a name, alone, is a guest's: a full name, surname, first name or short form."""
        first = bare(fold(name))
        return bool(self.find(name)) or first in self._first or bool(self._called(first))

    def spelled(self, text: str) -> str:
        """The text with its guests' names spelled as in the archive: "Misra" becomes "Mısra"."""
        for named in reversed(self.named(text)):
            own = {fold(part): part for guest in named.guests for part in _WORD.findall(guest)}
            written = _respelled(text[named.begin : named.end], own)
            text = text[: named.begin] + written + text[named.end :]
        return text

    def without(self, text: str) -> str:
        """The text without guests' names."""
        parts, at = [], 0
        for named in self.named(text):
            if named.begin >= at:
                parts.append(text[at : named.begin])
                at = named.end
        return " ".join(" ".join([*parts, text[at:]]).split())

    def strangers(self, question: str) -> list[str]:
        """Names to which a question ascribes words, and that no guest has."""
        if not patterns.SAYING.search(question):
            return []
        found = [
            name
            for name in written_names(question)
            if " " in name
            and not self.find(name)
            and (at := question.find(name)) > 0
            and patterns.ASCRIBED_TO.search(question[:at])
        ]
        alone = [match[1] for match in patterns.STRANGER.finditer(question) if self._nobody(match[1])]
        return [*found, *(name for name in alone if not any(name in other.split() for other in found))]

    def _nobody(self, name: str) -> bool:
        """Whether a name of one word is neither a guest's nor a word that the archive uses."""
        first = fold(name)
        known = self.knows(name) or any(first in parts for parts in self._full)
        return (
            not known
            and first not in STOP_WORDS
            and self._spoken is not None
            and (self._spoken.frequency(name.lower()) <= MOST_PASSAGES)
        )

    def named(self, text: str) -> list[Named]:
        """Names in the text, in order, with their places; a first name adds nobody if its full name is there, too."""
        sure = list(self._spans(text))
        known = {fold(guest.split()[0]) for named in sure for guest in named.guests}
        taken = [(named.begin, named.end) for named in sure]
        first = [
            named
            for named in self._first_names(text)
            if not any(begin < named.end and named.begin < end for begin, end in taken)
            and not known & {fold(bare(text[named.begin : named.end]))}
        ]
        return sorted([*sure, *first], key=lambda named: named.begin)

    def _spans(self, text: str) -> Iterator[Named]:
        """Full names and surnames.

        A surname needs a capital, unless it follows its first name.
        """
        written = list(_WORD.finditer(text))
        tokens = [bare(fold(match.group())) for match in written]
        for i, token in enumerate(tokens):
            for end in range(min(i + 4, len(tokens)), i + 1, -1):
                if guest := self._full.get(tuple(tokens[i:end])):
                    yield Named(written[i].start(), written[end - 1].end(), (guest,))
                    break
            else:
                if token in self._surnames and written[i].group()[0].isupper():
                    yield Named(written[i].start(), written[i].end(), (self._surnames[token],))

    def _first_names(self, text: str) -> Iterator[Named]:
        for match in _WORD.finditer(text):
            name = match.group()
            if not name[0].isupper() or name.isupper() or _surname_after(text, match.end()):
                continue
            guests = self._called(bare(fold(name)))
            if guests and _is_somebody(text, match.start(), match.end(), owns=bare(name) != name):
                yield Named(match.start(), match.end(), tuple(guests))

    def _called(self, first: str) -> list[str]:
        """Guests with a first name, or with the only one that it is short for."""
        if first in self._first:
            return [] if self._is_ordinary(first) else self._first[first]
        if len(first) < _SHORTEST_SHORT or self._spoken is None:
            return []
        longer = [name for name in self._first if name.startswith(first) and not self._is_ordinary(name)]
        unknown = self._spoken.frequency(first) <= MOST_SHARE * max(200, self._spoken.size)
        return self._first[longer[0]] if len(longer) == 1 and unknown else []

    def _ordinary(self, name: str) -> bool:
        if name in STOP_WORDS or self._spoken is None:
            return name in STOP_WORDS
        common = self._spoken.frequency(name) > _ORDINARY * max(200, self._spoken.size)
        return common or self._spoken.written_small(name) >= _WRITTEN_SMALL


def _is_somebody(text: str, begin: int, end: int, *, owns: bool) -> bool:
    """Whether a word in a text is clearly used as a person's name; `owns`: it has a possessive ending."""
    before, after = text[:begin], text[end:]
    opens = not before.strip() or before.rstrip()[-1] in ".!?"
    if owns:
        return opens or bool(patterns.OWNED_AFTER.match(after))
    return bool(
        (patterns.ASKED_BEFORE.search(before) and patterns.ASKED_AFTER.match(after))
        or patterns.SAID_AFTER.match(after)
        or patterns.BY_NAME_BEFORE.search(before)
        or patterns.OF_A_PERSON.search(after)
    )


def _surname_after(text: str, end: int) -> bool:
    """Whether another surname follows a first name, so that it is somebody else's."""
    return bool(re.match(rf" {patterns.PLAIN_WORD}\b(?! [A-Z])", text[end:])) and not re.match(
        rf" {patterns.SMALL}\b", text[end:], re.IGNORECASE
    )


def _respelled(name: str, own: dict[str, str]) -> str:
    """A name as the archive spells it; words that differ only in case, or are not in `own`, do not change."""

    def respelled(match: re.Match[str]) -> str:
        word = bare(match.group())
        known = own.get(fold(word), word)
        return match.group() if known.casefold() == word.casefold() else known + match.group()[len(word) :]

    return _WORD.sub(respelled, name)


def bare(name: str) -> str:
    """A name without a possessive ending."""
    return re.sub(r"['’]s?$", "", name)


def written_names(text: str) -> list[str]:
    """Names of people, and of some things, as a text writes them: consecutive words with capitals.

    A text all in capitals has none.
    """
    if text.isupper():
        return []
    names = []
    for run in patterns.NAME_IN_TEXT.findall(text):
        first, rest = run.split(" ", 1)
        # A question's first word ("Does NVLink") only looks like part of a name.
        names.append(bare(rest.strip() if fold(first) in STOP_WORDS else run))
    return names

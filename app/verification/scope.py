"""Whom and what a statement names: guests, episodes, and people who are no guests.

Guests are those that `index.query.guest_names` finds. An editor writes "in Scaling Search Teams"; a question seldom
does. So an episode is named by words of its title, written as a title. Nothing here searches.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.verification.frame import names_in, read_frame
from index.filters import Filters
from index.opened import Index
from index.query.guest_names import MOST_PASSAGES, MOST_SHARE, bare
from index.query.name_patterns import ALSO, DESCRIBES, FULL_NAME, NAME, SAYS, SMALL, WORD
from ingest.text import STOP_WORDS, sentences, stem, words

# A word of a title may be a number ("3D") or two words ("CI/CD").
_CAPITAL = r"[A-Z0-9][\w’'\-/]*"
# "In Scaling Search Teams", "(Scaling Search Teams": a title stands in an episode's place.
_TITLE = re.compile(rf"(?:\b[Ii]n|\(|:) (?:the )?({_CAPITAL}(?: (?:{SMALL} ){{0,2}}{_CAPITAL})+)")
_OPENING = re.compile(rf"\(({_CAPITAL}(?: (?:{SMALL} ){{0,2}}{_CAPITAL})+)")
# Share of a phrase's words, rare ones weighing more, that a title has to hold.
_LEAST_HELD = 0.75
_MOST_EPISODES = 4
# "NAME argues that": what follows is a claim of its own.
_REPORTED = re.compile(rf"(?:\b{SAYS}|(?:\bnot|n[’']t) \w+) that ", re.IGNORECASE)
# "NAME says", "NAME also says", "according to NAME": somebody to whom words are ascribed.
_ASCRIBED = (
    re.compile(rf"({NAME}) {ALSO}{SAYS}\b"),
    re.compile(rf"({FULL_NAME}) {ALSO}{DESCRIBES}\b"),
    re.compile(rf"\b[Aa]ccording to ({NAME})"),
)
# The same of one word, which names a tool as often as somebody: it has to be a word that the archive does not use.
_OF_ONE_WORD = re.compile(
    rf"\b({WORD}) {ALSO}{DESCRIBES}\b|"
    rf"\b({WORD})['’]s (?:[a-z-]+ ){{0,2}}(?:episode|interview|discussion|talk|advice|example|view|argument)\b"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where evidence has to come from: these guests' words, in these episodes; empty where a statement does not say.

    `conflict` says that none of the guests speaks in any of the episodes that are named beside
    them; the guests count then. `strangers` are people to whom words are ascribed and who are no guests.
    """

    guests: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    conflict: bool = False

    def filters(self) -> Filters:
        """As a search is narrowed."""
        return Filters(guests=self.guests, episodes=self.episodes)

    def __bool__(self) -> bool:
        return bool(self.guests or self.episodes or self.strangers)


class Names:
    """The names and titles of one index, ready to be found in statements."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def scopes(self, statement: str) -> tuple[Scope, list[tuple[str, Scope]]]:
        """The statement's scope, and each of its sentences with its own.

        A sentence that names nobody goes on about whom the sentence before it named; before
        anybody is named, about whom the statement names at all.
        """
        whole = self.scope(statement)
        found: list[tuple[str, Scope]] = []
        current = whole
        for sentence in sentences(statement):
            if own := self.scope(sentence):
                current = self._within(own, whole)
            found.append((sentence, current))
        return whole, found

    def scope(self, text: str) -> Scope:
        """What one text names."""
        return self._scope(self._index.guest_names.owners(text), self.episodes(text), self.strangers(text))

    def _within(self, own: Scope, whole: Scope) -> Scope:
        """A sentence's scope, narrowed to the statement's episodes where its guests speak in them."""
        if own.episodes or not own.guests:
            guests = own.guests or whole.guests
            return own if own.strangers else self._scope([(guest,) for guest in guests], own.episodes, ())
        narrowed = self._scope([own.guests], whole.episodes, own.strangers)
        return own if narrowed.conflict and not whole.conflict else narrowed

    def _scope(self, owners: Sequence[tuple[str, ...]], titled: tuple[str, ...], strangers: tuple[str, ...]) -> Scope:
        """`owners` has, for each name, the guests whose it is: those in a named episode are meant, if there are any."""
        speaking = {guest for slug in titled for guest in self._index.episodes[slug].guests}
        meant = [tuple(guest for guest in own if guest in speaking) or own for own in owners]
        guests = tuple(dict.fromkeys(guest for own in meant for guest in own))
        if not guests or not titled:
            return Scope(guests, titled, strangers)
        if not speaking & set(guests):
            return Scope(guests, (), strangers, conflict=True)
        if any(not speaking & set(own) for own in meant):
            return Scope(guests, (), strangers)  # somebody else's words are told of besides
        return Scope(guests, tuple(s for s in titled if set(self._index.episodes[s].guests) & set(guests)), strangers)

    def strangers(self, text: str) -> tuple[str, ...]:
        """People to whom a text ascribes words, and who are no guests."""
        ascribed = [match[1] for pattern in _ASCRIBED for match in pattern.finditer(text)]
        ascribed += [match[1] or match[2] for match in _OF_ONE_WORD.finditer(text)]
        ascribed += [name for frame in map(read_frame, sentences(text)) if frame for name in names_in(frame.head)]
        found = [name for name in map(bare, ascribed) if self._is_person(name)]
        # "Ilse Marquardt" and "Marquardt" are one.
        names = [name for name in found if not any(name != other and name in other.split() for other in found)]
        return tuple(dict.fromkeys(name for name in names if not self._index.guest_names.knows(name)))

    def episodes(self, text: str) -> tuple[str, ...]:
        """Slugs of the episodes whose titles a text names; several where titles hold the same words."""
        found: dict[str, None] = {}
        for phrase in [match[1] for pattern in (_TITLE, _OPENING) for match in pattern.finditer(text)]:
            said = {stem(word) for word in words(self._index.guest_names.without(phrase)) if word not in STOP_WORDS}
            total = sum(self._title_rarity(word) for word in said)
            if len(said) < 2:
                continue
            held = {
                slug: sum(self._title_rarity(word) for word in said & own) / total for slug, own in self._titles.items()
            }
            best = max(held.values(), default=0.0)
            same = [slug for slug, share in held.items() if share > best - 0.01]
            if best >= _LEAST_HELD and len(same) <= _MOST_EPISODES:
                found |= dict.fromkeys(same)
        return tuple(found)

    def _is_person(self, name: str) -> bool:
        """Whether a name is none of the field's words: rare in the archive, and in no title."""
        parts = [word for word in words(name) if word not in STOP_WORDS]
        if not parts or any(stem(word) in self._title_words for word in parts):
            return False
        if len(parts) == 1 and not (name.istitle() and name.isalpha()):
            return False
        share = MOST_SHARE * self._index.size if len(parts) > 1 else 0.0
        return self._index.frequency(parts[-1]) <= max(MOST_PASSAGES, share)

    @cached_property
    def _titles(self) -> dict[str, frozenset[str]]:
        """The words of each episode's title and slug, endings aside."""
        return {
            slug: frozenset(stem(word) for word in [*words(episode.title), *slug.split("-")] if word not in STOP_WORDS)
            for slug, episode in self._index.episodes.items()
        }

    @cached_property
    def _title_words(self) -> Counter[str]:
        return Counter(word for own in self._titles.values() for word in own)

    def _title_rarity(self, word: str) -> float:
        """Inverse document frequency among titles."""
        return math.log((len(self._titles) + 1) / (self._title_words[word] + 0.5))


def reported(sentence: str) -> str | None:
    """What somebody is told to have said: of "Simon argues that X", X; None where a sentence tells no such thing."""
    match = _REPORTED.search(sentence)
    return sentence[match.end() :] if match else None

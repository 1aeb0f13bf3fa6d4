"""Answers questions about the archive itself from its catalogue: counts and lists of episodes, guests and topics.

Everything comes from the episodes of the index in use that pass the filters. The newest episode is the
last of the last season if seasons are numbered (dates may be missing), else the one with the latest date.
Long lists are shortened and say so. Nothing here quotes, searches or ranks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from app.about.episodes import newest_first, size_of, within
from app.about.wanted import Fact, Wanted
from app.language.smalltalk import greeting
from index.filters import Filters
from index.opened import Index
from index.query.guest_names import written_names
from ingest.models import Episode, Role
from ingest.text import STOP_WORDS, fold, stem, words

MOST_EPISODES = 8
MOST_NAMES = 20
_MOST_SUBJECTS = 4


class Catalogue:
    """The facts of one index, limited by filters."""

    def __init__(self, index: Index, filters: Filters) -> None:
        self._index = index
        self._narrowed = " that the filters leave" if filters else ""
        self._episodes = newest_first([e for e in index.episodes.values() if within(e, filters)])
        self._guests = sorted({guest for e in self._episodes for guest in e.guests}, key=str.casefold)
        topics = Counter(topic for e in self._episodes for topic in e.topics)
        self._topics = [topic for topic, _ in sorted(topics.items(), key=lambda pair: (-pair[1], pair[0].casefold()))]

    def reply(self, asked: Wanted, question: str, *, talking: bool) -> tuple[str, ...] | None:
        """Sentences that answer a question; None if the catalogue has no answer.

        `talking`: earlier questions exist, so a greeting gets a short reply.
        """
        if asked.topic and asked.fact is not Fact.WORD:
            return self._on(asked, question)
        match asked.fact:
            case Fact.WHAT:
                return self._what(question, talking)
            case Fact.WORD:
                return self._word(asked, question)
            case Fact.HOST:
                return self._host()
            case Fact.SIZE:
                return (*self._listed(Wanted(Fact.COUNT), self._episodes, ""), size_of(self._episodes))
            case Fact.NEWEST | Fact.OLDEST:
                return self._at_an_end(asked, self._of(asked))
        if asked.noun == "episodes":
            return self._listed(asked, self._of(asked), f"{self._when(asked)}")
        return self._names(asked.noun, counted=asked.fact is Fact.COUNT)

    def _what(self, question: str, talking: bool) -> tuple[str, ...]:
        opening = [greeting(question)] if greeting(question) else []
        example = f"For example: “{self.example()}”"
        if opening and (talking or opening != ["Hello!"]):
            return (*opening, "Ask another question about the archive whenever you like.")
        made_up = "a made-up sample archive (invented guests and talks) of"
        name = self._index.catalog.name
        what = made_up if self._index.catalog.sample else f"the archive of {name}:" if name else "an archive of"
        subjects = _joined(self._topics[:_MOST_SUBJECTS])
        newest = (f"Its newest episode is {_shown(self._episodes[0])}.",) if self._episodes else ()
        return (
            *opening,
            f"This is {what} {_number(len(self._episodes), 'episode')} with {_number(len(self._guests), 'guest')}"
            + (f"{self._narrowed}, on {subjects} among others." if subjects else f"{self._narrowed}."),
            "Citecast answers questions from it, asked in English, with what its guests said: each quote names its "
            "episode, its speaker and its second.",
            example,
            *newest,
            "You can also ask for its episodes, guests and topics.",
        )

    def example(self, subject: str = "") -> str:
        """An example of a question."""
        about = subject or (self._topics[0] if self._topics else "their work")
        return f"What do guests say about {about}?"

    def _names(self, noun: str, *, counted: bool) -> tuple[str, ...]:
        found: Sequence[str]
        match noun:
            case "guests":
                found = self._guests
            case "topics":
                found = self._topics
            case _:
                found = [str(season) for season in sorted({e.season for e in self._episodes if e.season is not None})]
        held = (
            f"The archive{self._narrowed and ' within the filters'} has {_number(len(found), noun.removesuffix('s'))}"
        )
        if counted or not found:
            return (f"{held} in {_number(len(self._episodes), 'episode')}.",)
        if noun == "seasons":
            return (f"{held}: {_joined(found)}.",)
        order = "by name" if noun == "guests" else "the most frequent first"
        rest = len(found) - MOST_NAMES
        if rest <= 0:
            return (f"{held}: {_joined(found)}.",)
        return (
            f"{held}, {order}: {', '.join(found[:MOST_NAMES])} and {rest} more.",
            f"The chat’s filters list all {noun}.",
        )

    def _of(self, asked: Wanted) -> list[Episode]:
        return [
            e
            for e in self._episodes
            if (asked.season is None or e.season == asked.season)
            and (asked.year is None or (e.published or "").startswith(f"{asked.year}-"))
        ]

    def _when(self, asked: Wanted) -> str:
        year = f" dated {asked.year}" if asked.year is not None else ""
        return (f" of season {asked.season}" if asked.season is not None else "") + year

    def _listed(self, asked: Wanted, found: Sequence[Episode], what: str) -> tuple[str, ...]:
        held = f"The archive has {_number(len(found), 'episode') if found else 'no episode'}{what}{self._narrowed}"
        if asked.fact is Fact.COUNT and not what:
            return (f"{held}, with {_number(len(self._guests), 'guest')}.",)
        order = ", the newest first" if not what and len(found) > 1 else ""
        return (f"{held}{order}{':' if found else '.'}", *_items(found))

    def _at_an_end(self, asked: Wanted, found: Sequence[Episode], what: str = "") -> tuple[str, ...]:
        if not found:
            return (f"The archive has no episode{what}{self._when(asked)}{self._narrowed}.",)
        newest = asked.fact is Fact.NEWEST
        episode = found[0] if newest else found[-1]
        end = f"{'newest' if newest else 'oldest'} episode{what}{self._when(asked)}{self._narrowed}"
        told = f"The {end} is {_shown(episode)}."
        return (told,) if episode.published or not asked.date else (told, "The archive does not say when it came out.")

    def _on(self, asked: Wanted, question: str) -> tuple[str, ...] | None:
        """Episodes with a guest or on a topic; None if neither is in the catalogue."""
        episodes = self._of(asked)
        guests = self._index.guest_names.find(question)
        if guests:
            found = [e for e in episodes if not set(guests).isdisjoint(e.guests)]
            what = f" with {_joined(guests)}"
        elif asked.person:
            names = [name for name in written_names(question) if fold(name) in fold(asked.topic)]
            return (f"No guest of the archive is called {names[0]}.",) if names else None
        else:
            found, what = self.about(asked.topic, episodes), f" on “{_as_written(asked.topic, question)}”"
            if not found:
                return None
        if asked.fact in (Fact.NEWEST, Fact.OLDEST):
            return self._at_an_end(asked, found, what)
        return self._listed(asked, found, f"{what}{self._when(asked)}")

    def about(self, topic: str, episodes: Sequence[Episode]) -> list[Episode]:
        """Episodes with a topic's words in title or topics first, then those with them in a chapter title."""
        wanted = {stem(word) for word in words(topic) if word not in STOP_WORDS}
        if not wanted:
            return []
        titled = [e for e in episodes if wanted <= _stems(e.title, *e.topics)]
        chapters = [e for e in episodes if any(wanted <= _stems(chapter.title) for chapter in e.chapters)]
        return list(dict.fromkeys(titled + chapters))

    def called(self, name: str) -> list[str]:
        """Guests whose name contains every word of the given name."""
        wanted = set(words(fold(name)))
        return [guest for guest in self._guests if wanted and wanted <= set(words(fold(guest)))]

    def _word(self, asked: Wanted, question: str) -> tuple[str, ...]:
        word = question.strip(" ?!.,:;")
        guests = self.called(word)
        if guests:
            found = [e for e in self._episodes if not set(guests).isdisjoint(e.guests)]
            whole = f"What does {guests[0]} say about {_subject_of(found)}?"
            return (*self._listed(asked, found, f" with {_joined(guests)}"), f"Ask a whole question: “{whole}”")
        found = self.about(asked.topic, self._episodes)
        if found:
            told = self._listed(asked, found, f" on “{word}”")
            return (*told, f"For what was said of it, ask a whole question: “{self.example(word)}”")
        return (
            f"No title, topic or chapter of the archive names “{word}”.",
            f"Ask a whole question, so that what was said can be searched: “{self.example()}”",
        )

    def _host(self) -> tuple[str, ...] | None:
        hosts = Counter(
            host
            for e in self._episodes
            for host in {s.speaker for s in e.segments if s.role is Role.HOST and s.speaker}
        )
        told = [f"{host} ({_number(count, 'episode')})" for host, count in hosts.most_common(3)]
        return (f"The host who asks the questions: {_joined(told)}.",) if told else None


def _items(found: Sequence[Episode]) -> tuple[str, ...]:
    """A sentence for each of the first episodes, and one for the rest."""
    shown = tuple(f"{_shown(episode)}." for episode in found[:MOST_EPISODES])
    rest = len(found) - len(shown)
    return (*shown, f"{rest} more can be chosen in the chat’s filters.") if rest > 0 else shown


def _shown(episode: Episode) -> str:
    guests = f" with {_joined(episode.guests)}" if episode.guests else ""
    season = f"season {episode.season}" if episode.season is not None else ""
    number = f"episode {episode.number}" if episode.number is not None else ""
    place = ", ".join(part for part in (season, number, episode.published or "") if part)
    return f"“{episode.title}”{guests}" + (f" ({place})" if place else "")


def _as_written(topic: str, question: str) -> str:
    """A topic as the question writes it."""
    found = re.search(r"\W+".join(map(re.escape, topic.split())), question, re.IGNORECASE)
    return found[0] if found else topic


def _subject_of(episodes: Sequence[Episode]) -> str:
    return next((topic for e in episodes for topic in e.topics), "their work")


def _stems(*texts: str) -> set[str]:
    return {stem(part) for text in texts for word in words(text) for part in (word, *word.split("-"))}


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' if count != 1 else ''}"


def _joined(names: Sequence[str]) -> str:
    *others, last = names or ("",)
    return f"{', '.join(others)} and {last}" if others else last

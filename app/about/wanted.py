"""Decides whether a question is about the archive itself, and which fact of its catalogue it asks for.

    "How many episodes do you have about Kafka?"  ->  count, episodes, topic "kafka"

1. Words for the archive ("the podcast", "here"), a season and a year are removed.
2. A question about the archive has a noun of the catalogue (episodes, guests, topics, seasons). Before it are only
   words that count, list or order; after it is nothing, words for "there is", or the subject of the episodes.
   "How many episodes of training does an agent need?" has other words after the noun, and so has "Which guests
   recommend Airflow?". These, and all doubtful questions, are about what guests say.
3. A text without a word to search for asks what this is; a single word or name is answered with the episodes about it.

The rules are for English and read only the text; `app.about.replies` makes the answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.about.wording import plainly
from app.language.followup import OPENS_A_QUESTION, without_opening
from app.language.lexicon import LEXICON
from app.language.smalltalk import asks_nothing, small_talk


class Fact(StrEnum):
    """The kind of fact that a question asks for."""

    WHAT = "what"
    COUNT = "count"
    LIST = "list"
    NEWEST = "newest"
    OLDEST = "oldest"
    HOST = "host"
    WORD = "word"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact of the catalogue about `noun`; `topic`, `season` and `year` narrow the episodes, if given."""

    fact: Fact
    noun: str = "episodes"
    topic: str = ""
    season: int | None = None
    year: int | None = None
    person: bool = False
    date: bool = False


_NOUN = {form: noun for one, noun in LEXICON.mapping("catalogue.nouns").items() for form in (one, f"{one}s")}
_NOUN["talks"] = "episodes"
_PLACE = "archive|podcast|show|site|website|page|collection|database|library|series|channel"
_HERE = re.compile(
    rf"\b(?:(?:in|on|of|from|at|for|by|to|is|about) )?(?:this|the|your|that) (?:whole |entire |podcast )?(?:{_PLACE})"
    r"(?:'s)?\b(?! (?:episodes?|guests?|about \w+ \w+))|\b(?:in |on |of |at )?citecast\b"
)
_SEASON = re.compile(r"\b(?:(?:in|of|from|for) )?(?:the )?season (\d{1,3})\b")
_YEAR = re.compile(r"\b(?:in|of|from|for|during) ((?:19|20)\d\d)\b")
_NEWEST, _OLDEST = LEXICON.words("catalogue.newest"), LEXICON.words("catalogue.oldest")
_COUNTS = LEXICON.words("catalogue.counts")
_ONE_HERE = "_here"
# Words allowed before and after the noun; together they show that the question is about the catalogue.
_BEFORE = LEXICON.words("catalogue.before", "catalogue.newest", "catalogue.oldest") | {_ONE_HERE}
_AFTER = LEXICON.words("catalogue.after", "catalogue.newest", "catalogue.oldest") | {_ONE_HERE}
_ON = re.compile(
    r"(?:(?:that|which|where) )?(?:(?:is|are|was|were|you|guests?|they|we|do|does|somebody|someone|people) )*?"
    r"(?:(?:talk|talks|talked|talking|speak|speaks|deal|deals|dealing|focus|focuses|focused) )?"
    r"(?P<on>about|on|with|by|from|featuring|features?|covering|covers?|discuss(?:es|ing)?|mention(?:s|ing)?) "
    r"(?P<topic>.+)"
)
_WITH_SOMEBODY = LEXICON.words("catalogue.with_somebody")
_LONGEST_TOPIC = 6
_CLAUSE = LEXICON.words("catalogue.clause")
_HAVE = LEXICON.words("catalogue.have")
_ASKED_OF_IT = LEXICON.words("catalogue.asked_of_it")
_LONGEST_EMPTY = 8
_WAS_A_GUEST = re.compile(
    r"(?:has|was|is|did) (?P<topic>(?:\S+ ){1,3}?)(?:ever )?"
    r"(?:(?:been|appear|come|spoken?|speak)(?: as)?(?: (?:a guest|interviewed))?(?: _here)|"
    r"(?:been )?(?:a guest|one of the guests|interviewed)(?: _here)?)"
)
_BEGUN = re.compile(r"when (?:was|did) _here (?:start|started|begin|begun|launch|launched|first)|how old(?: is)? _here")
_SIZE = re.compile(
    r"how (?:big|large|long)(?: is)? _here|"
    r"(?:how (?:many|much)|(?:what is )?(?:the )?(?:total|number)(?: number)?(?: of)?) "
    r"(?:hours?|minutes?|words|chapters|audio|talk|running time|length|duration|size)"
    r"(?: of (?:all |the )*(?:audio|talk|speech|recordings?|material|text|transcripts?|episodes|_here))?"
    r"(?: (?:are|is|do|does|you|have|has|there|here|in|total|altogether|_here))*"
)
# Words in which typing errors are corrected.
_CATALOGUE_WORDS = frozenset(_NOUN) | {"list", "show", "what", "many", "latest", "newest", "oldest", "the", "how"}
_BESIDE_A_WORD = frozenset("about on the a an and please".split()) | _NOUN.keys()
_SPEAKS_OF_ONESELF = LEXICON.words("catalogue.oneself")
_HOSTS = re.compile(
    r"who (?:is|are|was|hosts|runs|presents|moderates)(?: the)?(?: hosts?| moderators?| presenters?)?(?: _here)?"
)
_POINTS = LEXICON.words("catalogue.points")


def wanted(question: str, *, talking: bool, name: str = "") -> Wanted | None:
    """The fact that a question asks for; None if it is not about the archive.

    In a conversation (`talking`) a single word, an empty question, or one with a pronoun refers to the previous
    question.
    """
    text = without_opening(question) or question
    if small_talk(question) or small_talk(text):
        return Wanted(Fact.WHAT)
    said = _named_here(_plain(text), name)
    if talking:
        return None if _POINTS & set(said.split()) else _asked_of_catalogue(said)
    return _asked_of_catalogue(said) or _without_a_subject(text)


def _named_here(said: str, name: str) -> str:
    """The text with the archive's name ("Some.Club", also without the part after a dot) read as "this archive"."""
    for form in dict.fromkeys((_plain(name), _plain(name.partition(".")[0]))):
        if form:
            said = re.sub(rf"\b{re.escape(form)}\b", "this archive", said)
    return said


def _asked_of_catalogue(said: str) -> Wanted | None:
    """The fact that a text (as `_plain` gives it) asks for by a noun of the catalogue."""
    said, season = _taken(_SEASON, said)
    said, year = _taken(_YEAR, said)
    said = " ".join(_HERE.sub(f" {_ONE_HERE} ", said).split())
    if _HOSTS.fullmatch(said) and re.search(r"\b(?:host|run|present|moderat)", said):
        return Wanted(Fact.HOST)
    if _BEGUN.fullmatch(said):
        return Wanted(Fact.OLDEST, date=True)
    if _SIZE.fullmatch(said):
        return Wanted(Fact.SIZE)
    if guest := _WAS_A_GUEST.fullmatch(said):
        return Wanted(Fact.LIST, topic=guest["topic"].strip(), person=True)
    tokens = said.split()
    for at, word in enumerate(tokens):
        if word in _NOUN and (found := _at_noun(tokens[:at], word, tokens[at + 1 :], season, year)):
            return found
        if word not in _BEFORE and not word.isdecimal():
            return None
    return None


def _at_noun(
    before: Sequence[str], noun: str, after: Sequence[str], season: int | None, year: int | None
) -> Wanted | None:
    """The fact that this noun asks for, with the words before and after it."""
    topic, on = "", ""
    if any(word not in _AFTER and word not in _NOUN for word in after):
        match = _topic_of(after)
        if match is None:
            return None
        topic, on = match
    narrowed = bool(topic or season or year)
    fact = _fact(before, noun, after, narrowed)
    if fact is None or (narrowed and _NOUN[noun] != "episodes"):
        return None
    return Wanted(fact, _NOUN[noun], topic, season, year, on in _WITH_SOMEBODY, "when" in before)


def _topic_of(after: Sequence[str]) -> tuple[str, str] | None:
    """The topic of the episodes, and the word that introduces it; None if other words follow the noun."""
    for start in range(len(after)):
        if start and after[start - 1] not in _AFTER and after[start - 1] not in _NOUN:
            return None
        match = _ON.fullmatch(" ".join(after[start:]))
        if match:
            topic = [word for word in match["topic"].split() if word != _ONE_HERE]
            if 0 < len(topic) <= _LONGEST_TOPIC and _CLAUSE.isdisjoint(topic):
                return " ".join(topic), match["on"]
    return None


def _fact(before: Sequence[str], noun: str, after: Sequence[str], narrowed: bool) -> Fact | None:
    """The kind of fact; None if the question asks for no fact of the catalogue."""
    said = {*before, *after}
    if (not before and after and not narrowed) or ("how" in before and not _COUNTS & set(before)):
        return None
    if _COUNTS & set(before):
        return Fact.COUNT
    if _NEWEST & said:
        return Fact.LIST if noun.endswith("s") and "when" not in said else Fact.NEWEST
    if _OLDEST & said:
        return Fact.OLDEST
    several = noun.endswith("s") or bool({"any", "every"} & said)
    if not several and not narrowed:
        return None
    # "What are topics?" and "What is an episode?" ask for a meaning.
    defined = bool(before) and before[-1] in ("is", "are", "a", "an") and not (_HAVE & said)
    return None if defined and not narrowed else Fact.LIST


def _without_a_subject(text: str) -> Wanted | None:
    """The fact for a text without a subject, or of one word; None for others."""
    said = _plain(text).split()
    subject = [word for word in said if not asks_nothing(word) and word not in _ASKED_OF_IT and not word.isdecimal()]
    question = "?" in text or bool(OPENS_A_QUESTION.match(text))
    numbers = [word for word in said if word.isdecimal()]
    if not subject and len(said) <= _LONGEST_EMPTY:
        if len(said) == 1 and numbers and re.fullmatch(r"(?:19|20)\d\d", numbers[0]):
            return Wanted(Fact.LIST, year=int(numbers[0]))
        return Wanted(Fact.WHAT) if not numbers or len(said) == len(numbers) else None
    beside = [word for word in said if word not in subject]
    if len(subject) == 1 and not OPENS_A_QUESTION.match(text) and _BESIDE_A_WORD.issuperset(beside):
        return Wanted(Fact.WORD, topic=subject[0])
    talks = bool(_SPEAKS_OF_ONESELF & set(beside)) and not question
    return Wanted(Fact.WHAT) if len(subject) == 1 and talks and len(said) <= _LONGEST_EMPTY else None


def _taken(pattern: re.Pattern[str], said: str) -> tuple[str, int | None]:
    """Remove a pattern from the text; returns the rest and the number in the match."""
    found = pattern.search(said)
    if not found:
        return said, None
    return " ".join(f"{said[: found.start()]} {said[found.end() :]}".split()), int(found[1])


def _plain(text: str) -> str:
    return plainly(text, _BEFORE | _AFTER | _ASKED_OF_IT, _CATALOGUE_WORDS)

"""Completes a follow-up question so that it can be understood alone.

1. Opening phrases are removed ("thanks!", "ok, so"). "Different question:" starts a new subject, "back to X" goes back
   to the last turn about X.
2. A question that stands alone is not changed, so that the old subject does not return.
3. A follow-up takes its subject from the question before: a name or noun replaces its pronoun, and a name alone
   ("And Ben?") replaces the name in the question before. If that is not certain, the two questions are
   joined.
4. What follows a question that had to be asked back is the reply to it, unless it is a question of its own: the two
   are understood together.

Which questions these are is decided elsewhere (`Reads`). The rest are rules for English on the questions alone: nothing
here knows the archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.language.followup import (
    AFRESH,
    BACK_TO,
    JOINED,
    OPENS_A_QUESTION,
    PERSON,
    PLACES,
    PROPER,
    THING,
    any_of,
    content,
    dangling,
    named_before,
    names_in,
    own_words,
    without_opening,
)
from app.language.lexicon import LEXICON
from app.language.smalltalk import small_talk
from index.query.name_patterns import FULL_NAME
from ingest.text import sentences, stem, words

MOST_TURNS = 6
_AND = any_of(rf"{JOINED.pattern},? *")
_WHAT_ABOUT = any_of(
    rf"{_AND.pattern}(?:(?:what|how) about +)?|^(?:what|how) about +|^(?:(?:no|sorry|actually)\W+)+i meant +"
)
_LOOSE_END = any_of(rf" {PLACES}(?: {PLACES}\b.*)?$", r",? according to .*$")
_AUX = r"(?:do|does|did|would|should|is|was)"
_TOPIC = [
    any_of(r"^(?:what|who)(?:['’]s| is| are| was| were) (?P<topic>.+?)(?: (?:used|useful|good))?(?: for)?$"),
    any_of(rf"^(?:how|why) (?:{_AUX}|are) (?P<topic>.+?) (?:works?|useful|popular|important)$"),
    any_of(r"^what (?:do|does) (?P<topic>.+?) (?:mean|do)$"),
    any_of(r"^(?:tell me (?:more )?about|explain|describe|define) (?P<topic>.+)$"),
    any_of(r"^who (?:created|invented|made|built|founded|wrote|started|maintains) (?P<topic>.+)$"),
    any_of(rf"^\w+ {_AUX} (?-i:{FULL_NAME}) \w+ (?:(?:about|of|by|for|on|at|in|with) )*(?!to )(?P<topic>.+)$"),
]
_LONGEST_TOPIC = 5
_REFERS = any_of(rf"\b(?:\w+self|{LEXICON.either('pointing.inside')})\b|[.?!;:] ")
_SAYS_ENOUGH = 3
# A reply with one of these is more than a noun: "kubernetes, we are five", "that I should learn Rust".
_NO_NOUN = any_of(
    rf"[,;:.?!]|\b(?:{LEXICON.either('grammar.subjects', 'grammar.verbs', 'pointing.things')}|{PLACES})\b"
)
_HOLDS_A_VIEW = any_of(rf"\b{LEXICON.either('questions.views_held')}\b")
_OF_WHAT = any_of(r"^(?:what|which|who) .*\b(?:is|are|was|were)\b.* the (?P<asked>\w+)\?$")


IsName = Callable[[str], bool]


class Reads(Protocol):
    """Decides how turns are read; `app.dialogue.reader` has what is fitted."""

    def unclear(self, turn: str) -> bool:
        """Whether a turn, alone, cannot be answered without asking back."""

    def follows(self, turn: str, before: Sequence[str]) -> bool:
        """Whether a turn takes its subject from those before it (oldest first, at least one)."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A turn as understood.

    `said`: without its opening phrase. `text`: completed from the turns before it. `subject`: what a later turn is
    joined to. `unclear`: it still has to be asked back.
    """

    said: str
    text: str
    subject: str
    unclear: bool


def _no_name(_word: str) -> bool:
    return False


def understood(question: str, history: Sequence[str], reads: Reads, is_name: IsName = _no_name) -> Understood:
    """The question, completed from the last turns (`history`, oldest first).

    `is_name` recognises first names: "And Ben?"
    """
    before: list[Understood] = []
    for turn in [turn.strip() for turn in history if turn.strip()][-MOST_TURNS:]:
        if without_opening(turn) and not small_talk(turn):
            before.append(_follow(turn, before, reads, is_name))
    return _follow(question, before, reads, is_name)


def _follow(question: str, before: Sequence[Understood], reads: Reads, is_name: IsName) -> Understood:
    """The question, completed from earlier turns."""
    asked = without_opening(question)
    if not before or not asked:
        return Understood(question, question, question, reads.unclear(question))
    afresh = AFRESH.match(asked)
    asked = asked[afresh.end() :] if afresh else asked
    if back := BACK_TO.match(asked):
        return _continued(back["rest"], _turn_about(back["topic"], before), reads, is_name)
    if before[-1].unclear:
        if not _asks_otherwise(asked, before[-1], reads):
            return _replied(asked, before[-1], reads)
    elif dangling(asked) if afresh else reads.follows(asked, [turn.said for turn in before]):
        return _continued(asked, before[-1], reads, is_name)
    text = question if asked == question else _capital(asked)
    return Understood(asked, text, text, reads.unclear(asked))


def _continued(asked: str, base: Understood, reads: Reads, is_name: IsName) -> Understood:
    """A turn that takes its subject from an earlier one.

    "Why?" is about all that was asked before; a turn that says more is about the subject: what was asked of it in the
    meantime ("can you say it shorter?") names nothing and would only distract the search.
    """
    first, then = _sentence(base.subject if content(asked) else base.text), _capital(_sentence(asked))
    text = _renamed(then, first, is_name) or _named(then, first) or f"{_ended(first)} {then}"
    return Understood(asked, text, base.subject if reads.unclear(asked) else text, unclear=False)


def _replied(reply: str, base: Understood, reads: Reads) -> Understood:
    """The reply to a question back, together with the question that lacked it."""
    first = _sentence(base.text)
    text = _with_noun(first, reply) or f"{_ended(first)} {_capital(_sentence(reply))}"
    return Understood(reply, text, text, reads.unclear(reply) and reads.unclear(text))


def _asks_otherwise(reply: str, base: Understood, reads: Reads) -> bool:
    """Whether the reply to a question back is a question of its own: one of the choices, or something else."""
    if words(reply)[: len(said := words(base.said))] == said:
        return True
    asks = any(OPENS_A_QUESTION.match(part) for part in sentences(_WHAT_ABOUT.sub("", reply, count=1)))
    return asks and not reads.unclear(reply)


def _turn_about(topic: str, before: Sequence[Understood]) -> Understood:
    """The last turn about a topic, else the topic itself."""
    wanted = {stem(word) for word in content(topic)}
    about = [turn for turn in before if wanted & {stem(word) for word in content(turn.text)}]
    return about[-1] if about else Understood(topic, f"{_capital(topic)}:", f"{_capital(topic)}:", unclear=False)


def _with_noun(base: str, reply: str) -> str:
    """A question with the noun that the visitor replied in its pronoun's place; empty if that is not certain.

    "Is it worth it?", "a data science bootcamp" -> "Is a data science bootcamp worth it?"
    """
    thing, noun = (
        THING.search(base) if len(sentences(base)) == 1 else None,
        _WHAT_ABOUT.sub("", reply, count=1).rstrip(".?! "),
    )
    plain = bool(noun) and len(noun.split()) <= _LONGEST_TOPIC and not _NO_NOUN.search(noun)
    return _filled(base, [(thing, noun)]) if thing and plain and _agrees(thing[0], noun) else ""


def _renamed(asked: str, base: str, is_name: IsName) -> str:
    """The previous question with another person's name ("And Ben?"); empty unless both have exactly one name."""
    part = _WHAT_ABOUT.sub("", asked, count=1).rstrip("?!. ")
    alone = names_in(part) == [part] or (re.fullmatch(r"[A-Z]\S*", part) and is_name(part))
    if not alone or part == asked.rstrip("?!. ") or not base.endswith("?"):
        return ""
    old = names_in(base) or [word for word in PROPER.findall(base) if is_name(word)]
    return base.replace(old[0], part, 1) if len(old) == 1 else ""


def _named(asked: str, base: str) -> str:
    """The question with names and nouns instead of its pronouns; empty if these are not certain."""
    people, topic, plain = names_in(base), _topic(base), _capital(_AND.sub("", asked))
    person = PERSON.search(plain)
    thing = next((match for match in THING.finditer(plain) if not named_before(plain, match)), None)
    if (person and not people) or (thing and not _agrees(thing[0], topic)):
        return ""
    named = _filled(plain, [(person, people[-1] if people else ""), (thing, topic)])
    if thing and (person or not people or people[-1] in topic):
        return named
    if thing:
        return f"According to {people[-1]}, {named[0].lower() + named[1:]}" if _HOLDS_A_VIEW.search(base) else ""
    if person:
        enough = f"{people[-1]}'s" in named or len(content(plain)) >= _SAYS_ENOUGH
        return named if enough and own_words(plain) and not dangling(named) else ""
    relation = _OF_WHAT.match(plain)
    return f"{plain[:-1]} of {topic}?" if topic and relation and not own_words(relation["asked"]) else ""


def _filled(text: str, places: list[tuple[re.Match[str] | None, str]]) -> str:
    """The text with the pronouns that were found replaced by nouns."""
    found = [(match, noun) for match, noun in places if match]
    for match, noun in sorted(found, key=lambda place: -place[0].start()):
        pronoun, after = match[0].lower(), text[match.end() :]
        owns = pronoun in ("his", "its", "their") or (pronoun == "her" and re.match(r" \w", after))
        text = text[: match.start()] + (f"{noun}'s" if owns else noun) + after
    return _capital(text)


def _agrees(pronoun: str, topic: str) -> bool:
    """Whether topic and pronoun agree in number."""
    many = " and " in topic or bool(re.search(r"\b[a-z][\w-]*[^sui]s$|[A-Z]s$", topic))
    return bool(topic) and many == pronoun.lower().startswith("the")


def _topic(base: str) -> str:
    """The topic of a simple question; empty if it is not certain."""
    for pattern in _TOPIC:
        if match := pattern.match(base.rstrip("?!. ")):
            topic = _LOOSE_END.sub("", match["topic"])
            if topic and len(topic.split()) <= _LONGEST_TOPIC and not _REFERS.search(topic):
                return topic
    return ""


def _sentence(turn: str) -> str:
    """A question with a capital and a question mark; other texts are not changed."""
    if not OPENS_A_QUESTION.match(_AND.sub("", turn)):
        return turn
    return _capital(turn) if turn[-1] in ".?!" else f"{_capital(turn)}?"


def _ended(turn: str) -> str:
    """A turn as a sentence that another one can follow."""
    return _capital(turn if turn[-1] in ".?!…:" else f"{turn}.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

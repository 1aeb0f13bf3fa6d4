"""A follow-up question -> a question that stands alone.

1. What only opens a turn goes ("thanks!", "ok, so"). "Different question:" starts afresh, "back to X" goes back to
   the last turn that was about X.
2. A question that stands alone (`app.language.followup`) is left as it is, so that a new subject does not
   drag the old along.
3. Another takes over what the one before it was about: a name or noun takes its pronoun's place, and a name alone
   ("And Ben?") that of the name in the question before it. Where that cannot be told for sure, the question follows
   the one before it.

Rules for English on the questions alone: nothing here knows the archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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
    named_before,
    names_in,
    needs_context,
    own_words,
    without_opening,
)
from app.language.lexicon import LEXICON
from app.language.smalltalk import small_talk
from index.query.name_patterns import FULL_NAME
from ingest.text import stem

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
_REFERS = any_of(rf"\b(?:\w+self|{LEXICON.either('pointing.inside')})\b")
_SAYS_ENOUGH = 3
_HOLDS_A_VIEW = any_of(rf"\b{LEXICON.either('questions.views_held')}\b")
_OF_WHAT = any_of(r"^(?:what|which|who) .*\b(?:is|are|was|were)\b.* the (?P<asked>\w+)\?$")


IsName = Callable[[str], bool]


def _no_name(_word: str) -> bool:
    return False


def standalone(question: str, history: Sequence[str], is_name: IsName = _no_name) -> str:
    """The question with what it needs of the last turns (`history`, oldest first).

    `is_name` tells words that are somebody's first name: "And Ben?"
    """
    before: list[str] = []
    for turn in [turn.strip() for turn in history if turn.strip()][-MOST_TURNS:]:
        if without_opening(turn) and not small_talk(turn):
            before.append(_follow(turn, before, is_name))
    return _follow(question, before, is_name)


def _follow(question: str, before: Sequence[str], is_name: IsName) -> str:
    """The question after `before`, each of which stands alone."""
    asked = without_opening(question)
    if not before or not asked:
        return question
    needs = needs_context(asked)
    if afresh := AFRESH.match(asked):
        asked = asked[afresh.end() :]
    base = before[-1]
    if back := BACK_TO.match(asked):
        wanted = {stem(word) for word in content(back["topic"])}
        about = [turn for turn in before if wanted & {stem(word) for word in content(turn)}]
        base, asked = about[-1] if about else f"{_capital(back['topic'])}:", back["rest"]
    elif not needs:
        return question if asked == question else _capital(asked)
    base, asked = _sentence(base), _capital(_sentence(asked))
    return _renamed(asked, base, is_name) or _named(asked, base) or f"{base} {asked}"


def _renamed(asked: str, base: str, is_name: IsName) -> str:
    """The question before with another person's name in it: "And Ben?"; empty where either has not just one name."""
    part = _WHAT_ABOUT.sub("", asked, count=1).rstrip("?!. ")
    alone = names_in(part) == [part] or (re.fullmatch(r"[A-Z]\S*", part) and is_name(part))
    if not alone or part == asked.rstrip("?!. ") or not base.endswith("?"):
        return ""
    old = names_in(base) or [word for word in PROPER.findall(base) if is_name(word)]
    return base.replace(old[0], part, 1) if len(old) == 1 else ""


def _named(asked: str, base: str) -> str:
    """The question with names and nouns in its pronouns' places; empty where they cannot be told."""
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
        return named if enough and own_words(plain) and not needs_context(named) else ""
    relation = _OF_WHAT.match(plain)
    return f"{plain[:-1]} of {topic}?" if topic and relation and not own_words(relation["asked"]) else ""


def _filled(text: str, places: list[tuple[re.Match[str] | None, str]]) -> str:
    """The text with nouns in the places of the pronouns that were found."""
    found = [(match, noun) for match, noun in places if match]
    for match, noun in sorted(found, key=lambda place: -place[0].start()):
        pronoun, after = match[0].lower(), text[match.end() :]
        owns = pronoun in ("his", "its", "their") or (pronoun == "her" and re.match(r" \w", after))
        text = text[: match.start()] + (f"{noun}'s" if owns else noun) + after
    return _capital(text)


def _agrees(pronoun: str, topic: str) -> bool:
    """Whether a topic is one where the pronoun says one, and many where it says many."""
    many = " and " in topic or bool(re.search(r"\b[a-z][\w-]*[^sui]s$|[A-Z]s$", topic))
    return bool(topic) and many == pronoun.lower().startswith("the")


def _topic(base: str) -> str:
    """What a plain question is about; empty where that cannot be told."""
    for pattern in _TOPIC:
        if match := pattern.match(base.rstrip("?!. ")):
            topic = _LOOSE_END.sub("", match["topic"])
            if topic and len(topic.split()) <= _LONGEST_TOPIC and not _REFERS.search(topic):
                return topic
    return ""


def _sentence(turn: str) -> str:
    """A question as it is written; anything else as it is."""
    if not OPENS_A_QUESTION.match(_AND.sub("", turn)):
        return turn
    return _capital(turn) if turn[-1] in ".?!" else f"{_capital(turn)}?"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Recognises what turns are made of: openings, pronouns without a noun, names, words of a subject.

The rules are for English and read only the turn. What continues a conversation is decided by `app.dialogue`, which is
fitted; `needs_context` is for a single sentence of a host, without a model. It says yes to a pronoun without its noun
("it", "his", "that"), to a known thing ("the bill", "the second approach", "the vector part"), to a comparison with
something that is not named ("is it faster"), and to a question without a verb ("on Kubernetes?") or without a subject
("what are the downsides?").
"""

from __future__ import annotations

import re

from app.language.lexicon import LEXICON
from index.query.guest_names import written_names
from ingest.text import STOP_WORDS, stem, words


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern for several; case is ignored."""
    return re.compile("|".join(patterns), re.IGNORECASE)


_VERBS = LEXICON.either("questions.verbs", "questions.more_verbs")
_ASKING = ("questions.asking", "questions.verbs")
OPENS_A_QUESTION = any_of(rf"^{LEXICON.either(*_ASKING, 'questions.more_verbs', 'questions.opening')}(?:\b|n['’]t\b)")
ASKS = any_of(rf"\b(?:{LEXICON.either(*_ASKING)}|has|have)\b")
PERSON = any_of(rf"\b{LEXICON.either('pointing.people')}\b")
THING = any_of(rf"\b{LEXICON.either('pointing.things')}\b")
_PRONOUN = any_of(PERSON.pattern, THING.pattern)
PLACES = LEXICON.either("questions.places")
_PLACED = any_of(rf"^(?:{PLACES}|if|when)\b")
JOINED = any_of(rf"^{LEXICON.either('questions.joining')}\b")
PROPER = re.compile(r"(?<!^)\b(?!I\b)(?:[A-Z][\w-]*|\w*[a-z][A-Z]\w*)\b")

AFRESH = any_of(
    r"^(?:(?:i have|an?|something|totally|completely|now|to|on) )*(?:different|new|other|another|unrelated|else)"
    r"(?: (?:question|topic|subject|note))?\s*[.,:;!–—-]+\s*",
    r"^(?:let['’]?s|let us|can we) (?:talk about|switch|move|change)[^.:,?!]*[.:,?!]\s*",
)
BACK_TO = any_of(r"^(?:and )?(?:(?:going|coming|getting) )?back to (?P<topic>[^,:;.?!–—]+)[,:;.!–—]\s*(?P<rest>.+)$")
_OPENER = (
    r"(?:hi|hello|hey(?: there)?|good (?:morning|afternoon|evening)|"
    r"(?:many )?(?:thanks|thank you)(?: a lot| so much| very much| for [^.!,?]+)?|ok(?:ay)?|great|cool|nice|good|"
    r"perfect|interesting|awesome|hm+|right|sure|i see|got it|makes sense|(?:that|this) (?:helps|helped|makes sense)|"
    r"well|so|one more (?:thing|question)|by the way)"
)
_ONLY_OPENS = any_of(
    rf"^(?:{_OPENER} )*{_OPENER}"
    r"(?:[.,;:!…]+\s*|\s+(?=(?:so|and|but|then|what|how|why|who|when|where|which|is|are|do|does|can)\b)|$)"
)
_POINTS_BACK = any_of(
    rf"{JOINED.pattern}|^(?:what|how) about\b",
    r"\b(?:these|those(?! of)|the same(?! as)|neither|former|latter|such an?|else|i meant|either(?!.*\bor))\b",
    # "Is that so?", but not "models that drift".
    r"(?:^|\b(?:is|was|does|do|did|can|could|would|should|will|has|isn't|doesn't|of|in|on|for|to|with|about|by|from|than|"
    r"after|before|like|why|how|what|which|and|but) )(?:that|this)\b",
    r"\b(?:that|this|there|then|instead|too|as well)\W*$",
    r"^why\W*(?:not|so)?\b(?: \w+)?\W*$",
    r"\b(?:this|that|which|first|second|third|last|next|other|another) one\b",
    r"\bone (?:for|to|in|with|instead|at|if|when|over)\b",
    r"\bthe (?:[\w-]+ ){1,3}(?:one|part|bit|side)\b(?! of)",
    r"\bthe (?:first|second|third|last|other|next|only) (?:approach|option|way|step|point|case|idea|tool|method)\b",
)
_COMPARES = any_of(rf"\b{LEXICON.either('questions.comparatives')}\b")
_WITH = any_of(r"\b(?:than|from|between|versus|vs|or|and|mak\w+)\b")
# "How does a model behave when it drifts?" and "What is a Bloom filter, and what is its drawback?" name it earlier.
_NEW_CLAUSE = any_of(
    r"(?:\b(?:when|if|because|before|after|while|once|until|and|or|but|as|unless|so|though)|(?<=\w )(?:who|which)|,) +"
    r"(?:\w+ +){0,2}$"
)
# "Is it hard to", "how long does it take to", "is it worth learning Rust".
_FOR_NOTHING = any_of(
    r"^it (?:\w+ )?(?:hard|easy|difficult|possible|worth|important|necessary|safe|better|takes?|costs?|make sense) "
    r"(?:\w+ )*?to\b",
    r"^it (?:['’]s )?worth \w+ing \w|^it['’]s worth\b",
)
# "What time is it?"
_WHICH_IS_IT = any_of(r"^(?:what|which) \w+ is it\W*$")
# "Who is the president?": the question does not say of what.
_WHO_OF_WHAT = re.compile(r"^[Ww]ho(?:['’]s| is| was| are| were) the [a-z]+\W*$")
_NAMED_BEFORE = 2
_SAYS_ENOUGH = 4
# "The bill" was mentioned before; "the bill of a startup" and "the cloud" need not have been.
_COMPLEMENT = rf"{LEXICON.either('questions.complements')}\b"
_DEFINITE = re.compile(rf"\b[Tt]he((?: (?!{_COMPLEMENT}|{_VERBS}\b)[a-z][\w'’-]*){{1,4}}+)(?! {_COMPLEMENT}| [A-Z])")
_ONLY_ONE = LEXICON.words("things.only_one")
_NEW_SUBJECT = any_of(
    r"^(?:what(?:['’]s| is| are| does)|who(?:['’]s| is| are| was)|explain|define|describe|tell me about|"
    r"how (?:do|can|should|to) (?:i|you|we|one))\b"
)
_FRAGMENT_WORDS = 3
_YES_OR_NO = any_of(rf"^{LEXICON.either('questions.verbs')}\b")
_ASKS_A_VIEW = any_of(rf"\b{LEXICON.either('questions.views_asked')}\W*$")
# Words for what is asked about a subject; they name no subject.
_RELATION = frozenset(map(stem, LEXICON.words("things.relations")))


def needs_context(question: str) -> bool:
    """Whether a question cannot be understood alone."""
    asked = without_opening(question)
    afresh = AFRESH.match(asked)
    asked = asked[afresh.end() :] if afresh else asked
    if BACK_TO.match(asked) or dangling(asked):
        return True
    if afresh:
        return False
    signs = [*_POINTS_BACK.finditer(asked), *(() if _WITH.search(asked) else _COMPARES.finditer(asked))]
    if any(not _told(asked[: sign.start()]) for sign in signs):
        return True
    names = names_in(asked)
    nameless = without(asked, names)
    own = own_words(nameless)
    fragment = not ASKS.search(asked) and not OPENS_A_QUESTION.match(asked)
    if fragment and (_PLACED.match(asked) or len(own) < _FRAGMENT_WORDS):
        return True
    if PROPER.search(nameless):
        return not names and bool(_YES_OR_NO.match(asked)) and not own_words(PROPER.sub("", nameless))
    if any(not _told(asked[: thing.start()]) and _spoken_of(thing[1], own) for thing in _DEFINITE.finditer(asked)):
        return True
    if names:
        return not own and bool(_ASKS_A_VIEW.search(asked))
    most = 2 if _YES_OR_NO.match(asked) else 1
    return not own or (len(own) <= most and not _NEW_SUBJECT.match(asked))


def dangling(turn: str) -> list[re.Match[str]]:
    """The pronouns of a turn whose noun is not in it."""
    return [pronoun for pronoun in _PRONOUN.finditer(turn) if not named_before(turn, pronoun)]


def points_nowhere(question: str) -> bool:
    """Whether a question without history refers to something that it does not name: "Is it raining?"."""
    if len(content(question)) > 1 or names_in(question):
        return False
    return bool(_WHICH_IS_IT.match(question) or _WHO_OF_WHAT.match(question)) or any(
        not content(question[: pronoun.start()]) for pronoun in dangling(question)
    )


def _told(before: str) -> bool:
    """Whether the text before a pronoun, in the same question, names its noun: "A feature store, do I need one?"."""
    return len(own_words(before[: max(0, *map(before.rfind, ",.;:?!"))])) >= _NAMED_BEFORE


def _spoken_of(thing: str, own: list[str]) -> bool:
    """Whether "the thing" refers to the previous question; `own` are the question's subject words."""
    return _ONLY_ONE.isdisjoint(thing.split()) and len([word for word in own if word not in thing]) < _SAYS_ENOUGH


def without_opening(turn: str) -> str:
    """The turn without its opening phrase (thanks, "ok, so"); empty if nothing else is in it."""
    while (match := _ONLY_OPENS.match(turn)) and match.end():
        turn = turn[match.end() :]
    return turn.strip()


def named_before(asked: str, pronoun: re.Match[str]) -> bool:
    """Whether a pronoun refers to something in the question itself, or to nothing ("is it hard to")."""
    before, after = asked[: pronoun.start()], asked[pronoun.end() :]
    if PERSON.fullmatch(pronoun[0]) and names_in(before):
        return True
    if before.endswith("worth ") or _FOR_NOTHING.match(pronoun[0] + after):
        return True
    owns = pronoun[0].lower() in ("its", "their")
    return _told(before) or (len(content(before)) >= _NAMED_BEFORE and (owns or bool(_NEW_CLAUSE.search(before))))


def names_in(text: str) -> list[str]:
    """Full names in a text, each once, recognised by their capitals."""
    return [name for name in dict.fromkeys(written_names(text)) if " " in name]


def without(text: str, names: list[str]) -> str:
    """The text with names replaced by blanks."""
    for name in names:
        text = text.replace(name, "_")
    return text


def content(text: str) -> list[str]:
    """The words of a text except stop words."""
    return [word for word in words(text) if word not in STOP_WORDS]


def own_words(text: str) -> list[str]:
    """The words that can name a subject."""
    found = (word.split("-") if "-" in word else [word] * (stem(word) not in _RELATION) for word in content(text))
    return [part for parts in found for part in parts]

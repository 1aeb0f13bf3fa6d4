"""Parses a speaker label: names, a role, several people, or an uncertain name.

`Dr. Anna Keller (guest) 10:32` is the name `Anna Keller` with the role guest;
`Anna & Ilva` are two names; `Anna's husband` is not a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.text import clean

_LONGEST_LABEL = 80
_LONGEST_NAME = 40
_MOST_WORDS = 4
_EDGES = " :.,;-–—*_>#|@"
_LETTER_AT_END = re.compile(r"\s[^\W\d_]\.[ :]*$")
# Emoji and similar symbols, which `fold` would turn into their names.
_SYMBOL = re.compile(r"[^\w\s!-~–—’“”]")
_TIME = re.compile(r"[\[(]?\b\d{1,2}:\d{2}(?::\d{2})?\b[\])]?")
_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]?")
_SEVERAL = re.compile(r"\s*(?:[&+/;]|\b(?:and|und|et|with|y)\b)\s*", re.IGNORECASE)
_PART = re.compile(r"\s*(?:,|\||:|\s[-–—]\s)\s*")
_POSSESSIVE = re.compile(r"\w['’]s\b|\ws['’](?:\s|$)", re.IGNORECASE)
_TITLE = re.compile(
    r"(?:^|(?<=\s))(?:dr|prof|professor|doctor|mr|mrs|ms|mx|sir|ph\.?d|m\.?d)\b\.?(?:\s+|$)", re.IGNORECASE
)
_HOSTS = frozenset(
    """host hosts cohost hostess interviewer interviewers moderator moderators moderatorin presenter presenters
    anchor mc emcee q question questioner""".split()
)
_GUESTS = frozenset("guest interviewee".split())
_NEUTRAL = frozenset("speaker spk participant panelist panellist laughter applause silence noise inaudible".split())
_ANSWERS = frozenset("a answer answers".split())
_OTHERS = frozenset(
    """sponsor sponsors ad ads advert advertisement advertiser advertising commercial promo promotion
    trailer break music jingle intro outro sound narrator narration announcer announcement voice voiceover audience
    crowd public listener listeners viewer viewers caller attendee student unknown unidentified nobody
    none na everyone everybody all both several various translator interpreter producer editor operator
    transcriber chat""".split()
)
_ROLES = (("host", _HOSTS), ("guest", _GUESTS), ("answer", _ANSWERS), ("neutral", _NEUTRAL), ("other", _OTHERS))
# In brackets after a name, these mean that the person does not speak: "Anna (AI voice)".
_NOT_IN_PERSON = frozenset("voice fake impersonator imitated ai ad ads sponsor translator interpreter audience".split())
_FILLERS = frozenset("the our a an podcast show co over track main male female first second third lead of".split())


@dataclass(frozen=True, slots=True)
class Label:
    """The parts of a label.

    `names`: the ways to read its name, the fullest first; empty for talk.
    `role`: "host", "guest", "answer" (of a Q and A transcript), "neutral" (a speaker) or "other"
    if a word of the label names one.
    `several`: the names if there is more than one. `doubtful`: a possessive or a question mark makes the
    name uncertain. `long`: it is a label only if it fits somebody (else talk).
    """

    text: str
    names: tuple[str, ...] = ()
    role: str = ""
    several: tuple[str, ...] = ()
    doubtful: bool = False
    long: bool = False


def label_text(who: str | None) -> str:
    """`who` as it is shown and looked up; "" if it is too long for a label."""
    text = clean(who or "").lstrip(_EDGES)
    text = text.rstrip(_EDGES) + "." * bool(_LETTER_AT_END.search(text))
    return text if len(text) <= _LONGEST_LABEL else ""


def parse_label(text: str) -> Label:
    """Parse a label that `label_text` returned."""
    bare = _TIME.sub(" ", _SYMBOL.sub(" ", text))
    inside = [part.strip(_EDGES) for part in _BRACKETS.findall(bare)]
    head = _name_in(_BRACKETS.sub(" ", bare))
    long = len(head) > _LONGEST_NAME or len(head.split()) > _MOST_WORDS
    if _POSSESSIVE.search(bare) or "?" in bare:
        return Label(text, doubtful=True, long=long)
    role = role_of(head)
    if role:
        named = tuple(part for part in inside if part and not role_of(part))
        return Label(text, named, role)
    pieces = _PART.split(head)
    role = next((found for part in (*inside, *pieces) if (found := role_of(part))), "")
    if _NOT_IN_PERSON & set(" ".join(inside).lower().split()):
        role = "other"
    parts = tuple(part for piece in _SEVERAL.split(head) if (part := _name_in(piece)))
    several = tuple(part for part in parts if not role_of(part)) if "/" in head else parts
    if len(several) > 1:
        return Label(text, role=role, several=several, long=long)
    named = tuple(piece for piece in pieces if piece and not role_of(piece))
    head, role = _without_role_words(" ".join(several) if len(pieces) == 1 else head, role)
    if len(named) > 1 and not _is_description(named[0], named[1:]):
        named = ()
    readings = [" ".join((head, *inside)), " ".join(named), head, *named[:1]]
    return Label(text, tuple(dict.fromkeys(reading for reading in readings if reading.strip())), role, long=long)


def others_named(label: Label) -> tuple[str, ...]:
    """The parts after a comma or in brackets, which may name another person."""
    inside = [part.strip(_EDGES) for part in _BRACKETS.findall(_TIME.sub(" ", label.text))]
    return tuple(part for part in (*inside, *_PART.split(_BRACKETS.sub(" ", label.text))[1:]) if part.strip())


def _is_description(name: str, rest: tuple[str, ...]) -> bool:
    """Whether the text after a name can be a company or a job, and not talk."""
    words = " ".join(rest).split()
    titled = all(len(word) <= 3 or not word[0].islower() for word in words)
    return titled or (len(name.split()) > 1 and len(words) <= 3)


def role_of(text: str) -> str:
    """The role that the text names (see `Label`), if it has nothing else except a number; else ""."""
    said = re.findall(r"[a-z]+", re.sub(r"[_/-]", " ", text.lower()).replace("n/a", "na"))
    if not said:
        return "other" if text.strip() and not re.search(r"[^\W\d_]", text) else ""
    words = [word for word in said if word not in _FILLERS and len(word) > 1] or said
    if all(word in _FILLERS for word in words) and words != ["a"]:
        return "other"
    for role, known in _ROLES:
        if all(word in known for word in words):
            return "other" if role == "guest" and re.search(r"\d", text) else role
    return "other" if all(any(word in known for _, known in _ROLES) for word in words) else ""


def _without_role_words(head: str, role: str) -> tuple[str, str]:
    """`Host Ilva` and `Ilva Host` are Ilva, the host."""
    words = head.split()
    for at, rest in ((0, words[1:]), (-1, words[:-1])):
        if rest and (found := role_of(words[at])) and len(words[at].strip(".")) > 2:
            return " ".join(rest), role or found
    return head, role


def _name_in(text: str) -> str:
    text = _TITLE.sub("", text.strip(_EDGES))
    return " ".join(text.split()).strip(_EDGES)

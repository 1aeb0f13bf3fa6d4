"""Finds paragraphs with a wrong speaker label by their words.

Signs, each checked on the whole real archive:

- a line that is only another person's name, or begins with it (or with a role or another of the
  transcript's labels) as a label: the following lines are in doubt until the label changes;
- a person who thanks, greets or asks themselves by name;
- a guest who is introduced, or thanked for a story, under their own name;
- a question to "you" that is answered at once under the same name: under the host's name the answer is in
  doubt, under a guest's the question;
- a guest's long paragraph that another person has word for word;
- a host's turn that continues the guest's list in the first person ("one competition", "In another competition, I").

Quoted speech is not a sign. No paragraph is given to another person: the true speaker can only be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.models import Role
from ingest.speakers.assign import name_of
from ingest.speakers.labels import role_of
from ingest.text import sentences


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph with the person whom its label means."""

    text: str
    speaker: str
    role: Role
    label: str


_LONGEST_STRAY = 3
# Nobody repeats this number of another person's words exactly; fewer are a normal echo.
_ECHO_WORDS = 12
_ECHO_LINES = 3
_LONGEST_QUESTION_WORDS = 60
_ANSWER_OPENING_WORDS = 12
_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]?")
_HEAD = re.compile(
    r"^(?:(?:\d{1,2}:)?\d{1,2}:\d{2}\s*(?P<timed>[^\W\d_][\w'’-]+)\s+(?=[^\W\d_a-z])"
    r"|(?P<named>[A-ZÀ-Þ][\w'’.-]*(?: [\w'’.-]+){0,2})\s?:\s)"
)
# "Both: ..." and "Question: why? Because ..." are normal speech, not labels.
_NO_LABEL = frozenset("both all none several various unknown nobody everybody everyone".split())
_QUESTION = re.compile(r"q(?:uestion)?\b", re.I)
_REPORTED = re.compile(
    r"\b(?:said|say|says|saying|told|tell|asked|like|goes|went|i['’]?m|i am|name is|this is)\W*$", re.I
)
_THANKS = (
    r"\b(?:thanks|thank you|welcome|hi|hello|hey|bye|goodbye)\b(?!\s+to\b)"
    r"(?:(?:[ ,!]+(?:a lot|again|so much|very much))?[ ,!]+| for [^.?!]*, )"
)
_YOU = re.compile(r"\b(?:you|your)\b", re.I)
_FIRST_PERSON = re.compile(r"\b(?:I|my|we|our)\b")
_INTRODUCED = re.compile(
    r"\bwelcome to (?:our|this|the) \w+|\bour (?:special )?guest\b|\bjoin(?:ing|s|ed)? us today\b"
    r"|\binvited? (?:him|her|them)\b",
    re.I,
)
_THANKED = re.compile(r"\b(?:thanks|thank you) (?:\w+ )?for (?:sharing your|joining us today)\b", re.I)
_ANSWER = re.compile(
    r"(?:yes|yeah|yep|no|correct|exactly|sure|definitely|absolutely)\b[,. ]"
    r"|i (?:do|did|am|was|have|try to|tried to|will)[,.]",
    re.I,
)
_HOSTS_ANSWER = re.compile(
    r"(?:yes|yeah|yep|no|well|correct|exactly|sure|definitely|absolutely|of course|it depends)\b[,. ]", re.I
)
_WONDERED = re.compile(
    r"\b(?:wonder\w*|curious|thinking|want(?:ed)? to ask|question is)\b[^.?!]*\b(?:why|how|what|if|whether)\b", re.I
)
_REFERS_BACK = re.compile(
    r"(?:so |and |but |okay,? |yeah,? )?you(?:['’]ve)? (?:mentioned|said|hinted|told|wrote|described)\b", re.I
)
_GOES_ON = re.compile(r"(?:and )?(?:in |at |for |with |on )?(?:another|a second|a third) (?P<thing>[^\W\d_]{4,})", re.I)


def misattributed(said: list[Said], people: tuple[str, ...]) -> dict[int, str]:
    """Positions of the paragraphs with a doubtful speaker, each with the sign."""
    found: dict[int, str] = {}
    hosted = any(one.role is Role.HOST for one in said)
    alone = len({one.speaker for one in said if one.role is Role.GUEST}) == 1
    for begin, end in _runs(said):
        found |= _strays(said, begin, end, people)
        for at in range(begin, end):
            if at in found or said[at].role is Role.UNKNOWN:
                continue
            if sign := _self_address(said[at], people) or (hosted and alone and _hosts_words(said[at])):
                found[at] = sign
        found |= _echoes(said, begin, end)
        found |= _own_answers(said, begin, end) if hosted else {}
        found |= _continuation(said, begin, end) if hosted and alone else {}
    return {at: sign for at, sign in sorted(found.items()) if said[at].speaker}


def _runs(said: list[Said]) -> Iterator[tuple[int, int]]:
    """Start and end of consecutive paragraphs under one label."""
    begin = 0
    for i in range(1, len(said) + 1):
        if i == len(said) or (said[i].label, said[i].speaker) != (said[begin].label, said[begin].speaker):
            yield begin, i
            begin = i


def _strays(said: list[Said], begin: int, end: int, people: tuple[str, ...]) -> dict[int, str]:
    """Lines after a line that is only another's name, up to the label's end or own name; labels in the text."""
    found: dict[int, str] = {}
    stray = ""
    for at in range(begin, end):
        named = _stray_name(said, at, begin, people)
        follower = said[end].speaker if end < len(said) else ""
        if named and (named == said[at].speaker or (at == end - 1 and named == follower)):
            stray = ""
        elif named:
            stray = named
        if stray:
            found[at] = f"it follows a line that is only the name {stray}"
        elif (name := _head_name(said[at].text, people)) and name != said[at].speaker:
            found[at] = f"it opens with the name {name}, as a label does"
        elif said[at].role is Role.GUEST and (label := _head_label(said, at, people)):
            found[at] = f"it opens with {label!r}, as a label does"
    return found


def _stray_name(said: list[Said], at: int, begin: int, people: tuple[str, ...]) -> str:
    text = said[at].text
    if len(text.split()) > _LONGEST_STRAY or text[-1:] in ("?", "!", ","):
        return ""
    answers = text.endswith(".") and at == begin and at > 0 and "?" in said[at - 1].text
    return "" if answers else name_of(text, people)


def _head_name(text: str, people: tuple[str, ...]) -> str:
    head = _HEAD.match(text)
    return name_of(head["timed"] or head["named"], people) if head else ""


def _head_label(said: list[Said], at: int, people: tuple[str, ...]) -> str:
    """The role, or a label other than the speaker's own, with which a guest's paragraph begins."""
    text = said[at].text
    head = _HEAD.match(text)
    named = (head["named"] if head else "") or ""
    if not named or (_QUESTION.match(named) and not text.endswith("?")):
        return ""
    role = role_of(named)
    if role == "host" or (role == "other" and named.casefold() not in _NO_LABEL):
        return named
    labels = {one.label.strip(" :") for one in said if one.speaker != said[at].speaker}
    return named if named in labels and not name_of(named, people) else ""


def _echoes(said: list[Said], begin: int, end: int) -> dict[int, str]:
    """A guest's long paragraphs that another person nearby has word for word: one of the labels is wrong."""
    found: dict[int, str] = {}
    for at in range(begin, end):
        near = (*said[max(0, at - _ECHO_LINES) : at], *said[at + 1 : at + 1 + _ECHO_LINES])
        twins = [other.speaker for other in near if other.text == said[at].text and other.speaker != said[at].speaker]
        if twins and said[at].role is Role.GUEST and len(said[at].text.split()) >= _ECHO_WORDS:
            found[at] = f"word for word what {twins[0]} says"
    return found


def _self_address(one: Said, people: tuple[str, ...]) -> str:
    """The sign that a person thanks, greets or asks themselves by name."""
    first = one.speaker.split()[0] if one.speaker else ""
    if name_of(first, people) != one.speaker:
        return ""
    text, name = _QUOTED.sub(" ", one.text), re.escape(first)
    thanked = re.search(rf"{_THANKS}{name}\b(?!['’]s)|(?:^|[.!?] ){name},? (?:thanks|thank you)\b", text, re.I)
    if thanked and not _REPORTED.search(text[: thanked.start()]):
        return f"{first} is thanked or greeted under their own name"
    for sentence in sentences(text):
        asked = re.search(rf",\s*{name}\s*\?$|^{name},\s", sentence)
        if asked and sentence.endswith("?") and _YOU.search(sentence):
            return f"{first} is asked under their own name"
    return ""


def _hosts_words(one: Said) -> str:
    """The sign that a guest's paragraph introduces or thanks that guest."""
    text = _QUOTED.sub(" ", one.text)
    if one.role is not Role.GUEST:
        return ""
    name = re.search(rf"\b{re.escape(one.speaker.split()[0])}\b", text)
    if name and _INTRODUCED.search(text) and not _REPORTED.search(text[: name.start()]):
        return "it introduces its own speaker"
    return "it thanks a guest as a host does" if _THANKED.match(text.lstrip()) else ""


def _own_answers(said: list[Said], begin: int, end: int) -> dict[int, str]:
    """Questions answered under the same name: positions of the host's answers or the guest's questions."""
    found: dict[int, str] = {}
    for at in range(begin, end - 1):
        answer = said[at + 1].text
        asked = _last_sentence(said[at].text)
        if said[at].role is Role.HOST and asked.endswith("?") and _HOSTS_ANSWER.match(answer):
            found |= dict.fromkeys(range(at + 1, end), "it answers the question before it under the same name")
        if said[at].role is Role.GUEST and _is_hosts_question(said, at, asked):
            found[at] = "the next paragraph answers its question under the same name"
    return found


def _is_hosts_question(said: list[Said], at: int, asked: str) -> bool:
    """Whether the next paragraph, under the same name, answers a question in a guest's paragraph."""
    text, answer = said[at].text, said[at + 1].text
    opening = " ".join(answer.split()[:_ANSWER_OPENING_WORDS])
    if _WONDERED.search(asked) and _HOSTS_ANSWER.match(answer):
        return True
    if not (asked.endswith("?") and _YOU.search(asked)):
        return False
    if _ANSWER.match(answer) and not _YOU.search(opening):
        return True
    short = len(text.split()) <= _LONGEST_QUESTION_WORDS
    told = at > 0 and said[at - 1].role is Role.HOST and "?" not in said[at - 1].text  # nobody asked the guest
    return short and (bool(_REFERS_BACK.match(text)) or told) and not _YOU.search(opening)


def _continuation(said: list[Said], begin: int, end: int) -> dict[int, str]:
    """A host's turn that continues the guest's list in the first person and asks nothing."""
    turn = said[begin:end]
    if turn[0].role is not Role.HOST or begin == 0 or end >= len(said):
        return {}
    if said[begin - 1].role is not Role.GUEST or said[end].speaker != said[begin - 1].speaker:
        return {}
    goes_on = _GOES_ON.match(turn[0].text)
    if not goes_on or any("?" in _QUOTED.sub(" ", one.text) for one in turn):
        return {}
    counted = re.search(rf"\b(?:one|first|an?) (?:\w+ )?{goes_on['thing']}\b", said[begin - 1].text, re.I)
    if not counted or not _FIRST_PERSON.search(sentences(turn[0].text)[0]):
        return {}
    sign = f"it goes on with what {said[begin - 1].speaker} counts up"
    return dict.fromkeys(range(begin, end), sign)


def _last_sentence(text: str) -> str:
    found = sentences(_QUOTED.sub(" ", text).strip())
    return found[-1] if found else ""

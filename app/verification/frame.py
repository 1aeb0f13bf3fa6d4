"""Finds the frame around a claim: "Simon denies that X", "it is a myth that X", "X, which Simon disputes".

1. The words before "that" are a frame if they end with a word of saying, believing or judging.
2. Each word of denial in it negates the claim once: "denies" negates it, "does not deny" affirms it.
3. The judgement can also be after the claim, or around it: "The idea that X is wrong".
4. Frames can be nested: "Simon says it is false that X".

A frame that only reports a claim is ignored: the sentence is read without change. Nothing here looks at quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.language import frame_words as lists
from app.language.clauses import is_fragment
from app.language.tokens import Token, tokens
from app.verification.frame_count import Counted, Heads, counted, is_subject, known
from index.query.name_patterns import NAME

# Nested frames.
_DEEPEST = 4
# Words that a head may have; a longer one is not a frame.
_LONGEST_HEAD = 50
# Characters in which the first word is.
_OPENING = 40
_COPULAS = lists.VERBS - {"not", "need", "want", "let"} | {"remains", "seems"}
_OPENERS = frozenset(("that", "whether", "if"))
_SEGMENT_END = re.compile(r"\s*[,;()\u2013\u2014]+\s*|\s+-+\s+")
# A judgement may follow a colon as well: "X: Simon denies this".
_JUDGED_FROM = re.compile(rf"{_SEGMENT_END.pattern}|\s*:\s+")
# A tag question asks for agreement with the claim: "X, isn't it?"
_TAG = re.compile(r",(?: \S+){1,3}\?\W*$")
_END = re.compile(r"[\s.!?\"”’')]+$")
_UNCLEAR = frozenset("it he she they".split())


class Polarity(StrEnum):
    """What a frame does to its claim."""

    ASSERTED = "asserted"
    DENIED = "denied"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Frame:
    """A claim and its frame.

    `head`: the text of the frame; `words`: its stems that deny the claim or leave it open.
    """

    polarity: Polarity
    claim: str
    head: str
    words: frozenset[str] = frozenset()
    # No word of the frame denies or doubts.
    plain: bool = False


def read_frame(sentence: str) -> Frame | None:
    """The frame of a sentence; None if it has none, or one that only reports the claim. A question leaves it open."""
    opening = tokens(sentence[:_OPENING])[:1]
    if opening and opening[0].raw in lists.CONDITIONS:
        return None
    frame = _read(_END.sub("", sentence), _DEEPEST)
    if sentence.rstrip().endswith("?") and not _TAG.search(sentence):
        asked = frame or Frame(Polarity.OPEN, _END.sub("", sentence), "")
        return replace(asked, polarity=Polarity.OPEN, plain=False)
    return None if frame is None or frame.plain else frame


def with_judgement(sentence: str, after: str) -> Frame | None:
    """The frame of a sentence if the next one (`after`) judges it: "That is false.", "She denies it."; else None."""
    before = _END.sub("", sentence)
    judged = _behind(f"{before}; {_END.sub('', after)}")
    return read_frame(f"{before}; {after}") if judged and judged.claim == before else None


def _read(text: str, depth: int) -> Frame | None:
    outer = next((frame for find in (_behind, _before, _around, _head, _bare) if (frame := find(text))), None)
    if outer is None or not depth:
        return outer
    inner = _read(outer.claim, depth - 1)
    return _joined(outer, inner) if inner else outer


def _joined(outer: Frame, inner: Frame) -> Frame:
    polarity = Polarity.DENIED if outer.polarity is not inner.polarity else Polarity.ASSERTED
    if Polarity.OPEN in (outer.polarity, inner.polarity):
        polarity = Polarity.OPEN
    return Frame(
        polarity, inner.claim, f"{outer.head} {inner.head}", outer.words | inner.words, outer.plain and inner.plain
    )


def _framed(count: Counted, claim: str, head: str) -> Frame:
    polarity = Polarity.OPEN if count.opened else Polarity.DENIED if count.odd else Polarity.ASSERTED
    return Frame(polarity, claim.strip(), head, count.words, plain=not count.turns)


def _behind(text: str) -> Frame | None:
    """A judgement after the claim: "X, which Simon disputes", "Simon said X, but that is false"."""
    ends = list(_JUDGED_FROM.finditer(text))
    for end in reversed(ends[-2:]):
        claim = text[: end.start()]
        head = _head(claim)
        count = _judgement(text[end.end() :], reported=head is not None)
        if count and len(tokens(claim)) > 2:
            return _framed(count, claim, text[end.end() :])
    return None


def _judgement(text: str, reported: bool) -> Counted | None:
    """What a clause says about the claim before it; None if it says something else, or agrees."""
    words = tokens(text)
    if words and text[:1].isupper() and words[0].content:  # no sentence begins here: a capital is a name's
        words = (words[0]._replace(capital=True), *words[1:])
    openers = lists.SUBORDINATE - lists.CONCEDING
    if not words or words[0].raw in openers or not all(known(word) for word in words):
        return None
    subjects = {word.raw for word in words if is_subject(word)}
    count = counted(words)
    clear = bool(count.roots & (lists.REJECTING | lists.OF_CLAIMS)) or not subjects <= _UNCLEAR or reported
    judged = count.roots & (lists.REJECTING | lists.UNTRUE | lists.OPPOSED) or (
        count.negated and count.roots & (lists.SAYING | lists.ACCEPTING)
    )
    return count if count.odd and subjects and clear and judged else None


def _before(text: str) -> Frame | None:
    """A judgement before the claim: "Contrary to what Simon says, X", "Not true: X"."""
    end = re.search(r"\s*[,:]\s+", text)
    if not end:
        return None
    words = tokens(text[: end.start()])
    openers = lists.SUBORDINATE | _OPENERS
    if not words or any(word.raw in openers for word in words) or not all(known(word) for word in words[1:]):
        return None
    count = counted(words)
    label = ":" in end.group() or len(words) == 1
    # "Despite what Simon says".
    against = words[0].raw in lists.AGAINST and count.roots & lists.SAYING
    judged = count.roots & (lists.REJECTING | lists.JUDGING) or (label and count.negated and count.roots & lists.TRUE)
    somebody = any(word.capital or word.raw in lists.PEOPLE for word in words)
    if not count.odd or not (judged or against) or not (label or somebody):
        return None
    return _framed(count, text[end.end() :], text[: end.start()])


def _around(text: str) -> Frame | None:
    """The claim inside its judgement: "The idea that X is wrong", "That X is a myth"."""
    words = tokens(text)
    place = next((i for i, word in enumerate(words) if word.raw in ("that", "whether")), None)
    if place is None:
        return None
    named = words[:place]
    whoever = bool(named) and named[0].raw in lists.WHOEVER
    if named and not ((whoever or Heads.idea(named)) and all(known(word) or word is named[0] for word in named)):
        return None
    untrue = bool(named) and Heads.untrue(named)
    for start in range(len(words) - 1, place + 1, -1):
        if not known(words[start]) and words[start - 1].raw not in ("a", "an"):
            break
        count = counted(words[start:])
        left_open = bool(count.roots & lists.WONDERING)
        called = count.roots & lists.JUDGING and any(lists.root(word.raw) in lists.CALLING for word in named)
        if (words[start].raw in _COPULAS or called) and (count.odd or left_open):
            claim = text[words[place].end : words[start].start]
            frame = _framed(count, claim, text[: words[place].end] + text[words[start].start :])
            return replace(frame, polarity=Polarity.DENIED if untrue or not left_open else Polarity.OPEN, plain=False)
    if not untrue:
        return None
    return Frame(Polarity.DENIED, text[words[place].end :].strip(), text[: words[place].end], counted(named).words)


def _head(text: str) -> Frame | None:
    """A head before "that", "whether" or "if"."""
    words = tokens(text)
    for place, word in enumerate(words[:_LONGEST_HEAD]):
        if word.raw not in _OPENERS or not 0 < place < len(words) - 1:
            continue
        head = _own_clause(text[: word.start])
        found = Heads.read(tokens(head), word.raw, words[place + 1 :]) or _inner_head(words[:place], words[place:])
        if found and not (word.raw != "that" and words[place + 1].raw == "to"):
            return _framed(found, text[word.end :], text[: word.start])
    return None


def _inner_head(before: Sequence[Token], rest: Sequence[Token]) -> Counted | None:
    """The last clause of a head, if that begins with "that" itself: "is adamant that it is not true" that X."""
    start = next((i for i in range(len(before) - 1, 0, -1) if before[i].raw == "that"), len(before)) + 1
    inner = before[start:]
    whole = bool(inner) and (is_subject(inner[0]) or inner[0].raw == "there")
    return Heads.read(inner, rest[0].raw, rest[1:]) if whole else None


def _bare(text: str) -> Frame | None:
    """A head before a claim without "that": "Simon doubts X", "Simon does not think X"."""
    words = tokens(text)
    ends = [i for i, word in enumerate(words) if not known(word) and (i or not word.content)]
    last = ends[0] if ends else len(words)
    places = [i for i in range(1, last) if lists.root(words[i].raw) in lists.BARE]
    if not places or words[0].raw in lists.SUBORDINATE:
        return None
    place = places[-1]
    rest, count = words[place + 1 :], counted(words[: place + 1])
    behind = text[words[place].end :]
    if behind.startswith(","):
        return None
    if rest and rest[0].raw in lists.NO_CLAUSE and "," not in behind:
        return None
    if not count.turns or len(rest) < 3 or is_fragment(rest):
        return None
    return _framed(count, behind, text[: words[place].end])


def _own_clause(head: str) -> str:
    """A head without inserted clauses between commas, and without the opening of the sentence."""
    parts = [part for part in _SEGMENT_END.split(head) if part is not None]
    return f"{parts[0]} {parts[-1]}" if len(parts) > 2 else parts[-1]


def names_in(head: str) -> Iterator[str]:
    """Consecutive names in a frame: people who may hold the claim."""
    for match in re.finditer(NAME, head):
        named = [word for word in match.group().split() if not known(tokens(word.lower())[0])]
        if named:
            yield " ".join(named)

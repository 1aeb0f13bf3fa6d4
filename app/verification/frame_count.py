"""Counts how often a frame negates its claim, and decides whether words can be a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.language import frame_words as lists
from app.language.lexicon import LEXICON
from app.language.tokens import IRREGULAR, Token
from app.support.negation import negations

# Content words between a verb of saying and "that": "tells all managers that".
_MOST_BETWEEN = 2
_FORMERLY_NEAR = 2
# Forms that can only be verbs.
_FINITE = (lists.VERBS | set(IRREGULAR)) - LEXICON.words("words.nouns_of_irregulars") - {"need", "want", "let", "not"}


@dataclass(frozen=True, slots=True)
class Counted:
    """The stems of a frame's words, how often they negate the claim, and whether they leave it open.

    `words`: the stems that negate it or leave it open; `negated`: whether a negation is among them.
    """

    roots: frozenset[str]
    words: frozenset[str]
    turns: int
    negated: bool
    opened: bool = False

    @property
    def odd(self) -> bool:
        """Whether the claim is denied."""
        return self.turns % 2 == 1


def known(word: Token) -> bool:
    """Whether a word can be in a frame: function words, names, and words of saying, believing and judging."""
    if not word.content or word.capital or word.raw in lists.JOINING | lists.AGAINST | lists.FEW | lists.DEGREE:
        return True
    return lists.root(word.raw) in lists.ALL | lists.PAIRED


def is_subject(word: Token) -> bool:
    """Whether a word can name the holder of a claim, or the claim itself."""
    return word.capital or word.raw in lists.SUBJECTS


def counted(words: Sequence[Token]) -> Counted:
    """Count the words that negate the claim."""
    roots = ["" if word.capital else lists.root(word.raw) for word in words]
    every = frozenset(roots)
    negated = _negations(words)
    # "It is no secret that", "it goes without saying that": what nobody doubts counts as two denials.
    known_to_all = every & lists.KNOWN or ("without", "saying") in pairwise(word.raw for word in words)
    held = 2 * len(negated) if known_to_all else 0
    if held:
        negated = []
    ideas = [i for i, root in enumerate(roots) if root in lists.IDEAS]
    turning: set[int] = set()
    for i, root in enumerate(roots):
        attacks = root in lists.ATTACKING and any(place > i for place in ideas)
        if (
            root in lists.REJECTING
            or root in lists.JUDGING
            or attacks
            or (words[i].raw in lists.AGAINST and i - 1 not in turning)
            or (root in lists.FAILING and not _is_pair(words, i + 1))
        ):
            turning.add(i)
    pairs = [i for i in range(len(words)) if _is_pair(words, i)]
    turns = len(turning) + len(negated) + len(pairs) + held
    rejects, judges = (bool(every & kind) for kind in (lists.REJECTING, lists.JUDGING))
    if rejects and judges and _named(words) and "it" not in every:
        turns = 1  # "Simon is wrong to deny that": Simon denies
    deny = frozenset(roots[i] for i in turning)
    return Counted(every, deny, turns, bool(negated or pairs), opened=False)


def _named(words: Sequence[Token]) -> bool:
    """Whether somebody is named. The first word is a name if frames do not use it; its capital does not count."""
    opens = bool(words) and words[0].raw not in lists.ORDERING and not known(words[0])
    return opens or any(word.capital for word in words)


def _negations(words: Sequence[Token]) -> list[int]:
    found = [i for i in negations(words) if not (words[i].raw == "nor" and any(w.raw == "neither" for w in words[:i]))]
    return found + [i for i, word in enumerate(words) if word.raw in lists.FEW and _is_few(words, i)]


def _is_few(words: Sequence[Token], place: int) -> bool:
    """Whether "few" or "little" denies: not "a few", nor "little memory"."""
    counts = place == 0 or words[place - 1].raw not in ("a", "quite")
    return counts and (place + 1 == len(words) or known(words[place + 1]))


def _is_pair(words: Sequence[Token], place: int) -> bool:
    return tuple(lists.root(word.raw) for word in words[place : place + 2]) in lists.PAIRS


class Heads:
    """Reads the words before the opener of a claim."""

    @staticmethod
    def idea(words: Sequence[Token]) -> bool:
        """Whether the words only name an idea: "The popular idea"."""
        roots = [lists.root(word.raw) for word in words]
        return bool(roots) and roots[-1] in lists.IDEAS | lists.UNTRUE_NOUNS

    @staticmethod
    def untrue(words: Sequence[Token]) -> bool:
        """Whether the words end with an idea called untrue: "the myth", "the false claim"."""
        roots = [lists.root(word.raw) for word in words]
        if any(word.raw in lists.PREDICATING | {"there"} for word in words) or not roots:
            return False
        named = roots[-1] in lists.UNTRUE_NOUNS
        return named or (len(roots) > 1 and roots[-1] in lists.IDEAS and roots[-2] in lists.JUDGING)

    @classmethod
    def read(cls, words: Sequence[Token], opener: str, after: Sequence[Token]) -> Counted | None:
        """Count a head; None if it introduces no claim. `after` is the claim."""
        words = _last_verb(words)
        if not words or any(word.raw in lists.SUBORDINATE for word in words) or not _opens(words, after):
            return None
        count = counted(words)
        if cls.untrue(words):
            return replace(count, turns=1)
        if opener == "that":
            return _told(words, count)
        asks = bool(count.roots & lists.WONDERING) and (_named(words) or any(map(is_subject, words)))
        unknown = bool(count.roots & lists.KNOWING) and (count.negated or _wanted(words))
        if count.roots & lists.REJECTING:
            return count
        return replace(count, turns=max(1, count.turns), opened=True) if asks or unknown else None


def _told(words: Sequence[Token], count: Counted) -> Counted:
    """The count of a head before "that", which may also leave its claim open."""
    if count.roots & lists.UNSURE:  # "not unclear that" is clear
        return replace(count, turns=2 if count.negated else 1, opened=not count.negated)
    if not count.negated and (_formerly(words) or count.roots & lists.FEIGNING):
        return replace(count, turns=count.turns + 1, opened=True)
    return count


def _last_verb(words: Sequence[Token]) -> Sequence[Token]:
    """The words from the last "and says" on: the words before it have a verb of their own."""
    for place in range(len(words) - 2, 0, -1):
        if words[place].raw in ("and", "but", "so") and lists.root(words[place + 1].raw) in lists.VERBS_OF_FRAMES:
            return words[place + 1 :]
    return words


def _opens(words: Sequence[Token], after: Sequence[Token]) -> bool:
    """Whether the last words belong to a frame, nothing else follows them, and the verb phrase has no other words."""
    between = 0
    for place in range(len(words) - 1, -1, -1):
        word, root = words[place], lists.root(words[place].raw)
        if root in lists.ALL and not word.capital:
            noun = root in lists.IDEAS and root not in lists.VERBS_OF_FRAMES
            thing = root in lists.JUDGING - lists.UNTRUE_NOUNS and not word.raw.endswith("ly")
            if thing and not any(other.raw in lists.PREDICATING for other in words[:place]):
                return False
            plural = noun and word.raw.endswith("s") and word.raw not in {*lists.IDEAS_OF_MANY, "thesis", "hypothesis"}
            if plural or ((noun or between) and _is_relative(after)):
                return False
            return _all_of_frame(_without_adjective(words[:place], root)) and (
                not between or (root in lists.TELLING and between <= _MOST_BETWEEN)
            )
        adverb = word.raw in lists.DEGREE or word.raw.endswith("ly")
        between += word.content and not word.capital and not adverb
    return False


def _without_adjective(words: Sequence[Token], root: str) -> Sequence[Token]:
    """The words before a noun of ideas, without its adjectives: "a popular (myth)"."""
    described = root in lists.IDEAS | lists.UNTRUE_NOUNS and len(words) > 1 and not words[-2].content
    return words[:-1] if described and words[-1].content and not words[-1].capital else words


def _all_of_frame(words: Sequence[Token]) -> bool:
    """Whether all words from the first verb on can be part of a frame; before it is the holder of the claim."""
    first = next(
        (i for i, w in enumerate(words) if w.raw in lists.VERBS or lists.root(w.raw) in lists.VERBS_OF_FRAMES), 0
    )
    return not first or all(known(word) or word.raw.endswith("ly") for word in words[first:])


def _is_relative(after: Sequence[Token]) -> bool:
    """Whether "that" is a relative pronoun: a verb follows."""
    return bool(after) and (after[0].raw in _FINITE or after[0].raw.endswith("ly"))


def _wanted(words: Sequence[Token]) -> bool:
    """Whether somebody only wants to know it: "would like to know"."""
    return any(lists.root(one.raw) in lists.WANTING and other.raw == "to" for one, other in pairwise(words))


def _formerly(words: Sequence[Token]) -> bool:
    """Whether somebody believed it in the past: "used to think", "once believed"."""
    roots = [lists.root(word.raw) for word in words]
    for place, (one, other) in enumerate(pairwise(words)):
        after = roots[place + 1 : place + 1 + _FORMERLY_NEAR]
        if one.raw in lists.FORMERLY and set(after) & lists.BELIEVING:
            return True
        if (one.raw, other.raw) == ("used", "to") and set(roots[place + 2 :]) & (lists.SAYING | lists.BELIEVING):
            return True
    return False

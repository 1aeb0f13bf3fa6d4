"""Computes the features of the judge: what a question and each of its first passages have in common.

    question, candidates -> features (n, len(FEATURES)), each between about -1 and 1

Matches are weighted MaxSim (`index.late_interaction`): of all words of a passage, of its guests' words, of its title
and chapter, of its best sentence, of the host's question in or before it, of the passages before and after it. A
feature of the question alone is the same for all candidates: it says how probable an answer is at all.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.embedder import Vectors
from index.late_interaction import CONTEXT_UNIT, max_similarities, of_units, weighted_match
from index.opened import Index
from ingest.models import Passage, Role
from ingest.text import STOP_WORDS, sentences, stem, words

Matrix = npt.NDArray[np.float64]

# The longest of 48 words and more count the same.
_LONG = math.log(48)
_MOMENT = re.compile(
    r"\b(?:right now|at (?:the|this) moment|as of (?:now|today)|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening|week|month)|last (?:night|week)|"
    r"(?:latest|newest|current) (?:\w+ )?(?:version|release|price|score|rate))\b",
    re.IGNORECASE,
)
# "How do teams test models today?" asks about a practice, "What does it cost today?" about a fact.
_FACT = re.compile(r"^(?:what|which|who|when|where|is|are|was|were|will|did|how (?:much|many))\b", re.IGNORECASE)
# Not "why": most questions without an answer that begin so are false premises, and all others were refused with them.
_KINDS = {
    "how": re.compile(r"\bhow (?!much|many)\w", re.IGNORECASE),
    "whether": re.compile(
        r"(?:^|[.?!,] )(?:is|are|do|does|did|should|can|could|would|will|am|was|were|has|have) ", re.IGNORECASE
    ),
    "number": re.compile(r"\bhow (?:much|many|long|often|big|large|old)\b", re.IGNORECASE),
    "definition": re.compile(
        r"^what(?:'s| is| are| does)(?: an?| the)? \S+(?: \S+)?(?: \S+)?(?: mean)?\??$", re.IGNORECASE
    ),
    "difference": re.compile(r"\b(?:vs|versus|difference|better|or|compared?)\b", re.IGNORECASE),
}


class Asked(NamedTuple):
    """A question, embedded: its vector, its projected word pieces, and the weight of each (sum 1)."""

    text: str
    vector: Vectors
    tokens: Vectors
    weights: Vectors


class Candidate(NamedTuple):
    """A passage to judge: its scores in the two rankings (lexical scaled to 0..1) and its `max_similarities`."""

    passage: Passage
    lexical: float
    similarities: Vectors


_OF_PASSAGE = (
    "cosine",
    "lexical",
    "late",
    "late_words",
    "late_guest",
    "context",
    "title_share",
    "best_sentence",
    "best_two",
    "least_met",
    "host_asks",
    "guest_share",
    "guest_words",
    "next_guest",
    "previous",
    "same_chapter",
    "same_episode",
    "covered",
    "novel",
    "opens",
    "guest_asks",
)
_LEADS = ("cosine", "lexical", "late", "late_guest", "best_sentence", "host_asks")
_OF_QUESTION = (
    "length",
    "best_cosine",
    "best_late",
    "spread",
    "unknown_word",
    "stranger",
    "moment",
    *(f"is_{kind}" for kind in _KINDS),
)
FEATURES = (*_OF_PASSAGE, *(f"lead_{name}" for name in _LEADS), *_OF_QUESTION)


def features(asked: Asked, candidates: Sequence[Candidate], index: Index) -> Matrix:
    """One row for each candidate, in their order."""
    if not candidates:
        return np.zeros((0, len(FEATURES)))
    rarity = {word: index.rarity(word) for word in dict.fromkeys(words(asked.text)) if word not in STOP_WORDS}
    beside = _Beside(asked, candidates, index)
    rows = [_of_passage(asked, one, beside, rarity) for one in candidates]
    own = np.array(rows, np.float64)
    columns = [_OF_PASSAGE.index(name) for name in _LEADS]
    leads = own[:, columns] - own[:, columns].max(axis=0)
    shared = np.array(_of_question(asked, own, index), np.float64)
    return np.hstack([own, leads, np.tile(shared, (len(own), 1))])


def _of_passage(asked: Asked, one: Candidate, beside: _Beside, rarity: Mapping[str, float]) -> list[float]:
    met, index = one.similarities, beside.index
    parts = parts_of(one.passage, index)
    said = of_units(met, parts.guests)
    before, after = beside.near(one.passage, -1), beside.near(one.passage, +1)
    asking = [float(match) for match in asked.weights @ of_units(met, parts.asks)]
    if parts.opened and before:
        asking.append(before.asking)
    late, words_alone = weighted_match(met, asked.weights), weighted_match(met[:, CONTEXT_UNIT + 1 :], asked.weights)
    single = [float(match) for match in asked.weights @ said]
    pairs = [float(match) for match in asked.weights @ np.maximum(said[:, :-1], said[:, 1:])]
    return [
        float(index.tokens.vector(one.passage) @ asked.vector),
        one.lexical,
        late,
        words_alone,
        weighted_match(said, asked.weights),
        float(asked.weights @ met[:, CONTEXT_UNIT]) if met.shape[1] else 0.0,
        late - words_alone,
        max(single, default=0.0),
        max(pairs or single, default=0.0),
        float(np.sort(said.max(axis=1))[:3].mean()) if said.size else 0.0,
        max(asking, default=0.0),
        parts.share,
        math.log1p(parts.words) / 6,
        after.guest if after else 0.0,
        # The first passage of an episode has none before it; 0 would count it as far from the subject.
        beside_it.late if (beside_it := before or after) else late,
        *beside.others(one.passage),
        *_held(rarity, parts.stems),
        float(parts.opened),
        float(parts.guest_asks),
    ]


def unknown_word(text: str, index: Index) -> float:
    """Rarity of the rarest word of a text that the archive never has; 0 if it has all of them."""
    content = dict.fromkeys(word for word in words(text) if word not in STOP_WORDS)
    return max((index.rarity(word) for word in content if not index.frequency(word)), default=0.0)


def _held(rarity: Mapping[str, float], stems: frozenset[str]) -> tuple[float, float]:
    """The share of the question's words, by rarity, that guests say; the rarest that they do not say."""
    total = sum(rarity.values())
    missing = [rare for word, rare in rarity.items() if stem(word) not in stems]
    return (1 - sum(missing) / total if total else 0.0), max(missing, default=0.0)


def _of_question(asked: Asked, own: Matrix, index: Index) -> list[float]:
    cosine, late = (np.sort(own[:, _OF_PASSAGE.index(name)])[::-1] for name in ("cosine", "late"))
    return [
        min(1.0, math.log1p(len(asked.text.split())) / _LONG),
        float(cosine[0]),
        float(late[0]),
        float(cosine[0] - cosine[: min(len(cosine), 10)].mean()),
        unknown_word(asked.text, index),
        float(bool(index.guest_names.strangers(asked.text))),
        float(bool(_FACT.match(asked.text) and _MOMENT.search(asked.text))),
        *(float(bool(pattern.search(asked.text))) for pattern in _KINDS.values()),
    ]


class Parts(NamedTuple):
    """A passage's units by speaker, and what does not depend on the question.

    `asks`: the host's questions; `opened`: whether it begins with a guest; `guest_asks`: whether it ends with a
    guest's question; `stems`: those of the guests' words.
    """

    guests: tuple[int, ...]
    asks: tuple[int, ...]
    share: float
    words: int
    opened: bool
    guest_asks: bool
    stems: frozenset[str]

    @property
    def heard(self) -> tuple[int, ...]:
        """The guests' units and the context."""
        return (CONTEXT_UNIT, *self.guests)


def parts_of(passage: Passage, index: Index) -> Parts:
    """A passage's parts; computed at the first use, then kept."""
    kept: dict[str, Parts] = index.judged_parts
    if passage.id not in kept:
        kept[passage.id] = _parts(passage, index)
    return kept[passage.id]


def _parts(passage: Passage, index: Index) -> Parts:
    run = index.episodes[passage.episode].segments[passage.first : passage.last]
    spoken = [(segment.role, text) for segment in run for text in sentences(segment.text)]
    guests = [(unit, text) for unit, (role, text) in enumerate(spoken, start=CONTEXT_UNIT + 1) if role is Role.GUEST]
    hosts = [(unit, text) for unit, (role, text) in enumerate(spoken, start=CONTEXT_UNIT + 1) if role is Role.HOST]
    said = sum(len(text.split()) for _, text in guests)
    return Parts(
        tuple(unit for unit, _ in guests),
        tuple(unit for unit, text in hosts if text.rstrip('"”’) ').endswith("?")),
        said / max(1, sum(segment.words for segment in run)),
        said,
        bool(run) and run[0].role is Role.GUEST,
        bool(spoken) and spoken[-1][0] is Role.GUEST and spoken[-1][1].endswith("?"),
        frozenset(stem(word) for _, text in guests for word in words(text)),
    )


class _Near(NamedTuple):
    """How well a passage beside the judged one matches: all its words, its guests', the host's last question."""

    late: float
    guest: float
    asking: float


class _Beside:
    """What stands beside the candidates: passages before and after, each matched once, and other candidates."""

    def __init__(self, asked: Asked, candidates: Sequence[Candidate], index: Index) -> None:
        self.index = index
        self._asked = asked
        self._known = {one.passage.id: one.similarities for one in candidates}
        self._chapters = Counter((one.passage.episode, one.passage.chapter) for one in candidates)
        self._episodes = Counter(one.passage.episode for one in candidates)
        self._near: dict[str, _Near] = {}

    def others(self, passage: Passage) -> tuple[float, float]:
        """The number of other candidates in the passage's chapter, and in its episode, scaled."""
        own = self._chapters[passage.episode, passage.chapter], self._episodes[passage.episode]
        return (own[0] - 1) / 5, (own[1] - 1) / 10

    def near(self, passage: Passage, step: int) -> _Near | None:
        """The passage `step` places after a passage in its episode; None at the episode's ends."""
        own = self.index.passages_of[passage.episode]
        at = self.index.places[passage.id] + step
        if not 0 <= at < len(own):
            return None
        if own[at].id not in self._near:
            self._near[own[at].id] = self._matched(own[at])
        return self._near[own[at].id]

    def _matched(self, passage: Passage) -> _Near:
        met = self._known.get(passage.id)
        if met is None:
            met = max_similarities(self._asked.tokens, self.index.tokens.of(passage))
        parts, weights = parts_of(passage, self.index), self._asked.weights
        last = weights @ of_units(met, parts.asks[-2:])
        return _Near(
            weighted_match(met, weights),
            weighted_match(of_units(met, parts.guests), weights),
            max((float(match) for match in last), default=0.0),
        )

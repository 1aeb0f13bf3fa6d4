"""Estimates whether a guest said what a question takes for granted.

    question, ranking -> claim (`app.answering.claim`) -> how much of it the guest's words do not meet -> probability

1. The guest's best passage is read: of the passages that the question ranked, the first in which the guest speaks.
2. Each word of the claim is compared with the guest's words there, by meaning and context (late interaction). What they
   lack adds up: a claim is true only if all of it is.
3. A logistic regression turns the sum into a probability (`eval.fitting.premise`).

This finds claims about what a guest never spoke of. It hardly finds a claim that turns round what the guest
said, for its words are the same (docs/figures.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.answering.claim import claim_of
from app.evidence.excerpt import speaks
from app.evidence.scorer import Scorer
from app.language.tokens import Token, tokens
from index.archive import ArchiveView
from index.embedder import Vectors
from index.fitted.weights import read_fitted
from index.retrieve import Ranking
from ingest.models import Passage

FITTED = read_fitted(Path(__file__).with_name("premise.json"))
# Four of five true premises that it was fitted on are more probable.
THRESHOLD = FITTED.numbers["threshold"]


@dataclass(frozen=True, slots=True)
class Measures:
    """`unmet`: by how much the most similar of the guest's words falls short of 1, added up over the claim's words."""

    unmet: float


@dataclass(frozen=True, slots=True)
class Premise:
    """What is known of a premise: the guest whom it is about, and how well the guest's words meet it.

    `missing`: words of the claim that the guest does not use there, as the question writes them, least similar first.
    """

    guest: str
    measures: Measures
    missing: tuple[str, ...]

    @property
    def probability(self) -> float:
        """The probability that the guest said so."""
        return FITTED.probability(asdict(self.measures))

    @property
    def doubtful(self) -> bool:
        """Whether the question should not be answered as if it were true."""
        return self.probability < THRESHOLD


def premise_of(archive: ArchiveView, question: str, ranking: Ranking) -> Premise | None:
    """What is known of a question's premise; None if it takes nothing for granted about one guest.

    `ranking`: the question's. It costs no search. If the visitor set filters, nothing is known.
    """
    claim = claim_of(question, archive.index.guest_names) if len(ranking.named) == 1 else None
    if claim is None or ranking.named != (claim.guest,):
        return None
    near = _nearest(Scorer(archive.index, ranking), ranking)
    if near is None:
        return None
    met = _met(claim.words, near.met, ranking, archive)
    order = np.argsort(met, kind="stable")
    missing = (claim.words[i] for i in order if claim.words[i].key not in near.keys)
    written = dict.fromkeys(question[word.start : word.end] for word in missing)
    return Premise(claim.guest, Measures(float((1.0 - met).sum())), tuple(written))


@dataclass(frozen=True, slots=True)
class _Near:
    """A guest's words in one passage: their keys, and the best similarity of each of the question's word pieces."""

    keys: frozenset[str]
    met: Vectors


def _nearest(scorer: Scorer, ranking: Ranking) -> _Near | None:
    """The guest's words in the first passage in which the guest speaks; None if there is no such passage."""
    return next((near for one in ranking.passages if (near := _said(scorer, one.passage))), None)


def _said(scorer: Scorer, passage: Passage) -> _Near | None:
    episode = scorer.index.episodes[passage.episode]
    places = (i for i in range(passage.first, passage.last) if speaks(episode.segments[i], scorer.heard))
    lines = [line for i in places for line in scorer.said(episode, i)]
    if not lines:
        return None
    keys = frozenset(token.key for line in lines for token in tokens(line.text))
    return _Near(keys, np.max([line.met for line in lines], axis=0))


def _met(words: Sequence[Token], met: Vectors, ranking: Ranking, archive: ArchiveView) -> Vectors:
    """For each word of the claim the mean similarity of its pieces; 1 for a word that was not searched for."""
    # Kept since the search, so nothing is computed again.
    begins, ends = archive.embedder.embed_query(ranking.question).offsets.T
    places = {token.key: token for token in reversed(tokens(ranking.question))}
    found = []
    for word in words:
        at = places.get(word.key)
        inside = (begins < at.end) & (at.start < ends) if at else np.zeros(len(begins), bool)
        found.append(float(met[inside].mean()) if inside.any() else 1.0)
    return np.array(found, np.float32)

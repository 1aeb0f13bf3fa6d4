"""Ranks passages for a question.

0. A guest named in the question narrows the search to that guest's episodes,
   unless filters were given. Words that guests say differently from how they are
   written are searched in both forms (`index.query.synonyms`).
1. Two rankings from the store, 100 deep: dense (cosine) and lexical (BM25).
2. Fusion: both scores scaled to 0..1 over their own ranking and averaged.
3. The first 60 are ordered by a fixed sum. Late interaction scores how well each word piece
   of the question matches a word piece of the passage, and one of the guests'
   sentences in it; rare words count more. A passage that is mostly a guest's is
   preferred to the host's.

4. The first 24 are judged: each has a probability that a guest answers the question
   there (`index.judging`), and they are ordered by it. If the question asks for what is
   current, the newer of about equally probable ones comes first (`index.query.recency`).

Each step improved the figures on the suites (docs/figures.md). A reranker, if one
is set, then reorders the first 30 (`index.reranking.stage`). Nothing here chooses
what is quoted or decides whether there is an answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from index.embedder import Embedder, Vectors
from index.filters import Filters
from index.fusion import min_max, min_max_fusion
from index.judging.features import Asked, Candidate, features, parts_of
from index.judging.judge import JUDGED, probabilities
from index.late_interaction import max_similarities, of_units, piece_weights, weighted_match
from index.opened import Index
from index.query.recency import asks_for_current, newer_first
from index.query.synonyms import as_spoken
from index.reranking.stage import Reordered, Reranking
from ingest.models import ScoredPassage
from ingest.text import words

POOL = 100
DENSE_SHARE = 0.5
DEPTH = 60
# Most guests of one question that are searched separately; each costs a search.
MOST_NAMED = 4
LATE_WEIGHT = 0.5
# The same over the guests' sentences alone: a host who asks the question in its own words does not answer it.
GUEST_LATE_WEIGHT = 0.8
GUEST_WEIGHT = 0.2
# The weight of a word added as a synonym; a word of the question has 1.
ADDED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranked passages, and data of the question for later stages.

    `named`: guests that the question certainly names (not those who only share a first name). `heard`: guests whose
    words count (the named ones and those of a filter; empty for all). `vector`: the question's embedding.
    `tokens`: its projected word pieces. `weights`: the weight of each (sum 1). `similarities`: `max_similarities` of
    each ranked passage with them, by passage id. `notes`: for the reader, if the ranking differs from the settings.
    `question`: the words that were searched for.
    """

    passages: list[ScoredPassage]
    named: tuple[str, ...]
    vector: Vectors
    tokens: Vectors
    weights: Vectors
    similarities: dict[str, Vectors]
    timings_ms: dict[str, float]
    notes: tuple[str, ...] = ()
    heard: frozenset[str] = frozenset()
    question: str = ""


class GuestPart(NamedTuple):
    """The part of a passage that guests say: share of its words, and units of its `TokenCodes` (with the context)."""

    share: float
    units: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Found:
    """One list, with every candidate's similarities and the milliseconds that the store took."""

    candidates: list[Candidate]
    similarities: dict[str, Vectors]
    store_ms: float
    passages: Sequence[ScoredPassage] = ()
    reranked: Reordered | None = None


class Retriever:
    """Ranks the passages of one index."""

    def __init__(self, index: Index, embedder: Embedder, reranking: Reranking | None = None) -> None:
        self.index = index
        self._embedder = embedder
        self._reranking = reranking

    def search(self, question: str, k: int = 10, filters: Filters = Filters(), *, judged: bool = True) -> Ranking:
        """The `k` best passages (at most 60), best first.

        A statement is no question: without `judged`, passages keep the order of the fixed sum.
        If the question names several guests, their best passages alternate; guests who share
        an ambiguous name are ranked together.
        """
        clock = time.perf_counter()
        query, named, heard = self._understood(question, filters)
        embedded = time.perf_counter()
        found = [self._rank(query, own, judged) for own in [Filters(guests=guests) for guests in named] or [filters]]
        lists = [one.passages for one in found]
        if judged and asks_for_current(question, self.index.days):
            lists = [newer_first(own, JUDGED, self.index.days) for own in lists]
        passages = [replace(scored, rank=rank) for rank, scored in enumerate(_in_turns(lists, k), start=1)]
        done = time.perf_counter()
        store = sum(one.store_ms for one in found)
        reranked = [one.reranked for one in found if one.reranked]
        again = sum(one.spent_ms for one in reranked)
        timings = {
            "embed": (embedded - clock) * 1000,
            "store": store,
            "order": (done - embedded) * 1000 - store - again,
            "retrieve": (done - clock) * 1000,
        }
        if reranked:
            timings["rerank"] = again
        notes = tuple(dict.fromkeys(one.note for one in reranked if one.note))
        similarities = {id: own for one in found for id, own in one.similarities.items()}
        kept = {scored.passage.id: similarities[scored.passage.id] for scored in passages}
        sure = tuple(dict.fromkeys(own[0] for own in named if len(own) == 1))
        return Ranking(
            passages, sure, query.vector, query.tokens, query.weights, kept, timings, notes, heard, query.text
        )

    def _understood(self, question: str, filters: Filters) -> tuple[Asked, Sequence[tuple[str, ...]], frozenset[str]]:
        """The question, embedded; the guests that it names, each with those of the same name; those who are heard."""
        names = self.index.guest_names
        named = () if filters else names.owners(question)[:MOST_NAMED]
        # Names are used for narrowing: in the ranking they would only favour passages that mention names.
        written = names.without(question) if named else question
        if not words(written):
            written = question
        heard = frozenset(guest for own in named for guest in own) or frozenset(filters.guests)
        return self._asked(as_spoken(written), len(written)), named, heard

    def _asked(self, text: str, written: int) -> Asked:
        """A question, embedded; what follows its first `written` characters was added to it."""
        encoded = self._embedder.embed_query(text)
        return Asked(
            text,
            encoded.vector,
            self.index.tokens.basis.project(encoded.tokens),
            piece_weights(text, encoded.offsets, self.index.rarity, encoded.offsets[:, 0] >= written, ADDED_SHARE),
        )

    def candidates(self, question: str) -> tuple[Asked, list[Candidate]]:
        """The question, and the passages that are judged for it; of several guests named, those of the first."""
        query, named, _ = self._understood(question, Filters())
        found = self._found(query, Filters(guests=named[0]) if named else Filters())
        return query, found.candidates[:JUDGED]

    def _rank(self, query: Asked, filters: Filters, judged: bool) -> _Found:
        """One list: the judged candidates by probability, then the others in their order."""
        found = self._found(query, filters)
        head = found.candidates[:JUDGED] if judged else []
        sure = probabilities(features(query, head, self.index)).tolist()
        ranked = sorted(zip((one.passage.id for one in head), sure, strict=True), key=lambda pair: -pair[1])
        # Nobody judged the others; their scores only keep their order.
        least = ranked[-1][1] if ranked else 1.0
        ranked += [(one.passage.id, least / (at + 2)) for at, one in enumerate(found.candidates[len(head) :])]
        reranked = self._reranking.order(query.text, ranked, self.index.passages) if self._reranking else None
        passages = [
            ScoredPassage(self.index.passages[id], score, rank)
            for rank, (id, score) in enumerate(reranked.ranked if reranked else ranked, start=1)
        ]
        return replace(found, passages=passages, reranked=reranked)

    def _found(self, query: Asked, filters: Filters) -> _Found:
        """The passages of both rankings, in the order of a fixed sum of their scores."""
        clock = time.perf_counter()
        dense = self.index.store.dense(query.vector, POOL, filters)
        lexical = self.index.store.lexical(query.text, POOL, filters)
        store_ms = (time.perf_counter() - clock) * 1000
        fused = min_max_fusion(dense, lexical, DENSE_SHARE)[:DEPTH]
        similarities = {
            id: max_similarities(query.tokens, self.index.tokens.of(self.index.passages[id])) for id, _ in fused
        }
        parts = {id: parts_of(self.index.passages[id], self.index) for id, _ in fused}
        guests = {id: GuestPart(own.share, own.heard) for id, own in parts.items()}
        scaled = dict(zip((hit.id for hit in lexical), min_max([hit.score for hit in lexical]).tolist(), strict=True))
        candidates = [
            Candidate(self.index.passages[id], scaled.get(id, 0.0), similarities[id])
            for id, _ in reorder(fused, similarities, query.weights, guests)
        ]
        return _Found(candidates, similarities, store_ms)


def _in_turns(lists: Sequence[Sequence[ScoredPassage]], k: int) -> list[ScoredPassage]:
    """The first of each list, then the second of each, and so on; a passage in two lists counts once."""
    found: dict[str, ScoredPassage] = {}
    for row in zip_longest(*lists):
        for scored in row:
            if scored is not None:
                found.setdefault(scored.passage.id, scored)
    return list(found.values())[:k]


def reorder(
    fused: list[tuple[str, float]], similarities: dict[str, Vectors], weights: Vectors, guests: dict[str, GuestPart]
) -> list[tuple[str, float]]:
    """Reorder by a weighted sum: fused score, late interaction with all words and with only the
    guests' (and title and chapter), and the guests' share.

    All are scaled to 0..1 over the list.
    """
    if not fused:
        return []
    late = [weighted_match(similarities[id], weights) for id, _ in fused]
    guests_late = [weighted_match(of_units(similarities[id], guests[id].units), weights) for id, _ in fused]
    total = (
        min_max([score for _, score in fused])
        + LATE_WEIGHT * min_max(late)
        + GUEST_LATE_WEIGHT * min_max(guests_late)
        + GUEST_WEIGHT * np.array([guests[id].share for id, _ in fused])
    )
    order = np.argsort(-total, kind="stable")
    return [(fused[i][0], float(total[i])) for i in order]

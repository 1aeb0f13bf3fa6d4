"""Which runs a verified statement cites, and in what order.

1. The whole statement's runs, best first; one whose chapter the statement names by its title's words moves up.
2. Behind the first two, the run of each sentence that has none among them.
3. None twice, at most four; each with the sentence set off that holds most of the statement.

Nothing here judges whether they support it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.evidence import EvidenceSettings, with_keys
from app.gate_words import Token, tokens
from app.models import Evidence
from app.verify_features import Measured
from app.verify_find import Looked
from app.verify_scope import Names
from index.embedder import Vectors

MOST_CITED = 4
# How many ranks a chapter's title is worth whose words all stand in the statement: editors write chapter by chapter.
_CHAPTER_RANKS = 7.0
# Ranks behind the best after which a run is not cited.
_FURTHEST = 6.0
_OF_WHOLE = 2


def cited(looked: Looked, sentences: Sequence[Measured], statement: str, names: Names) -> list[Evidence]:
    """The runs to cite, best first."""
    said = tokens(names.without_guests(statement))
    keys = {token.key for token in said if token.content}
    values = sorted(
        ((rank - _CHAPTER_RANKS * _chapter_held(run, keys), rank) for rank, run in enumerate(looked.runs)),
    )
    best = [looked.runs[rank] for value, rank in values if value <= values[0][0] + _FURTHEST]
    own = [item.run for item in sorted(sentences, key=lambda item: -item.score) if item.run]
    return _apart([*best[:_OF_WHOLE], *own, *best[_OF_WHOLE:]], said, MOST_CITED)


def nearest(looked: Looked, statement: str, names: Names, most: int) -> list[Evidence]:
    """What comes nearest to a statement that is not supported, whoever says it."""
    runs = sorted([*looked.runs, *looked.others], key=lambda run: -run.score)
    return _apart(runs, tokens(names.without_guests(statement)), most)


def overlap(one: Evidence, other: Evidence) -> bool:
    """Whether two runs share time."""
    return one.episode.slug == other.episode.slug and one.start < other.end and other.start < one.end


def _chapter_held(run: Evidence, keys: set[str]) -> float:
    """Share of a chapter title's words that the statement says."""
    title = [token.key for token in tokens(run.chapter.title) if token.content]
    return sum(key in keys for key in title) / len(title) if title else 0.0


def _apart(runs: Sequence[Evidence], said: Sequence[Token], most: int) -> list[Evidence]:
    """The first runs that do not overlap, with their key sentences."""
    kept: list[Evidence] = []
    for run in runs:
        if len(kept) < most and not any(overlap(run, other) for other in kept):
            kept.append(run)
    weights = {token.key: token.weight for token in said}

    def alike(texts: Sequence[str]) -> Vectors:
        return np.array([_held(text, weights) for text in texts], np.float32)

    return with_keys(kept, alike, EvidenceSettings().key_words)


def _held(text: str, weights: dict[str, float]) -> float:
    """Weight of the statement's words that a text says."""
    return sum(weights.get(key, 0.0) for key in {token.key for token in tokens(text)})

"""Estimates for each sentence of a guest's turn how probable it is that it carries the answer.

    question, a turn's sentences -> features (n, len(FEATURES)) -> probabilities (n,)

A logistic regression, fitted on the sentences that readers picked as the answer in passages that answer
(`eval.fitting.carrying`). The features say how well a sentence and those beside it match the question, where it stands
in its turn, and whether it says anything. Nothing here reads a store or a model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.evidence.scorer import Said, Scorer
from app.evidence.stretches import asks, chatter, points_back
from index.fitted.weights import Fitted, read_fitted
from ingest.models import Episode
from ingest.text import STOP_WORDS, stem, words

Matrix = npt.NDArray[np.float64]

FITTED = read_fitted(Path(__file__).with_name("fitted.json"))
FEATURES = (
    "late",
    "late_lead",
    "late_before",
    "late_after",
    "cosine",
    "cosine_lead",
    "cosine_before",
    "cosine_after",
    "central",
    "host_late",
    "replies",
    "opens_reply",
    "said_before",
    "said_after",
    "words",
    "asks",
    "chatter",
    "points_back",
    "novel",
    "shared",
    "turn_words",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One guest's turn near a passage.

    `asked`: how well each of the host's sentences before it matches the question.
    """

    lines: Sequence[Said]
    asked: Sequence[float]


def said_at(scorer: Scorer, episode: Episode, first: int, last: int) -> Turn:
    """The turn of the segments from `first` to `last` (exclusive)."""
    host = [float(scorer.weights @ met) for met in scorer.asked(episode, first)[1]]
    return Turn(scorer.lines(episode, first, last), host)


def carrying(question: str, turns: Sequence[Turn], fitted: Fitted = FITTED) -> list[Matrix]:
    """For each sentence of the turns near a passage, the probability that it carries the answer."""
    return [fitted.probabilities(rows, FEATURES) for rows in features(question, turns)]


def features(question: str, turns: Sequence[Turn]) -> list[Matrix]:
    """For each turn, one row for each sentence; a sentence is compared with the best of all the turns."""
    late = max((line.score for turn in turns for line in turn.lines), default=0.0)
    near = max((line.near for turn in turns for line in turn.lines), default=0.0)
    return [_rows(question, turn, late, near) for turn in turns]


def _rows(question: str, turn: Turn, best_late: float, best_near: float) -> Matrix:
    lines, asked = turn.lines, turn.asked
    late = np.array([line.score for line in lines])
    near = np.array([line.near for line in lines])
    lengths = np.array([line.words for line in lines], np.float64)
    before = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    after = lengths.sum() - lengths - before
    wanted = _stems(question)
    held = [_stems(line.text) for line in lines]
    host, replies = max(asked, default=0.0), float(bool(len(asked)))
    columns = (
        late,
        late - best_late,
        _shifted(late, 1),
        _shifted(late, -1),
        near,
        near - best_near,
        _shifted(near, 1),
        _shifted(near, -1),
        _central(lines, lengths),
        np.full(len(lines), host),
        np.full(len(lines), replies),
        replies * (np.arange(len(lines)) == 0),
        np.log1p(before) / 6,
        np.log1p(after) / 6,
        np.log1p(lengths) / 4,
        np.array([asks(line.text) for line in lines]),
        np.array([chatter(line.text) for line in lines]),
        np.array([points_back(line.text) for line in lines]),
        np.array([math.log1p(len(own - wanted)) / 3 for own in held]),
        np.array([math.log1p(len(own & wanted)) / 2 for own in held]),
        np.full(len(lines), math.log1p(lengths.sum()) / 6),
    )
    return np.column_stack(columns).astype(np.float64)


def _shifted(values: npt.NDArray[np.float64], by: int) -> npt.NDArray[np.float64]:
    """The values of the sentence before (`by` 1) or after (-1); 0 where there is none."""
    moved = np.roll(values, by)
    moved[0 if by > 0 else -1] = 0.0
    return moved


def _central(lines: Sequence[Said], lengths: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cosine of each sentence with the whole turn."""
    vectors = np.array([line.vector for line in lines])
    middle = (vectors * lengths[:, None]).sum(axis=0)
    return np.asarray(vectors @ middle / max(float(np.linalg.norm(middle)), 1e-9), np.float64)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)

"""Fits when a question is asked back, and when a turn continues the ones before it.

    first turns -> features -> regression -> app/dialogue/clear.json
    later turns -> features -> regression -> app/dialogue/follows.json

Where a question is asked back is decided on held-out
probabilities: a false question back annoys, so hardly any answerable question may get one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from app.dialogue.reader import CLEAR, FOLLOWS, Reader, Vector, of_next, of_turn
from eval.fitting.regression import Flags, Numbers, fit, held_out
from eval.fitting.talk.data import Pair, Turn, labelled, other_subjects
from index.fitted.weights import Fitted

_FOLDS = 5
_STRENGTH = {CLEAR: 0.01, FOLLOWS: 0.03}
# What a look-alike counts: a question that seems to lack something, and does not.
_LOOK_ALIKE = 3.0
# The share of answerable questions that may be asked back.
_ASKED_BACK = 0.005
# Questions on other subjects than this archive's are less sure to be clear: nothing below this is asked back.
_LEAST = 0.3


def fitted_reader(
    turns: Sequence[Turn], pairs: Sequence[Pair], vector: Vector, about: Mapping[str, str]
) -> tuple[dict[str, Fitted], list[str]]:
    """The weights by name, and figures as lines."""
    follows, lines = _follows(pairs, vector, about, _STRENGTH[FOLLOWS])
    clear, line = _clear(turns, vector, about, _STRENGTH[CLEAR])
    shown = [*(f"{FOLLOWS}: {one}" for one in lines), f"{CLEAR}: {line}", *tested(Reader(clear, follows, vector))]
    return {CLEAR: clear, FOLLOWS: follows}, shown


def _clear(turns: Sequence[Turn], vector: Vector, about: Mapping[str, str], strength: float) -> tuple[Fitted, str]:
    """The weights, with the threshold, and a figure."""
    names, rows = _rows([of_turn(turn.text, vector) for turn in turns])
    true, answerable = _flags([turn.unclear for turn in turns]), _flags([turn.answerable for turn in turns])
    counts = np.where(~answerable & ~true, _LOOK_ALIKE, 1.0)
    how = partial(fit, strength=strength, scaled=True)
    apart = held_out(how, rows, true, counts, _splits(true, [turn.text for turn in turns]))
    threshold = max(_LEAST, float(np.quantile(apart[answerable], 1 - _ASKED_BACK)))
    line = f"{np.mean(apart[true] >= threshold):.3f} of {true.sum()} found where held out, from {threshold:.3f} on"
    return how(rows, true, counts).fitted(names, about, threshold=threshold), line


def _follows(
    pairs: Sequence[Pair], vector: Vector, about: Mapping[str, str], strength: float
) -> tuple[Fitted, list[str]]:
    """The weights, and for each kind of pair how many are taken for continuations where they are held out."""
    names, rows = _rows([of_next(pair.text, pair.before, vector) for pair in pairs])
    true, counts = _flags([pair.follows for pair in pairs]), np.array([pair.counts for pair in pairs])
    how = partial(fit, strength=strength, scaled=True)
    apart = held_out(how, rows, true, counts, _splits(true, [pair.text for pair in pairs]))
    kinds = np.array([f"{'continues' if pair.follows else 'stands alone'} ({pair.source})" for pair in pairs])
    lines = [
        f"{kind}: {np.mean(apart[kinds == kind] >= 0.5):.3f} of {np.sum(kinds == kind)} joined"
        for kind in dict.fromkeys(kinds.tolist())
    ]
    return how(rows, true, counts).fitted(names, about), lines


def tested(reader: Reader) -> list[str]:
    """Precision and recall of questions back, on the labelled questions that are never fitted on."""
    apart = [one for one in labelled() if one.held_out]
    asked = [one for one in apart if reader.unclear(one.question)]
    right, due = sum(one.clarify for one in asked), sum(one.clarify for one in apart)
    others = [one.question for one in other_subjects() if one.held_out]
    pairs = [(before, text) for before in others for text in others if before != text]
    joined = sum(reader.follows(text, [before]) for before, text in pairs)
    return [
        f"kept apart: of {len(apart)} questions {len(asked)} asked back, {right} rightly, of {due} due",
        f"kept apart, other subjects: of {len(pairs):,} clear questions after another {joined:,} joined",
    ]


def _rows(values: Sequence[Mapping[str, float]]) -> tuple[list[str], Numbers]:
    names = list(values[0])
    return names, np.array([[value[name] for name in names] for value in values], np.float64)


def _flags(values: Sequence[bool]) -> Flags:
    return np.array(values, bool)


def _splits(true: Flags, texts: Sequence[str]) -> list[tuple[Numbers, Numbers]]:
    """Folds that share no text."""
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    return list(folds.split(np.zeros((len(true), 1)), true, np.unique(texts, return_inverse=True)[1]))

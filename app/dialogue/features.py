"""Computes what a turn shows of itself, and together with the turns before it.

    turn                -> alone          with vectors: dimensions of its vector
    turn, turns before  -> alone, after   with vectors: the same, and how near it is to the turns before

Nothing here depends on the archive, in which a word may be rare or common. The rules are for English; their weights
are fitted (`app.dialogue.reader`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.language.followup import ASKS, JOINED, OPENS_A_QUESTION, content, dangling, names_in
from index.embedder import Vectors
from ingest.text import stem, words

# More pronouns than this say no more.
_MOST_POINTING = 3


def alone(turn: str) -> dict[str, float]:
    """How long a turn is, how much of it names something, and how many pronouns have no noun."""
    said, named = len(words(turn)), len(dict.fromkeys(content(turn)))
    return {
        "words": math.log1p(said),
        "content": float(named),
        "content_log": math.log1p(named),
        "content_share": named / max(1, said),
        "pointing": float(min(len(dangling(turn)), _MOST_POINTING)),
        "named": float(bool(names_in(turn))),
    }


def after(turn: str, before: Sequence[str]) -> dict[str, float]:
    """The form of a turn, and what it has in common with the last one before it (`before`, oldest first)."""
    own, last = {stem(word) for word in content(turn)}, content(before[-1])
    return {
        "joined": float(bool(JOINED.match(turn))),
        "opens": float(bool(OPENS_A_QUESTION.match(turn))),
        "asks": float(bool(ASKS.search(turn))),
        "marked": float(turn.rstrip().endswith("?")),
        "before_content": float(len(last)),
        "shared": float(len(own & {stem(word) for word in last})),
    }


def near(turn: Vectors, before: Sequence[Vectors]) -> dict[str, float]:
    """The cosine of a turn with the last one before it, and with the nearest."""
    cosines = [float(turn @ other) for other in before]
    return {"cosine": cosines[-1], "best_cosine": max(cosines)}


def dimensions(vector: Vectors) -> dict[str, float]:
    """A vector as features."""
    return {f"v{number}": float(value) for number, value in enumerate(vector)}

"""Marks the key of an excerpt: the sentence most like what is looked up, with those that it needs.

Injected instructions (`ingest.injections`) are never a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.evidence.stretches import open_quotes, points_back
from app.types import Evidence
from index.embedder import Vectors
from ingest.injections import without_injections
from ingest.text import sentences

# A sentence of fewer words is seldom the key, however similar.
_FULL_SENTENCE_WORDS = 10
_KEY_WORDS = 45


def with_keys(runs: list[Evidence], similar: Callable[[Sequence[str]], Vectors]) -> list[Evidence]:
    """The excerpts with their key sentences; all sentences are compared with the statement in one call."""
    parts = [sentences(without_injections(run.text) or run.text) for run in runs]
    scores = iter(similar([sentence for own in parts for sentence in own]).tolist())
    return [
        replace(run, key=_key(own, [next(scores) for _ in own], run.text)) for run, own in zip(runs, parts, strict=True)
    ]


def _key(texts: list[str], scores: list[float], run: str) -> str:
    """The sentence most like the statement, with those it refers to, or those that follow a short one.

    Sentences are joined only if they are next to each other in `run`: something may be left out between two texts.
    """
    lengths = [len(text.split()) for text in texts]
    at = max(range(len(texts)), key=lambda i: scores[i] * min(1.0, lengths[i] / _FULL_SENTENCE_WORDS))
    begin, end = at, at + 1

    def fits(first: int, last: int, most: float) -> bool:
        return sum(lengths[first:last]) <= most and " ".join(texts[first:last]) in run

    while begin > 0 and points_back(texts[begin]) and fits(begin - 1, end, _KEY_WORDS):
        begin -= 1
    while end < len(texts) and fits(begin, end + 1, _KEY_WORDS / 2):
        end += 1
    # A quotation inside the excerpt is not cut in half.
    while begin > 0 and open_quotes(texts[begin:end]) < 0 and fits(begin - 1, end, _KEY_WORDS):
        begin -= 1
    while end < len(texts) and open_quotes(texts[begin:end]) > 0 and fits(begin, end + 1, _KEY_WORDS):
        end += 1
    return " ".join(texts[begin:end])

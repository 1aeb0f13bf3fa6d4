"""Whether a sentence may be shown: what it says stands in the quotes that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.embedder import Embedder
from ingest.text import STOP_WORDS, stem, words

_LEAST = 0.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well quotes support a sentence (0 to 1), whether it may be shown, and if not, why."""

    support: float
    shown: bool
    reasons: tuple[str, ...]


class Gate:
    """Judges sentences; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def check(self, sentence: str, quotes: Sequence[str], question: str = "") -> Verdict:
        """Judge a sentence by the quotes that it cites."""
        said = {stem(word) for quote in quotes for word in words(quote)}
        own = {stem(word) for word in words(sentence) if word not in STOP_WORDS}
        support = len(own & said) / max(1, len(own))
        return Verdict(support, support >= _LEAST, () if support >= _LEAST else ("too few of its words are in a quote",))

    def attribute(self, sentence: str, quotes: Sequence[str]) -> tuple[int, ...]:
        """The positions of the quotes that support a sentence which cites none."""
        found = [(self.check(sentence, [quote]), place) for place, quote in enumerate(quotes)]
        best = max(found, key=lambda item: item[0].support, default=None)
        return (best[1],) if best and best[0].shown else ()

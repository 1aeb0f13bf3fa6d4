"""Judges whether quotes support a claim.

Each judge has one method, `score`: it gives each claim a number from 0 to 1, and above
the judge's `threshold` the claim counts as supported. None means that the judge failed
on that claim: callers count it separately.

- `embedding`: the best cosine of the claim with some stretch of a quote.
- `lexical`: the share of the claim's content words that are in the quotes.
- `nli:MODEL`: the probability that the quotes entail the claim, by a
  cross-encoder given by name or folder.

The first two are always available; they measure similarity, not faithfulness. None
of them filters sentences at run time (`app.support.check` does).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from index.embedder import NONE, Embedder, Vectors
from index.reranking.nli import NliError, NliModel
from ingest.text import STOP_WORDS, sentences, stem, words

SHORTEST, LONGEST = 12, 95
# Claims between two reports of progress; texts in one call of the embedder.
_CLAIMS = 64
_BATCH = 128
# bfloat16 moves MiniLM's cosines by 0.005 at most (37,000 pairs of this archive).
_MARGIN = 0.02
_NLI_BATCH = 32


class Claim(NamedTuple):
    """A sentence or fact, and the quotes that should support it together."""

    text: str
    quotes: tuple[str, ...]


class JudgeError(Exception):
    """The judge is not available; the message names the remedy."""


class Judge(Protocol):
    """Scores claims."""

    name: str
    threshold: float

    def score(self, claims: Sequence[Claim], advance: Callable[[int], None]) -> list[float | None]:
        """A score for each claim, None if the judge failed on it; `advance` gets the number of claims done."""


def verdicts(judge: Judge, claims: Sequence[Claim], advance: Callable[[int], None]) -> dict[Claim, bool | None]:
    """Judge each claim once; a claim without quotes is unsupported without asking the judge."""
    result: dict[Claim, bool | None] = dict.fromkeys(claims, False)
    asked = [claim for claim in result if claim.quotes]
    advance(len(result) - len(asked))
    for claim, score in zip(asked, judge.score(asked, advance), strict=True):
        result[claim] = None if score is None else score > judge.threshold
    return result


def stretches(quote: str) -> list[str]:
    """Every stretch of consecutive whole sentences of a quote that has 12 to 95 words."""
    parts = sentences(quote)
    lengths = [len(part.split()) for part in parts]
    found: list[str] = []
    for begin in range(len(parts)):
        count = 0
        for end in range(begin, len(parts)):
            count += lengths[end]
            if count > LONGEST:
                break
            if count >= SHORTEST:
                found.append(" ".join(parts[begin : end + 1]))
    return found


class EmbeddingJudge:
    """Cosine of all-MiniLM-L6-v2 in float32, whatever model and number type the index uses.

    A claim counts as supported if its cosine with some stretch of a quote is over 0.5. Everything is
    embedded in the machine's fast number type first; only cosines near 0.5, which could decide
    differently, are computed again in float32. That takes half the time or less, and scores far
    from 0.5 are wrong by less than 0.01. Vectors are kept by text, so a quote that several systems
    or claims share is embedded once.
    """

    name = "embedding"
    threshold = 0.5

    def __init__(self, fast: Embedder | None = None, exact: Embedder | None = None) -> None:
        """Both embedders use the same model; `exact` is used only if `fast` is not float32."""
        self._fast = _Reader(fast or Embedder(adapter=NONE))
        self._exact = _Reader(exact or Embedder(adapter=NONE, dtype="float32"))
        self._screens = self._fast.embedder.dtype != self._exact.embedder.dtype

    def score(self, claims: Sequence[Claim], advance: Callable[[int], None]) -> list[float | None]:
        """Best cosine with a stretch; 0 for quotes without one of 12 to 95 words."""
        result: list[float | None] = []
        for begin in range(0, len(claims), _CLAIMS):
            chunk = claims[begin : begin + _CLAIMS]
            result.extend(self._score(chunk))
            advance(len(chunk))
        return result

    def _score(self, claims: Sequence[Claim]) -> list[float]:
        parts = {quote: stretches(quote) for claim in claims for quote in claim.quotes}
        texts = [[text for quote in claim.quotes for text in parts[quote]] for claim in claims]
        pairs = list(zip((claim.text for claim in claims), texts, strict=True))
        cosines = self._fast.cosines(pairs)
        best = [max([0.0, *own]) for own in cosines]
        if not self._screens:
            return best
        near = [i for i, value in enumerate(best) if abs(value - self.threshold) < _MARGIN]
        again = self._exact.cosines(
            [
                (claims[i].text, [t for t, c in zip(texts[i], cosines[i], strict=True) if c > best[i] - 2 * _MARGIN])
                for i in near
            ]
        )
        for i, own in zip(near, again, strict=True):
            best[i] = max([0.0, *own])
        return best


class _Reader:
    """Embeds each text once."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._known: dict[str, Vectors] = {}

    def cosines(self, pairs: Sequence[tuple[str, Sequence[str]]]) -> list[list[float]]:
        """The cosines of each claim with its texts."""
        wanted = dict.fromkeys(text for claim, texts in pairs for text in (claim, *texts))
        # Sorted by length, for little padding; in batches, since the embedder keeps the word pieces of each text.
        fresh = sorted((text for text in wanted if text not in self._known), key=len)
        for begin in range(0, len(fresh), _BATCH):
            batch = fresh[begin : begin + _BATCH]
            self._known |= zip(batch, self.embedder.embed_sentences(batch), strict=True)
        return [[float(self._known[text] @ self._known[claim]) for text in texts] for claim, texts in pairs]


class LexicalJudge:
    """Share of the claim's content words that are in the quotes; stems are compared."""

    name = "lexical"
    threshold = 0.5

    def score(self, claims: Sequence[Claim], advance: Callable[[int], None]) -> list[float | None]:
        """The share for each claim; None for a claim without content words."""
        advance(len(claims))
        return [self._share(claim) for claim in claims]

    def _share(self, claim: Claim) -> float | None:
        wanted = {stem(word) for word in words(claim.text) if word not in STOP_WORDS}
        held = {stem(word) for quote in claim.quotes for word in words(quote)}
        return len(wanted & held) / len(wanted) if wanted else None


class NliJudge:
    """The probability of entailment by a sequence-pair classifier (`index.reranking.nli`), in float32."""

    threshold = 0.5

    def __init__(self, model: str) -> None:
        """Load a model by folder or hub name; raises `JudgeError`."""
        self.name = f"nli:{model}"
        self._model = NliModel(model, dtype="float32")
        try:
            self._model.load()
        except NliError as error:
            raise JudgeError(str(error)) from error

    def score(self, claims: Sequence[Claim], advance: Callable[[int], None]) -> list[float | None]:
        """P(quotes entail the claim), the quotes joined in order."""
        result: list[float | None] = []
        for begin in range(0, len(claims), _NLI_BATCH):
            batch = [(" ".join(claim.quotes), claim.text) for claim in claims[begin : begin + _NLI_BATCH]]
            result.extend(self._model.entails(batch))
            advance(len(batch))
        return result


def judge_named(name: str) -> Judge:
    """`embedding`, `lexical` or `nli:MODEL`; raises `JudgeError`."""
    if name == EmbeddingJudge.name:
        return EmbeddingJudge()
    if name == LexicalJudge.name:
        return LexicalJudge()
    kind, _, model = name.partition(":")
    if kind == "nli" and model:
        return NliJudge(model)
    raise JudgeError(f"no judge is named {name!r}: take embedding, lexical, or nli:MODEL with a model's name or folder")

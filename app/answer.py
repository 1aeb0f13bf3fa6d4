"""The one path from a question to an answer, for terminal, chat and API.

    question -> standalone question -> ranked passages -> confidence -> evidence -> writer -> check -> Answer

Nothing of a visitor is kept here: history comes with each question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from app.check import checked
from app.condense import standalone
from app.confidence import THRESHOLD, confidence, features_of
from app.evidence import EvidenceSettings, gather_evidence
from app.generators import extractive
from app.models import Answer, Citation, Evidence
from index.catalog import Catalog, Index, IndexHolder
from index.embedder import Embedder
from index.filters import Filters
from index.reranking import Reranking
from index.retrieve import Ranking, Retriever
from ingest.settings import Settings, SettingsError
from ingest.text import clean

MAX_QUESTION = 2000
RANKED = 12
NEAREST = 3


class QuestionError(ValueError):
    """The question cannot be asked; the message is for whoever asked it."""


class Answerer:
    """Answers questions from the index in use; safe to share between threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        """Raises `SettingsError` for a writer that there is none of."""
        if settings.model != extractive.NAME:
            raise SettingsError(f"setting 'model': there is no writer {settings.model!r}; there is: {extractive.NAME}")
        self._settings = settings
        self._embedder = embedder or Embedder(settings.embedder, threads=settings.threads)
        self._reranking = Reranking.of(settings)
        self._holder = IndexHolder(settings, self._embedder)

    @property
    def index(self) -> Index:
        """The index in use; raises as `index.catalog.open_index` does."""
        return self._holder.get()

    @property
    def catalog(self) -> Catalog:
        """What can be asked about and filtered by."""
        return self.index.catalog

    def search(self, query: str, *, k: int = 10, filters: Filters = Filters(), index: Index | None = None) -> Ranking:
        """Ranked passages for a query, from the index in use unless one is given; raises `QuestionError`."""
        return Retriever(index or self.index, self._embedder, self._reranking).search(check_question(query), k, filters)

    def ask(self, question: str, *, history: Sequence[str] = (), filters: Filters = Filters()) -> Answer:
        """Answer a question; raises `QuestionError` for one that cannot be asked.

        `history` are the visitor's earlier questions, oldest first.
        """
        clock = time.perf_counter()
        question = check_question(question)
        alone = clean(standalone(question, [clean(turn) for turn in history]))[-MAX_QUESTION:]
        index = self.index
        ranking = Retriever(index, self._embedder, self._reranking).search(alone, RANKED, filters)
        sure = confidence(features_of(alone, ranking, index))
        found = gather_evidence(
            index,
            ranking,
            EvidenceSettings(budget=self._settings.evidence_words),
            lambda texts: self._embedder.embed_sentences(texts) @ ranking.vector,
        )
        citations = [Citation(number, item) for number, item in enumerate(ordered(found), start=1)]
        notes = list(ranking.notes)
        sentences, dropped = checked(extractive.write(citations), citations) if sure >= THRESHOLD else ([], 0)
        if dropped:
            notes.append(f"{dropped} sentence{'s were' if dropped > 1 else ' was'} left out: not in what was cited.")
        if not sentences:
            unknown = index.unknown_names(alone)
            notes.extend(f"“{name}” is nowhere in the archive." for name in unknown)
            strangers = [name for name in index.guest_names.strangers(alone) if name not in unknown]
            notes.extend(f"“{name}” is not a guest of the archive." for name in strangers)
        first = (time.perf_counter() - clock) * 1000
        answer = Answer(
            question=question,
            standalone_question=alone,
            answered=bool(sentences),
            sentences=tuple(sentences),
            citations=tuple(citations) if sentences else (),
            nearest=() if sentences else tuple(citations[:NEAREST]),
            model=extractive.NAME,
            confidence=sure,
            notes=tuple(notes),
        )
        timings = ranking.timings_ms | {"first_sentence": first, "total": (time.perf_counter() - clock) * 1000}
        return replace(answer, timings_ms=timings)


def check_question(question: str) -> str:
    """The question as one clean line; raises `QuestionError`."""
    text = clean(question)
    if not text:
        raise QuestionError("The question is empty. Ask something about the archive, in a sentence.")
    if len(text) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(text):,} characters; the limit is {MAX_QUESTION:,}.")
    return text


def ordered(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Best first, with all of one guest's runs of an episode together."""
    place: dict[tuple[str, str], int] = {}
    for rank, item in enumerate(evidence):
        place.setdefault((item.episode.slug, item.speaker), rank)
    return sorted(evidence, key=lambda item: place[item.episode.slug, item.speaker])

"""The one path from a question to an answer, for terminal, chat and API.

    question -> standalone question -> ranked passages -> confidence -> evidence -> writer -> gate -> Answer

Evidence goes out before anything is written, each sentence as soon as it has passed.
Nothing of a visitor is kept here: history comes with each question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from app.condense import standalone
from app.confidence import THRESHOLD, confidence, features_of
from app.evidence import EvidenceSettings, gather_evidence
from app.gate import Gate
from app.generators import extractive
from app.generators.choose import load_engine
from app.generators.engine import Engine
from app.models import Answer, Citation, Event, Evidence, Finished, Found, Passed, Sentence
from app.writing import Work, Writer
from index.catalog import Catalog, Index, IndexHolder
from index.embedder import Embedder
from index.filters import Filters
from index.reranking import Reranking
from index.retrieve import Ranking, Retriever
from ingest.settings import Settings
from ingest.text import clean

MAX_QUESTION = 2000
RANKED = 12
NEAREST = 3
# What a writing model on a GPU reads: more, and from further down.
LARGE_EVIDENCE = EvidenceSettings(budget=1000, most_runs=8, least_second=0.6, least_later=0.6, passages=RANKED)


class QuestionError(ValueError):
    """The question cannot be asked; the message is for whoever asked it."""


class Stopped(Exception):
    """Whoever asked no longer waits for the answer."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with all that was found for it."""

    question: str
    standalone: str
    history: tuple[str, ...]
    index: Index
    ranking: Ranking
    confidence: float
    citations: tuple[Citation, ...]


class Answerer:
    """Answers questions from the index in use; safe to share between threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None, engine: Engine | None = None) -> None:
        """Loads the language model that the settings name, unless one is given.

        Raises as `load_engine` and `Reranking.of` do.
        """
        self._settings = settings
        self._embedder = embedder or Embedder(settings.embedder, threads=settings.threads)
        self._holder = IndexHolder(settings, self._embedder)
        self._reranking = Reranking.of(settings)
        engine = engine or load_engine(settings)
        self._gate = Gate(self._embedder)
        self._writer = Writer(engine, self._gate) if engine else None
        large = engine is not None and engine.accelerated and not settings.evidence_words
        small = EvidenceSettings(budget=settings.evidence_words or EvidenceSettings().budget)
        self._evidence = LARGE_EVIDENCE if large else small

    @property
    def index(self) -> Index:
        """The index in use; raises as `index.catalog.open_index` does."""
        return self._holder.get()

    @property
    def catalog(self) -> Catalog:
        """What can be asked about and filtered by."""
        return self.index.catalog

    @property
    def model(self) -> str:
        """Who writes the answers."""
        return self._writer.engine.name if self._writer else extractive.NAME

    def warm_up(self) -> None:
        """Do what is done only once before the first question; raises `EngineError`."""
        if self._writer:
            self._writer.engine.warm_up()

    def search(self, query: str, *, k: int = 10, filters: Filters = Filters(), index: Index | None = None) -> Ranking:
        """Ranked passages for a query, from the index in use unless one is given; raises `QuestionError`."""
        return self._retriever(index or self.index).search(check_question(query), k, filters)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Answer:
        """Answer a question; raises `QuestionError` for one that cannot be asked, `Stopped` once `stop` is set.

        `history` are the visitor's earlier questions, oldest first.
        """
        for event in self.stream(question, history=history, filters=filters, stop=stop):
            if isinstance(event, Finished):
                return event.answer
        raise Stopped("the answer was stopped")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Generator[Event]:
        """Answer a question event by event: what was found, each sentence, the whole.

        Raises as `ask`, but ends without `Finished` once `stop` is set. Closing it
        stops the model too.
        """
        clock = time.perf_counter()
        asked = self._find(check_question(question), history, filters)
        timings = dict(asked.ranking.timings_ms)
        work = Work()
        sentences: list[Sentence] = []
        if asked.confidence >= THRESHOLD and asked.citations:
            yield Found(asked.standalone, asked.citations, asked.confidence)
            for sentence in self._written(asked, work, stop):
                timings.setdefault("first_sentence", (time.perf_counter() - clock) * 1000)
                sentences.append(sentence)
                yield Passed(sentence)
        if stop and stop.is_set():
            return
        total = (time.perf_counter() - clock) * 1000
        timings = {"first_sentence": total} | timings | {"total": total}
        yield Finished(replace(self._answer(asked, sentences, work), timings_ms=timings))

    def _find(self, question: str, history: Sequence[str], filters: Filters) -> _Asked:
        turns = tuple(clean(turn) for turn in history)
        alone = clean(standalone(question, turns))[-MAX_QUESTION:]
        index = self.index
        ranking = self._retriever(index).search(alone, RANKED, filters)
        found = gather_evidence(
            index, ranking, self._evidence, lambda texts: self._embedder.embed_sentences(texts) @ ranking.vector
        )
        citations = tuple(Citation(number, item) for number, item in enumerate(ordered(found), start=1))
        return _Asked(question, alone, turns, index, ranking, confidence(features_of(alone, ranking, index)), citations)

    def _written(self, asked: _Asked, work: Work, stop: threading.Event | None) -> Iterator[Sentence]:
        """The model's sentences that pass; quotes where there is no model, or none of its sentences passed."""
        if self._writer:
            yield from self._writer.write(asked.standalone, asked.history, asked.citations, work, stop)
            if work.shown or (stop and stop.is_set()):
                return
        yield from extractive.write(asked.citations)

    def _answer(self, asked: _Asked, sentences: Sequence[Sentence], work: Work) -> Answer:
        answered = bool(sentences)
        notes = asked.ranking.notes + (self._writing_notes(work) if answered else _unknown(asked))
        return Answer(
            question=asked.question,
            standalone_question=asked.standalone,
            answered=answered,
            sentences=tuple(sentences),
            citations=asked.citations if answered else (),
            nearest=() if answered else asked.citations[:NEAREST],
            model=self.model,
            confidence=asked.confidence,
            notes=notes,
            writing=work.done() if answered and self._writer else None,
        )

    def _writing_notes(self, work: Work) -> tuple[str, ...]:
        """What the reader should know of how the answer was written."""
        if not self._writer:
            return ()
        notes = []
        if work.fault:
            notes.append("The language model broke off before its answer was complete; you can ask again.")
        if work.dropped:
            count = len(work.dropped)
            notes.append(
                f"{count} sentence{'s were' if count > 1 else ' was'} left out: not supported by what "
                f"{'they cite' if count > 1 else 'it cites'}."
            )
        if not work.shown:
            notes.append("Nothing that the language model wrote could be shown: the answer is made of quotes.")
        return tuple(notes)

    def _retriever(self, index: Index) -> Retriever:
        return Retriever(index, self._embedder, self._reranking)


def _unknown(asked: _Asked) -> tuple[str, ...]:
    """Names in a refused question that the archive, or its list of guests, does not hold."""
    unknown = asked.index.unknown_names(asked.standalone)
    strangers = [name for name in asked.index.guest_names.strangers(asked.standalone) if name not in unknown]
    return (
        *(f"“{name}” is nowhere in the archive." for name in unknown),
        *(f"“{name}” is not a guest of the archive." for name in strangers),
    )


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

"""Answers questions, for terminal, chat and API.

    question -> standalone question -> ranked passages -> confidence -> evidence -> writer -> gate -> Answer

A question in another language, and one about the archive itself, are answered without a search; an unclear one is
asked back.
The evidence is yielded first, then each sentence when it has passed the gate.
No data of visitors is kept here: history comes with each question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from app.answering import notes
from app.answering.cache import AnswerCache, CacheKey, events_of, fingerprint
from app.answering.clarify import ask_back
from app.answering.finding import Findings, evidence_for, find
from app.answering.unranked import unranked
from app.dialogue.reader import Reader
from app.language.rewrite import understood
from app.language.smalltalk import small_talk
from app.observe.answer_log import write_record
from app.observe.prometheus import Metrics
from app.observe.tracing import span
from app.question import MAX_QUESTION, check_question
from app.types import EXTRACTIVE, Answer, Event, Finished, Found, Outcome, Passed, Sentence, Writing
from app.writing.writer import Writer
from index.archive import Archive, ArchiveView, Stopped
from index.filters import Filters
from index.opened import Catalog, Index
from index.store.base import StoreError
from ingest.settings import Settings
from ingest.text import clean


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as understood, and the opened archive. `unclear`: it has to be asked back."""

    question: str
    standalone: str
    unclear: bool
    history: tuple[str, ...]
    filters: Filters
    archive: ArchiveView

    @property
    def index(self) -> Index:
        """The index of the archive."""
        return self.archive.index


class Answerer:
    """Answers questions from the index in use; safe to share between threads."""

    def __init__(self, archive: Archive, writer: Writer | None, settings: Settings) -> None:
        """Without a `writer`, answers are made of quotes."""
        self.archive = archive
        self._writer = writer
        self._settings = settings
        self._evidence = evidence_for(writer, settings)
        self._reader = Reader.of(archive.embedder)
        self._answers = AnswerCache(settings.answer_cache)
        self._fingerprint = fingerprint(settings)
        self.metrics = Metrics({"answer": self._answers.info, "embedding": archive.embedder.queries})

    @property
    def catalog(self) -> Catalog:
        """What can be asked about and filtered by."""
        return self.archive.catalog

    @property
    def model(self) -> str:
        """Name of the writer: `extractive` or a model."""
        return self._writer.engine.name if self._writer else EXTRACTIVE

    def warm_up(self) -> None:
        """Do one-time work before the first question; raises `EngineError`."""
        if self._writer:
            self._writer.warm_up()

    def close(self) -> None:
        """Release the index."""
        self.archive.close()

    def answers(self, question: str) -> bool:
        """Whether a question would be answered, without writing the answer."""
        text = check_question(question)
        return self.archive.using(lambda view: find(view, text, Filters(), self._evidence, shown=False)).answers

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Answer:
        """Answer a question; raises `QuestionError` for an invalid one, `Stopped` once `stop` is set.

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
        """Answer a question as events: what was found, each sentence, the whole answer.

        Raises as `ask`, but ends without `Finished` once `stop` is set. Closing the
        generator stops the model too.
        """
        clock = time.perf_counter()
        asked = self._understood(question, history, filters, stop)
        told = asked.question if self._settings.log_questions else None
        with self.metrics.asking(self.model) as asking, span("ask", model=self.model, question=told) as spent:
            alone, filters, unclear = asked.standalone, asked.filters, asked.unclear
            answer = unranked(asked.question, alone, asked.history, filters, asked.index, self.model, unclear=unclear)
            kept = None if answer else self._answers.get(self._key(asked))
            if kept:
                yield from events_of(kept)
                answer = replace(kept, question=asked.question)
            if answer:
                answer = replace(answer, timings_ms=dict.fromkeys(("retrieve", "first_sentence"), _since(clock)))
            else:
                try:
                    answer = yield from self._answered(asked, clock)
                except Stopped:
                    return
            if asked.archive.stopped:
                return
            answer = replace(answer, timings_ms=answer.timings_ms | {"total": _since(clock)})
            asking.finished(answer, cached=bool(kept))
            spent.set(outcome=str(answer.outcome), cached=bool(kept), sentences=len(answer.sentences))
            write_record(
                answer,
                index_version=asked.index.manifest.version,
                cached=bool(kept),
                with_question=self._settings.log_questions,
            )
            yield Finished(answer)

    def _understood(
        self, question: str, history: Sequence[str], filters: Filters, stop: threading.Event | None
    ) -> _Asked:
        """The question, checked and completed from those before it; raises `QuestionError`."""
        question = check_question(question)
        turns = tuple(turn for turn in map(clean, history) if not small_talk(turn))
        view = self.archive.view(stop)
        names = view.index.guest_names
        own = understood(question, turns, self._reader, names.knows)
        alone = names.spelled(clean(own.text))[-MAX_QUESTION:]
        return _Asked(question, alone, own.unclear, turns, filters, view)

    def _answered(self, asked: _Asked, clock: float) -> Generator[Event, None, Answer]:
        """As `_made`; made again with the newest index if a build removed the one in use before anything was found."""
        try:
            return (yield from self._made(asked, self._key(asked), clock))
        except StoreError:
            if not asked.archive.gone:
                raise
        asked = replace(asked, archive=self.archive.view(asked.archive.stop))
        return (yield from self._made(asked, self._key(asked), clock))

    def _made(self, asked: _Asked, key: CacheKey, clock: float) -> Generator[Event, None, Answer]:
        """Yield the events of an answer that is not cached, except the last; store the answer and return it."""
        if asked.unclear:
            evidence, reader = self._evidence, self._reader
            back = ask_back(asked.archive, asked.question, asked.standalone, asked.filters, reader, evidence)
            self._answers.put(key, back := replace(back, model=self.model))
            return replace(back, timings_ms=dict.fromkeys(("retrieve", "first_sentence"), _since(clock)))
        found = find(asked.archive, asked.standalone, asked.filters, self._evidence)
        timings = {"retrieve": _since(clock)} | found.ranking.timings_ms
        sentences: list[Sentence] = []
        writing: Writing | None = None
        if found.answers:
            yield Found(asked.standalone, found.moments, found.confidence)
            for written in self._written(asked, found):
                if isinstance(written, Writing):
                    writing = written
                    continue
                timings.setdefault("first_sentence", _since(clock))
                sentences.append(written)
                yield Passed(written)
        timings.setdefault("first_sentence", _since(clock))
        outcome = Outcome.NEAREST if writing and writing.declined else found.outcome
        answered = outcome is Outcome.ANSWERED
        answer = Answer(
            question=asked.question,
            standalone_question=asked.standalone,
            outcome=outcome,
            sentences=tuple(sentences),
            citations=found.moments if answered else (),
            nearest={Outcome.NEAREST: found.moments, Outcome.REFUSED: found.places}.get(outcome, ()),
            model=self.model,
            confidence=found.confidence,
            notes=found.ranking.notes
            + notes.of_names(asked.standalone, asked.index, narrowed=bool(asked.filters))
            + notes.of_premise(found.premise, found.moments)
            + (() if answered else notes.of_refusal(asked.standalone, asked.index))
            + (notes.of_writing(writing) if writing else ()),
            timings_ms=timings,
            writing=writing,
        )
        # Answers after a fault of the model or the reranker are not kept.
        if not ((writing and writing.fault) or found.ranking.notes or asked.archive.stopped):
            self._answers.put(key, answer)
        return answer

    def _written(self, asked: _Asked, found: Findings) -> Iterator[Sentence | Writing]:
        """The model's sentences that pass, and its statistics; quotes if there is no model, or if none passed."""
        if self._writer:
            shown = False
            with span("write", model=self.model):
                for written in self._writer.write(asked.standalone, asked.history, found.moments, asked.archive.stop):
                    shown = shown or isinstance(written, Sentence)
                    yield written
                    if isinstance(written, Writing) and written.declined:
                        return
            if shown or asked.archive.stopped:
                return
        yield from map(Sentence.quoting, found.moments)

    def _key(self, asked: _Asked) -> CacheKey:
        """The cache key; only a language model reads the earlier questions."""
        return CacheKey(
            index=asked.index.folder.name,
            model=self.model,
            settings=self._fingerprint,
            question=asked.standalone,
            filters=asked.filters,
            history=asked.history if self._writer else (),
        )


def _since(clock: float) -> float:
    """Milliseconds since a reading of `time.perf_counter`."""
    return (time.perf_counter() - clock) * 1000

"""Writes an answer with a language model; each sentence is checked before anybody sees it.

    evidence -> messages that fit the window -> model -> drafted sentences -> gate -> Sentence

1. Text that does not fit into the context window is left out: the oldest questions first, then the weakest
   evidence.
2. The gate judges each drafted sentence by the quotes that it cites. If it cites
   none, or the wrong ones, it is judged by the quote that supports it best.
3. A sentence that refers to a dropped one, repeats or says nothing is dropped, too
   (`app.writing.coherence`).
4. A sentence that fails is dropped; if no other sentence uses its evidence, the
   quote itself replaces it.

Nothing here decides whether there is an answer, or chooses evidence.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from itertools import islice

from app.language.disfluencies import trim_fillers
from app.llm.engine import Engine, EngineError, Message, Usage
from app.observe.tracing import span
from app.reasons import Reason, ReasonKind
from app.support.check import Gate
from app.types import Citation, Sentence, Writing
from app.writing.coherence import Flow
from app.writing.drafts import Form, drafted
from app.writing.parse_json import Drafted
from app.writing.prompt import messages, schema
from ingest.text import words

MAX_OUTPUT = 400
# Most tokens that a chat template adds to each message.
_TEMPLATE_TOKENS = 12
# Most quotes that replace failed sentences; more would make the answer a list of quotes.
_MOST_REPLACED = 2
# Pieces that may follow a complete answer: white space, and the count of tokens.
_AFTER_THE_END = 8
log = logging.getLogger("citecast.model")


class Writer:
    """Writes with one engine, through one gate; safe to share between threads."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self.engine = engine
        self._gate = gate

    @property
    def _form(self) -> Form:
        return Form.JSON if self.engine.constrained else Form.MARKS

    def warm_up(self) -> None:
        """Let the engine read the common start of all prompts, for its prefix cache; raises `EngineError`."""
        self.engine.warm_up()
        with self.engine.stream(messages("", [], [], self._form), max_tokens=1) as stream:
            for _ in stream:
                pass

    def write(
        self,
        question: str,
        history: Sequence[str],
        citations: Sequence[Citation],
        stop: threading.Event | None = None,
    ) -> Iterator[Sentence | Writing]:
        """Yield each sentence when it has passed, and at the end the statistics.

        An engine error ends the answer and is recorded in its `Writing`. A model that writes no sentence declines.
        """
        said, kept, turns = self._fitting(question, history, citations)
        judging = _Judging(self._gate, question, kept)
        usage, fault = Usage(), ""
        try:
            if kept:
                limits = schema(len(kept)) if self._form is Form.JSON else None
                with self.engine.stream(said, max_tokens=MAX_OUTPUT, schema=limits, stop=stop) as stream:
                    yield from filter(None, map(judging.judge, drafted(stream, self._form, len(kept))))
                    for _ in islice(stream, _AFTER_THE_END):
                        pass
                    # An engine counts tokens at its end; if it was stopped earlier, each piece is about a token.
                    usage = stream.usage if stream.usage.output_tokens else Usage(self._size(said), stream.pieces)
        except EngineError as error:
            # The error is for the operator; a visitor only reads the kind of fault.
            log.warning("%s broke off: %s", self.engine.name, error)
            fault = error.kind
        replaced = [] if stop and stop.is_set() else judging.unsaid()
        yield from map(Sentence.quoting, replaced)
        yield Writing(
            prompt_tokens=usage.prompt_tokens,
            output_tokens=usage.output_tokens,
            shown=len(judging.shown),
            dropped=tuple(judging.dropped),
            replaced=len(replaced),
            fault=fault,
            evidence_left_out=len(citations) - len(kept),
            history_left_out=len(history) - turns,
            declined=bool(kept) and not (judging.shown or judging.dropped or fault or (stop and stop.is_set())),
        )

    def _fitting(
        self, question: str, history: Sequence[str], citations: Sequence[Citation]
    ) -> tuple[list[Message], list[Citation], int]:
        """The messages that leave room for an answer, their evidence in order, and the number of questions.

        If no evidence fits there are no messages.
        """
        turns, kept = list(history), list(citations)
        while kept:
            said = messages(question, turns, kept, self._form)
            if self._size(said) + MAX_OUTPUT <= self.engine.context_tokens:
                return said, kept, len(turns)
            if turns:
                turns = turns[1:]
            else:
                kept.remove(min(kept, key=lambda item: item.evidence.score))
        return [], [], len(turns)

    def _size(self, said: Sequence[Message]) -> int:
        """Number of tokens of the messages, including those of the chat template."""
        tokens = self.engine.count_tokens("\n".join(message.content for message in said))
        return tokens + len(said) * _TEMPLATE_TOKENS


class _Judging:
    """Judges the drafted sentences of one answer, in order, and records why the others fail."""

    def __init__(self, gate: Gate, question: str, kept: Sequence[Citation]) -> None:
        """`kept`: the evidence of the answer."""
        self.shown: list[Sentence] = []
        self.dropped: list[tuple[Reason, ...]] = []
        self._failed: set[int] = set()
        self._gate = gate
        self._question = question
        self._kept = kept
        self._quotes = [item.evidence.text for item in kept]
        self._flow = Flow(self._quotes)

    def judge(self, draft: Drafted) -> Sentence | None:
        """The sentence with its citations; None if it does not pass."""
        if kind := self._flow.fault(draft.text):
            self.dropped.append((Reason(kind),))
            return None
        judged = self._supported(draft)
        if isinstance(judged, Sentence):
            self._flow.shown(draft.text)
            self.shown.append(judged)
            return judged
        self._flow.dropped()
        self.dropped.append(judged)
        self._failed.update(self._kept[number - 1].id for number in draft.cites[:1])
        return None

    def unsaid(self) -> list[Citation]:
        """The evidence of failed sentences that no shown sentence uses; empty if none was shown."""
        said = {number for sentence in self.shown for number in sentence.citations}
        return [item for item in self._kept if said and item.id in self._failed - said][:_MOST_REPLACED]

    def _supported(self, draft: Drafted) -> Sentence | tuple[Reason, ...]:
        """The sentence with its citations, or else the best supporting one; the reasons if nothing supports it."""
        reasons: tuple[Reason, ...] = (Reason(ReasonKind.CITES_NOTHING),)
        cited = [number - 1 for number in draft.cites]
        for find in (lambda: cited, lambda: self._gate.attribute(draft.text, self._quotes)):
            if not (places := find()):
                continue
            with span("gate") as judged:
                verdict = self._gate.check(draft.text, [self._quotes[place] for place in places], self._question)
                judged.set(shown=verdict.shown, support=verdict.support)
            if verdict.shown:
                rests_on = [self._kept[place] for place in places]
                numbers = tuple(item.id for item in rests_on)
                return Sentence(draft.text, numbers, verdict.support, _quoted(draft.text, rests_on))
            reasons = verdict.reasons
        return reasons


def _quoted(sentence: str, cited: Sequence[Citation]) -> int | None:
    """The citation whose words a model's sentence repeats (hesitations ignored); None if the words are its own."""
    said = f" {' '.join(words(sentence))} "
    for citation in cited:
        text = citation.evidence.text
        if any(said in f" {' '.join(words(form))} " for form in (text, trim_fillers(text))):
            return citation.id
    return None

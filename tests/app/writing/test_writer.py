"""Tests a language model's answer on the sample archive: what passes, what replaces the rest, and errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from answer_contract import check_answer
from builds import Built, answerer_of
from chat_fake import BILL
from llm_fakes import Script, ScriptedEngine
from model_texts import NONSENSE, QUESTION, entry, first_sentence, pieces

from app.answering.pipeline import Answerer
from app.contract import AnswerModel
from app.llm.engine import Request
from app.reasons import Reason, ReasonKind
from app.support.check import Gate
from app.types import Answer, Finished, Found, Outcome, Passed, Sentence, Writing, numbered
from app.writing.prompt import _EXAMPLE
from app.writing.writer import Writer
from index.archive import Stopped
from index.embedder import Embedder

Answering = Callable[..., Answer]


@contextmanager
def answering(built: Built, script: Script | Sequence[str | Exception], **options: object) -> Iterator[Answerer]:
    """An answerer with a scripted model."""
    llm = ScriptedEngine(script, **options)  # type: ignore[arg-type]
    answerer = answerer_of(built.settings, built.embedder, llm)
    try:
        yield answerer
    finally:
        answerer.close()


def quoting(form: str) -> Callable[[Request], list[str]]:
    """A model that writes the longest sentence of each piece of evidence, with its number."""

    def script(request: Request) -> list[str]:
        said = [(first_sentence(piece), number) for number, piece in enumerate(pieces(request), start=1)]
        if form == "json":
            text = json.dumps({"sentences": [{"text": text, "cites": [number]} for text, number in said]})
        else:
            text = " ".join(f"{text} [{number}]" for text, number in said)
        return [text[i : i + 7] for i in range(0, len(text), 7)]

    return script


@pytest.mark.parametrize("form", ["json", "marks"])
def test_sentences_that_stand_in_their_evidence_are_shown(sample_built: Built, form: str) -> None:
    with answering(sample_built, quoting(form), constrained=form == "json") as answerer:
        answer = answerer.ask(QUESTION)
        check_answer(AnswerModel.of(answer).to_json(), answerer.archive.index.episodes, 260)
    assert answer.answered
    assert answer.model == "scripted:model"
    assert answer.writing is not None
    assert answer.writing.shown == len(answer.sentences) > 0
    assert not answer.writing.dropped
    assert not answer.notes
    assert answer.writing.output_tokens > 0
    for sentence in answer.sentences:
        (number,) = sentence.citations
        assert first_sentence(answer.citations[number - 1].evidence.text) == sentence.text
        assert sentence.quoted == number


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("We compare the inputs of this week with those of the training.", 1),
        ("We compare the inputs of the training with those of this week.", None),
    ],
)
def test_a_quote_without_its_hesitations_is_a_quote(minilm: Embedder, said: str, quoted: int | None) -> None:
    item = replace(BILL, text="We compare, uh, the inputs of this week with those of the training. That is all.")
    engine = ScriptedEngine([entry(said, 1)], constrained=True)
    sentence, writing = Writer(engine, Gate(minilm)).write("Where do you begin?", [], numbered([item]))
    assert isinstance(writing, Writing)
    assert isinstance(sentence, Sentence)
    assert sentence.quoted == quoted


def test_the_prompt_holds_words_and_no_name_time_title_or_link(sample_built: Built) -> None:
    asked: list[Request] = []

    def script(request: Request) -> list[str]:
        asked.append(request)
        return [entry("Nothing.", 1)]

    with answering(sample_built, script, constrained=True) as answerer:
        answer = answerer.ask(QUESTION)
    prompt = "\n".join(message["content"] for message in asked[0].messages).replace(_EXAMPLE, "")
    for citation in answer.citations:
        item = citation.evidence
        for secret in (item.speaker, item.episode.title, item.chapter.title, str(item.episode.url(item.start)), "http"):
            assert secret not in prompt
    assert asked[0].schema is not None
    cites = asked[0].schema["properties"]["sentences"]["items"]["properties"]["cites"]["items"]["enum"]
    assert cites == [citation.id for citation in answer.citations]


def test_what_stands_in_no_evidence_is_dropped_and_quotes_take_over(sample_built: Built) -> None:
    with answering(sample_built, [entry(NONSENSE, 1)], constrained=True) as answerer:
        answer = answerer.ask(QUESTION)
        quotes = answerer_of(sample_built.settings, sample_built.embedder).ask(QUESTION)
    assert answer.sentences == quotes.sentences
    assert answer.writing is not None
    assert (answer.writing.shown, len(answer.writing.dropped)) == (0, 1)
    assert any("1 sentence was left out" in note for note in answer.notes)
    assert any("made of quotes" in note for note in answer.notes)


def test_a_quote_stands_in_for_a_sentence_that_failed(sample_built: Built) -> None:
    def script(request: Request) -> list[str]:
        said = {"sentences": [{"text": first_sentence(pieces(request)[0]), "cites": [1]}]}
        if len(pieces(request)) > 1:
            said["sentences"].append({"text": NONSENSE, "cites": [2]})
        return [json.dumps(said)]

    with answering(sample_built, script, constrained=True) as answerer:
        answers = [answerer.ask(item) for item in (QUESTION, "How do you cut the cost of serving language models?")]
    answer = next(answer for answer in answers if len(answer.citations) > 1)
    assert answer.writing is not None
    assert (answer.writing.shown, len(answer.writing.dropped), answer.writing.replaced) == (1, 1, 1)
    assert answer.sentences[-1].text == answer.citations[1].evidence.key
    assert (answer.sentences[-1].citations, answer.sentences[-1].quoted) == ((2,), 2)


@pytest.mark.parametrize("cites", ["[99]", "[0]", ""])
def test_made_up_numbers_are_none_and_a_sentence_is_given_what_supports_it(sample_built: Built, cites: str) -> None:
    def script(request: Request) -> list[str]:
        return [f"{first_sentence(pieces(request)[0])} {cites} {NONSENSE}"]

    with answering(sample_built, script) as answerer:
        answer = answerer.ask(QUESTION)
    assert answer.sentences[0].citations == (1,)
    assert answer.writing is not None
    assert answer.writing.dropped == ((Reason(ReasonKind.CITES_NOTHING),),)


def test_a_small_window_keeps_the_newest_questions_and_the_best_evidence(sample_built: Built) -> None:
    asked: list[Request] = []

    def script(request: Request) -> list[str]:
        asked.append(request)
        return quoting("json")(request)

    history = [f"What is {'very ' * 40}old question {number}?" for number in range(3)]
    with answering(sample_built, script, constrained=True) as answerer:
        answerer.ask(QUESTION, history=history)
    needed = sum(len(message["content"].split()) for message in asked[0].messages)
    for context, left_out in ((needed + 1000, False), (needed + 400, True), (10, True)):
        with answering(sample_built, script, constrained=True, context=context) as answerer:
            answer = answerer.ask(QUESTION, history=history)
        assert answer.answered
        assert answer.writing is not None
        assert bool(answer.writing.history_left_out) == left_out
        assert bool(answer.writing.evidence_left_out) == (context == 10)


def test_an_answer_that_is_stopped_has_no_end(sample_built: Built) -> None:
    stop = threading.Event()
    with answering(sample_built, quoting("json"), constrained=True) as answerer:
        events = []
        for event in answerer.stream(QUESTION, stop=stop):
            events.append(event)
            if isinstance(event, Passed):
                stop.set()
        assert [type(event) for event in events] == [Found, Passed]
        with pytest.raises(Stopped):
            answerer.ask(QUESTION, stop=stop)


def test_a_refusal_asks_no_model(sample_built: Built) -> None:
    with answering(sample_built, [AssertionError("the model was asked")]) as answerer:
        events = list(answerer.stream("Who won the chess world cup?"))
    (event,) = events
    assert isinstance(event, Finished)
    assert not event.answer.answered
    assert event.answer.writing is None


def test_where_nobody_is_sure_to_answer_no_model_is_asked(sample_built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.answering.finding.ANSWERED_FROM", 1.0)
    with answering(sample_built, [AssertionError("the model was asked")]) as answerer:
        (event,) = answerer.stream(QUESTION)
    assert isinstance(event, Finished)
    assert event.answer.outcome is Outcome.NEAREST
    assert event.answer.nearest
    assert (event.answer.sentences, event.answer.citations, event.answer.writing) == ((), (), None)


@pytest.mark.parametrize("written", ['{"sentences": []}', ""])
def test_a_model_that_writes_no_sentence_leaves_the_moments_as_the_nearest(sample_built: Built, written: str) -> None:
    with answering(sample_built, lambda request: [written], constrained=bool(written)) as answerer:
        answer = answerer.ask(QUESTION)
    assert answer.outcome is Outcome.NEAREST
    assert answer.nearest
    assert (answer.sentences, answer.citations) == ((), ())
    assert answer.notes[-1] == "The language model found no answer in these moments."


def test_a_sentence_that_points_at_a_dropped_one_goes_with_it(sample_built: Built) -> None:
    def script(request: Request) -> list[str]:
        first = first_sentence(pieces(request)[0])
        texts = [first, NONSENSE, f"It is so: {first[0].lower()}{first[1:]}"]
        return [json.dumps({"sentences": [{"text": text, "cites": [1]} for text in texts]})]

    with answering(sample_built, script, constrained=True) as answerer:
        answer = answerer.ask(QUESTION)
    assert answer.writing
    assert answer.writing.shown == 1
    assert (Reason(ReasonKind.POINTS_AT_NOTHING),) in answer.writing.dropped


def test_tokens_are_counted_where_the_generation_was_ended_early(sample_built: Built) -> None:
    def script(request: Request) -> list[str]:
        said = [(f"Part {number}: {first_sentence(pieces(request)[0])}", 1) for number in range(8)]
        return [json.dumps({"sentences": [{"text": text, "cites": [number]} for text, number in said]}), *"x" * 500]

    with answering(sample_built, script, constrained=True) as answerer:
        answer = answerer.ask(QUESTION)
    assert answer.writing
    assert answer.writing.prompt_tokens > 100
    assert answer.writing.output_tokens > 0


def test_warming_up_reads_what_every_prompt_begins_with(sample_built: Built) -> None:
    with answering(sample_built, ["yes"] * 4, constrained=True) as answerer:
        answerer.warm_up()
        answerer.ask(QUESTION)
        asked = answerer._writer.engine.requests  # type: ignore[union-attr]
    warm, real = asked[-2].messages, asked[-1].messages
    assert warm[:-1] == real[:-1]
    assert real[-1]["content"].startswith(warm[-1]["content"].splitlines()[0] + "\n")

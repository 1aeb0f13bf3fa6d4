"""Tests the JSON of every kind of answer, verdict and search exactly: keys, order and rounding."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from app_fixtures import GUEST, HOST, Line, episode_of, passages_at

from app.contract import AnswerModel, CitationModel, Model, PassageModel, SearchModel, VerifiedModel
from app.reasons import Reason, ReasonKind
from app.types import Answer, Evidence, Outcome, Sentence, Verdict, Verified, Writing, numbered
from ingest.models import ScoredPassage

EPISODE = replace(
    episode_of([Line(HOST, "What does it save?"), Line(GUEST, "It saves a third. We keep “a week”.")]),
)
EVIDENCE = Evidence(
    EPISODE, EPISODE.chapters[0], GUEST, 12.26, 15.04, "It saves a third.", "It saves", "What does it save?", 0.9,
    after="We keep “a week”.", row=7,
)  # fmt: skip
CITED = numbered([EVIDENCE])
SENTENCES = (Sentence("It saves a third.", (1,), 0.98765), Sentence("We keep “a week”.", (), 1.0))
TIMES = {"find": 0.1234, "total": 1.23456}
WRITING = Writing(
    30, 7, 1, ((Reason(ReasonKind.NUMBER, "42"), Reason(ReasonKind.TIME)), (Reason(ReasonKind.BREAKS_OFF),)), 2,
    "timeout", 3, 4,
)  # fmt: skip

CITATION_JSON = (
    '{"id": 1, "episode": "caches", "title": "About caches", "guests": ["Ilva Nadrostek"],'
    ' "date": "2024-03-01", "date_kind": "published", "speaker": "Ilva Nadrostek",'
    ' "chapter": "Chapter 1", "start": 12.3, "end": 15.0, "quote": "It saves a third.",'
    ' "url": "https://www.youtube.com/watch?v=abcDEF_123-&t=12", "page": "https://datatalks.club/podcast/s01e01/caches",'
    ' "page_line": "https://datatalks.club/podcast/s01e01/caches#transcript-entry-7",'
    ' "key": "It saves", "asked": "What does it save?", "estimated": false, "before": "", "after": "We keep “a week”."}'
)
SENTENCES_JSON = (
    '[{"text": "It saves a third.", "citations": [1], "support": 0.988},'
    ' {"text": "We keep “a week”.", "citations": [], "support": 1.0}]'
)
END_JSON = '"notes": ["a note"], "timings_ms": {"find": 0.12, "total": 1.23}}'


def answer_of(outcome: Outcome, **more: Any) -> Answer:
    given = {"sentences": (), "citations": (), "nearest": (), "model": "m", "confidence": 0.12345, "timings_ms": TIMES}
    return Answer("q?", "of it, q?", outcome, **{**given, "notes": ("a note",), **more})


def answer_json(outcome: str, sentences: str = "[]", citations: str = "[]", more: str = "") -> str:
    answered = "true" if outcome == "answered" else "false"
    return (
        f'{{"question": "q?", "standalone_question": "of it, q?", "answered": {answered}, "outcome": "{outcome}",'
        f' "sentences": {sentences}, "citations": {citations}, {more}"model": "m", "confidence": 0.123, {END_JSON}'
    )


def verified_of(verdict: Verdict, **more: Any) -> Verified:
    given = {"citations": (), "nearest": (), "sentences": SENTENCES, "notes": ("a note",), "timings_ms": TIMES}
    return Verified("It is so.", verdict, 0.55555, **{**given, **more})


def verified_json(verdict: str, citations: str) -> str:
    return (
        f'{{"statement": "It is so.", "verdict": "{verdict}", "score": 0.556, {citations},'
        f' "sentences": {SENTENCES_JSON}, {END_JSON}'
    )


def searched() -> SearchModel:
    (passage,) = passages_at(EPISODE, [0])
    return SearchModel(
        query="q", passages=[PassageModel.at(ScoredPassage(passage, 0.123456, 1), EPISODE)], timings_ms=TIMES
    )


CASES: dict[str, tuple[Model, str]] = {
    "answered with quotes": (
        AnswerModel.of(answer_of(Outcome.ANSWERED, sentences=SENTENCES, citations=CITED, nearest=CITED)),
        answer_json("answered", SENTENCES_JSON, f"[{CITATION_JSON}]"),
    ),
    "answered by a model": (
        AnswerModel.of(answer_of(Outcome.ANSWERED, sentences=SENTENCES, citations=CITED, writing=WRITING)),
        answer_json(
            "answered",
            SENTENCES_JSON,
            f"[{CITATION_JSON}]",
            '"usage": {"prompt_tokens": 30, "output_tokens": 7}, "gate": {"shown": 1,'
            ' "dropped": ["number 42 is in no cited quote; holds a time", "breaks off"],'
            ' "replaced": 2, "fault": "timeout", "evidence_left_out": 3, "history_left_out": 4}, ',
        ),
    ),
    "refused": (
        AnswerModel.of(answer_of(Outcome.REFUSED, nearest=CITED)),
        answer_json("refused", more=f'"nearest": [{CITATION_JSON}], '),
    ),
    "nearest": (
        AnswerModel.of(answer_of(Outcome.NEAREST, nearest=CITED)),
        answer_json("nearest", more=f'"nearest": [{CITATION_JSON}], '),
    ),
    "asked back": (
        AnswerModel.of(answer_of(Outcome.CLARIFY, sentences=SENTENCES, choices=("Which one?", "Or this?"))),
        answer_json("clarify", SENTENCES_JSON, more='"nearest": [], "choices": ["Which one?", "Or this?"], '),
    ),
    "about the archive": (
        AnswerModel.of(answer_of(Outcome.ABOUT_ARCHIVE, sentences=SENTENCES)),
        answer_json("about_archive", SENTENCES_JSON, more='"nearest": [], '),
    ),
    "another language": (
        AnswerModel.of(answer_of(Outcome.OTHER_LANGUAGE)),
        answer_json("other_language", more='"nearest": [], '),
    ),
    "supported": (
        VerifiedModel.of(verified_of(Verdict.SUPPORTED, citations=CITED, nearest=CITED)),
        verified_json("supported", f'"citations": [{CITATION_JSON}]'),
    ),
    "partly supported": (VerifiedModel.of(verified_of(Verdict.PARTLY)), verified_json("partly", '"citations": []')),
    "not found": (
        VerifiedModel.of(verified_of(Verdict.NOT_FOUND, nearest=CITED)),
        verified_json("not_found", f'"citations": [], "nearest": [{CITATION_JSON}]'),
    ),
    "search": (
        searched(),
        '{"query": "q", "passages": [{"rank": 1, "score": 0.1235, "episode": "caches", "title": "About caches",'
        ' "chapter": "Chapter 1", "start": 0.0, "end": 6.0, "speaker": "Robin Hale",'
        ' "text": "What does it save?\\nIt saves a third. We keep “a week”.",'
        ' "url": "https://www.youtube.com/watch?v=abcDEF_123-&t=0"}],'
        ' "timings_ms": {"find": 0.12, "total": 1.23}}',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_json_is_what_the_contract_says(case: str) -> None:
    made, expected = CASES[case]
    assert json.dumps(made.to_json(), ensure_ascii=False) == expected


@pytest.mark.parametrize("case", CASES)
def test_json_is_read_back_as_it_was(case: str) -> None:
    made, expected = CASES[case]
    assert type(made).model_validate_json(expected) == made


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({"recorded": "2024-02-20"}, {"date": "2024-02-20", "date_kind": "recorded"}),
        ({}, {"date": "2024-03-01", "date_kind": "published"}),
        ({"published": None}, {}),
    ],
)
def test_a_citation_has_the_day_of_recording_or_publication_or_none(
    days: dict[str, Any], expected: dict[str, str]
) -> None:
    episode = replace(EPISODE, **days)
    made = CitationModel.of(numbered([replace(EVIDENCE, episode=episode)])[0]).to_json()
    assert {key: made[key] for key in made if key.startswith("date")} == expected

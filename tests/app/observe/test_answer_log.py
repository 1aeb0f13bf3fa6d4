"""Tests the record of an answer: fields, one line on standard error, and nobody's words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from chat_fake import BILL, TWO_TEAMS, answer
from http_fake import web_server
from starlette.responses import PlainTextResponse

from app.observe import log_filter as quiet
from app.observe.answer_log import log, record_of, to_stderr, write_record
from app.reasons import Reason, ReasonKind
from app.types import Outcome, Writing

QUESTION = "Does my neighbour\nJo Sample drink\ud800?"
WRITING = Writing(
    prompt_tokens=900, output_tokens=80, shown=2, replaced=1, fault="timeout", evidence_left_out=1, history_left_out=2,
    dropped=(
        (Reason(ReasonKind.NAME, "Jo Sample"), Reason(ReasonKind.BREAKS_OFF)),
        (Reason(ReasonKind.SAYS_NOTHING),),
    ),
)  # fmt: skip
ANSWER = replace(answer(QUESTION, [TWO_TEAMS, BILL]), model="server:some-model", writing=WRITING)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The records' logger before a server has set it up; restored afterwards."""
    before = log.handlers, log.level, log.propagate
    log.handlers, log.level, log.propagate = [], logging.NOTSET, True
    yield log
    log.handlers, log.level, log.propagate = before


def test_a_record_holds_what_an_operator_asks() -> None:
    before = datetime.now(UTC)
    record = record_of(ANSWER, index_version="abc", cached=False)
    assert before.timestamp() - 1 <= datetime.fromisoformat(record.pop("time")).timestamp()
    assert record == {
        "outcome": "answered",
        "index_version": "abc",
        "model": "server:some-model",
        "cached": False,
        "confidence": 0.8,
        "sentences": 2,
        "citations": 2,
        "timings_ms": {"retrieve": 12.0, "first_sentence": 30.0, "total": 412.0},
        "tokens": {"prompt": 900, "output": 80},
        "gate": {
            "shown": 2,
            "dropped": [["name is in no cited quote", "breaks off"], ["says nothing"]],
            "replaced": 1,
        },
        "fault": "timeout",
        "evidence_left_out": 1,
        "history_left_out": 2,
    }


def test_an_extractive_answer_and_a_refusal_have_the_same_fields() -> None:
    refused = replace(ANSWER, outcome=Outcome.REFUSED, sentences=(), citations=(), writing=None)
    record = record_of(refused, index_version="abc", cached=False)
    assert record.keys() == record_of(ANSWER, index_version="abc", cached=False).keys()
    assert (record["outcome"], record["citations"]) == ("refused", 0)
    assert record["tokens"] == {"prompt": 0, "output": 0}


def test_nobody_is_in_it_unless_questions_are_asked_for() -> None:
    plain = json.dumps(record_of(ANSWER, index_version="abc", cached=False))
    for part in ("neighbour", "Sample", TWO_TEAMS.key, TWO_TEAMS.speaker):
        assert part not in plain
    assert record_of(ANSWER, index_version="abc", cached=False, with_question=True)["question"] == QUESTION


def test_it_is_one_line_on_standard_error(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    to_stderr()
    to_stderr()
    write_record(ANSWER, index_version="abc", cached=False, with_question=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert json.loads(err)["question"] == QUESTION
    assert len(err.splitlines()) == 1
    assert not caplog.records


def test_the_web_server_does_not_swallow_it(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr()
    quiet.to_stderr()
    with web_server(PlainTextResponse("here")):
        pass  # it sets logging up
    write_record(ANSWER, index_version="abc", cached=False)
    assert json.loads(capsys.readouterr().err)["index_version"] == "abc"


def test_nothing_is_written_where_nobody_reads(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    write_record(ANSWER, index_version="abc", cached=False)
    assert capsys.readouterr() == ("", "")

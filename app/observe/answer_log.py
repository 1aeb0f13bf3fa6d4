"""Logs one line of JSON for each answer, to the logger `citecast.answers`.

It holds no word of the question or the answer and nothing about the visitor; only the
setting `log_questions` adds the question.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from app.types import Answer, Writing

log = logging.getLogger("citecast.answers")


def record_of(answer: Answer, *, index_version: str, cached: bool, with_question: bool = False) -> dict[str, Any]:
    """An answer's record; `timings_ms` in milliseconds, `time` in UTC.

    An answer from the cache has zero tokens; its `gate` is from the time when it was written.
    """
    writing = answer.writing or Writing()
    record: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": str(answer.outcome),
        "index_version": index_version,
        "model": answer.model,
        "cached": cached,
        "confidence": round(answer.confidence, 3),
        "sentences": len(answer.sentences),
        "citations": len(answer.citations),
        "timings_ms": {stage: round(spent, 2) for stage, spent in answer.timings_ms.items()},
        "tokens": {
            "prompt": 0 if cached else writing.prompt_tokens,
            "output": 0 if cached else writing.output_tokens,
        },
        "gate": {
            "shown": writing.shown,
            "dropped": [[str(reason.kind) for reason in reasons] for reasons in writing.dropped],
            "replaced": writing.replaced,
        },
        "fault": writing.fault,
        "evidence_left_out": writing.evidence_left_out,
        "history_left_out": writing.history_left_out,
    }
    return record | ({"question": answer.question} if with_question else {})


def write_record(answer: Answer, *, index_version: str, cached: bool, with_question: bool = False) -> None:
    """Log an answer's record if the logger is enabled."""
    if log.isEnabledFor(logging.INFO):
        record = record_of(answer, index_version=index_version, cached=cached, with_question=with_question)
        # In ASCII: a question may hold characters that standard error cannot encode.
        log.info("%s", json.dumps(record))


def to_stderr() -> None:
    """From now on, write records to standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False

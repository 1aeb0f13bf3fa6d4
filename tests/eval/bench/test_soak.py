"""Tests how a soak is judged, and the model that repeats its evidence."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from chat_fake import BILL, TWO_TEAMS

from app.types import Citation
from app.writing.prompt import messages
from eval.bench.soak_model import repeated
from eval.bench.soak_result import Soak


def soak(**changes: Any) -> Soak:
    """A soak in which nothing happened."""
    usual: dict[str, Any] = {"memory_mb": [700.0] * 40, "threads": [20] * 40, "files": [30] * 40, "stopped": True}
    return Soak(**usual | changes)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        # What grows before the second quarter is warming up.
        ({"memory_mb": [300.0] * 10 + [700.0] * 20 + [720.0] * 10}, []),
        ({"memory_mb": [700.0 + 5 * reading for reading in range(40)]}, ["memory grew by 100 MB"]),
        ({"files": list(range(40))}, ["20 more files are open"]),
        ({"threads": list(range(40))}, ["there are 20 more threads"]),
        ({"stopped": False}, ["the server did not stop when told to"]),
        ({"lost": ["ReadError: Why?"]}, ["lost: ReadError: Why?"]),
    ],
)
def test_what_is_lost_or_grows_is_a_fault(changes: dict[str, Any], faults: list[str]) -> None:
    made = soak(**changes)
    assert made.faults() == faults
    assert json.loads(json.dumps(made.shown()))["faults"] == faults


def test_the_model_repeats_its_evidence() -> None:
    sent = messages("When does it pay off?", [], (Citation(1, TWO_TEAMS), Citation(2, BILL)))
    answer = json.loads(repeated([asdict(message) for message in sent]))
    assert [sentence["cites"] for sentence in answer["sentences"]] == [[1], [2]]
    assert "second team" in answer["sentences"][0]["text"]

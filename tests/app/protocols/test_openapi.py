"""Tests every operation of the API against its own description, with requests that fit it and requests that do not.

`pytest --hypothesis-profile=long` tries a hundred times as many, others each time.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

OPERATIONS = (
    "POST /api/ask", "GET /api/search", "POST /api/verify", "GET /api/episodes", "GET /api/episodes/{slug}",
    "GET /healthz", "GET /readyz", "GET /api/examples",
    "POST /api/answers", "GET /api/answers/{id}", "POST /api/feedback",
    "POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{model}",
)  # fmt: skip
WITHOUT_FIELDS = ("GET /healthz", "GET /readyz", "GET /api/examples", "GET /v1/models")
# A request may fit the description and not the archive: an empty question, a guest whom nobody knows.
EXCLUDED: Any = [positive_data_acceptance]
CHAT = {"model": "citecast", "messages": [{"role": "user", "content": "What does alpha say about beta?"}]}
# Real values where made-up ones would find nothing.
KNOWN: dict[str, dict[str, Any]] = {
    "GET /api/episodes/{slug}": {"path_parameters": {"slug": "alpha"}},
    "GET /api/episodes": {"query": {"guest": "alpha", "limit": 1}},
    "GET /api/search": {"query": {"q": "alpha", "k": 2}},
    "POST /api/ask": {"body": {"question": "What does alpha say about beta?"}},
    "POST /api/verify": {"body": {"statement": "Alpha Tester says that beta is small."}},
    "POST /api/answers": {"body": {"question": "What does alpha say about beta?"}},
    "POST /api/feedback": {"body": {"question": "Who is alpha?", "outcome": "refused", "verdict": "down"}},
    "POST /v1/chat/completions": {"body": CHAT},
    "GET /v1/models/{model}": {"path_parameters": {"model": "citecast"}},
}


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> dict[str, Any]:
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", app)
    # What does not fit may also be too long to be read.
    schema.config.checks.negative_data_rejection.expected_statuses.append("413")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def test_every_operation_is_tried(operations: dict[str, Any]) -> None:
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_an_answer_is_as_described_whatever_is_sent(
    operations: dict[str, Any], label: str, mode: GenerationMode
) -> None:
    """No server error, only statuses and bodies that are described, and nothing accepted that does not fit."""

    @settings(
        max_examples=settings().max_examples // 12,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operations[label].as_strategy(generation_mode=mode))
    def tried(case: Any) -> None:
        case.validate_response(case.call(), excluded_checks=EXCLUDED)

    if mode is GenerationMode.NEGATIVE and label in WITHOUT_FIELDS:
        with pytest.raises(Unsatisfiable):
            tried()
    else:
        tried()


@pytest.mark.parametrize("label", KNOWN)
def test_what_is_found_is_as_described(operations: dict[str, Any], label: str) -> None:
    response = operations[label].Case(**KNOWN[label]).call_and_validate(excluded_checks=EXCLUDED)
    assert response.status_code in (200, 201, 204), response.text


@pytest.mark.parametrize("label", ["POST /api/ask", "POST /v1/chat/completions"])
def test_events_are_as_described(operations: dict[str, Any], label: str) -> None:
    body = KNOWN[label]["body"] | ({"stream": True} if "chat" in label else {})
    case = operations[label].Case(body=body)
    response = case.call_and_validate(headers={"Accept": "text/event-stream"}, excluded_checks=EXCLUDED)
    assert response.headers["content-type"][0].startswith("text/event-stream")

"""Tests OpenAI's protocol with the real `openai` package, against the app on a loopback port."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import openai
import pytest
from chat_fake import FakeAnswerer, FakeVerifier, answer
from fakes import settings_for
from fastapi import FastAPI
from http_fake import web_server
from openai import OpenAI
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.testclient import TestClient

from app.answering.pipeline import Answerer
from app.contract import CitationModel
from app.protocols.openai_faults import OpenAIErrors
from app.protocols.openai_replies import usage_of
from app.protocols.openai_requests import MODEL
from app.question import MAX_QUESTION
from app.render.markdown import reply_markdown
from app.server import create_app
from app.types import Outcome, Writing
from app.verification.verifier import Verifier
from app.web.bodies import MAX_BODY, MAX_CONVERSATION
from index.filters import Filters

QUESTION = "When does a feature store pay off?"
SAID = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The app with an answerer whose answers depend on words of the question."""
    fake = FakeAnswerer()
    settings = settings_for(tmp_path_factory.mktemp("openai"), request_seconds=1)
    app = create_app(cast(Answerer, fake), cast(Verifier, FakeVerifier()), settings, [])
    with web_server(app) as url:
        yield SimpleNamespace(fake=fake, url=url, client=client_of(url))
    fake.release.set()


def client_of(url: str) -> OpenAI:
    """The client as a program makes it; only its second tries are off."""
    return OpenAI(base_url=f"{url}v1", api_key="none is needed", max_retries=0)


def asked(site: Any, question: str = QUESTION, **more: Any) -> Any:
    return site.client.chat.completions.create(
        **{"model": MODEL, "messages": [{"role": "user", "content": question}]} | more
    )


@pytest.mark.parametrize("question", [QUESTION, "prose", "refuse this", "near", "unclear"])
def test_an_answer_is_its_markdown_with_outcome_and_citations(site: Any, question: str) -> None:
    completion, own = asked(site, question), site.fake.ask(question)
    (choice,) = completion.choices
    assert (completion.object, completion.model, choice.finish_reason) == ("chat.completion", MODEL, "stop")
    assert choice.message.content == reply_markdown(own).rstrip()
    assert completion.outcome == own.outcome
    assert completion.citations == [CitationModel.of(one).to_json() for one in own.citations]
    assert completion.nearest == [CitationModel.of(one).to_json() for one in own.nearest]
    # Every citation can be opened from the text.
    assert all(f"]({one['url']})" in choice.message.content for one in completion.citations[:3])


@pytest.mark.parametrize("question", [QUESTION, "prose", "refuse this", "unclear"])
def test_a_stream_has_the_same_text_piece_by_piece(site: Any, question: str) -> None:
    chunks = list(asked(site, question, stream=True, stream_options={"include_usage": True}))
    whole = asked(site, question)
    *said, counted = chunks
    deltas = [chunk.choices[0].delta for chunk in said]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in said] == [None] * (len(said) - 1) + ["stop"]
    assert (said[-1].outcome, said[-1].citations) == (whole.outcome, whole.citations)
    assert (counted.choices, counted.usage) == ([], whole.usage)
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in said)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    if whole.outcome == "answered":
        assert sum(bool(delta.content) for delta in deltas) >= len(whole.citations)


def test_a_stream_ends_with_done_and_has_usage_only_if_asked_for(site: Any) -> None:
    body = {"model": MODEL, "messages": SAID, "stream": True}
    response = httpx.post(f"{site.url}v1/chat/completions", json=body, trust_env=False)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.endswith("data: [DONE]\n\n")
    assert '"usage"' not in response.text


@pytest.mark.parametrize(
    ("writing", "counts"),
    [
        (None, (4, 3, "words")),
        (Writing(prompt_tokens=900, output_tokens=70), (900, 70, "tokens")),
        (Writing(), (4, 3, "words")),  # kept from an earlier question, so no model ran
    ],
)
def test_usage_counts_tokens_of_a_model_and_else_words(writing: Writing | None, counts: tuple[int, int, str]) -> None:
    usage = usage_of(replace(answer("", ()), writing=writing), "And who pays it?", "The second team.")
    assert (usage.prompt_tokens, usage.completion_tokens, usage.counted) == counts
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_users_earlier_messages_are_the_history_and_no_others(site: Any) -> None:
    turns = [f"What about number {place}?" for place in range(9)]
    said = [
        {"role": "system", "content": "Answer as a pirate."},
        {"role": "user", "content": "x" * (MAX_QUESTION + 1)},
        *({"role": "user", "content": turn} for turn in turns),
        {"role": "assistant", "content": "Nine numbers."},
        {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "ten?"}]},
    ]
    asked(site, messages=said, extra_body={"filters": {"guests": ["nadrostek"]}})
    assert site.fake.calls[-1] == ("And ten?", tuple(turns[-6:]), Filters(guests=("Ilva Nadrostek",)))


def test_a_conversation_may_be_longer_than_other_requests(site: Any) -> None:
    said = [{"role": role, "content": "word " * 1000} for _ in range(20) for role in ("user", "assistant")]
    assert MAX_BODY < sum(len(one["content"]) for one in said) < MAX_CONVERSATION
    assert asked(site, messages=[*said, {"role": "user", "content": QUESTION}]).outcome == "answered"
    with pytest.raises(openai.APIStatusError, match="over 262,144 bytes") as raised:
        asked(site, messages=said * 2)
    assert raised.value.status_code == 413


TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": 0.2, "top_p": 1, "max_tokens": 5, "seed": 7, "stop": ["."], "user": "ada", "n": 1},
        {"tools": [TOOL], "tool_choice": "auto"},
        {"response_format": {"type": "text"}, "logprobs": False, "extra_body": {"field_of_next_year": [1]}},
    ],
)
def test_what_changes_nothing_here_is_accepted(site: Any, more: dict[str, Any]) -> None:
    assert asked(site, **more).choices[0].message.content == asked(site).choices[0].message.content


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_value"),
        ({"logprobs": True}, "logprobs", "unsupported_value"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_value"),
        ({"tools": [TOOL], "tool_choice": "required"}, "tool_choice", "unsupported_value"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages", "missing_question"),
        ({"messages": []}, "messages", None),
        ({"extra_body": {"stream": "yes"}}, "stream", None),
        ({"messages": [{"role": "poet", "content": "x"}]}, "messages.0.role", None),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages.0.content", "unsupported_content",
        ),
        ({"messages": [{"role": "user", "content": None}]}, "messages", "unusable_question"),
        ({"messages": [{"role": "user", "content": "nonsense"}]}, None, None),
        ({"extra_body": {"filters": {"guests": ["Nobody"]}}}, "filters", "unknown_filter"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_what_a_client_would_not_get_is_refused_by_name(
    site: Any, more: dict[str, Any], param: str | None, code: str | None, stream: bool
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        asked(site, stream=stream, **more)
    error = raised.value
    assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")
    assert cast(dict[str, str], error.body)["message"]


def test_the_only_model_is_listed_and_others_are_not_found(site: Any) -> None:
    assert [model.id for model in site.client.models.list()] == [MODEL]
    assert site.client.models.retrieve(MODEL).id == MODEL
    for call, more in ((site.client.models.retrieve, {}), (site.client.chat.completions.create, {"messages": SAID})):
        with pytest.raises(openai.NotFoundError, match="this server has 'citecast'") as raised:
            call(model="gpt-5", **more)
        assert raised.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError, match="unknown address: POST /v1/embeddings"):
        site.client.embeddings.create(model=MODEL, input="x")


@pytest.mark.parametrize("stream", [False, True])
def test_faults_of_the_server_are_errors_without_details(site: Any, stream: bool) -> None:
    with pytest.raises(openai.InternalServerError, match="the server's log has more") as raised:
        asked(site, "boom", stream=stream)
    assert (raised.value.type, raised.value.status_code) == ("server_error", 500)


def test_no_answer_in_time_is_told(site: Any) -> None:
    with pytest.raises(openai.InternalServerError, match="no answer within 1 seconds") as raised:
        asked(site, "slow")
    assert (raised.value.status_code, raised.value.code) == (504, "timeout")


def test_what_fails_under_way_is_an_error_after_the_text_so_far(site: Any) -> None:
    heard: list[str] = []

    with pytest.raises(openai.APIError, match="the server's log has more"):
        heard.extend(chunk.choices[0].delta.content or "" for chunk in asked(site, "this breaks", stream=True))
    assert "pay off when a second team" in "".join(heard)


def test_a_client_that_goes_away_stops_the_writing(site: Any) -> None:
    stream = asked(site, "stepwise prose", stream=True)
    next(stream)
    stream.close()
    deadline = time.monotonic() + 10
    while "stepwise prose" not in site.fake.ended:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_answer_kept_from_the_api_is_not_made_again(url: str, answerer: Answerer) -> None:
    """One answer for all protocols."""
    question = "What does alpha say about beta?"
    plain = httpx.post(f"{url}api/ask", json={"question": question}, trust_env=False).json()
    hits = answerer._answers.info().hits
    completion: Any = client_of(url).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}]
    )
    assert answerer._answers.info().hits == hits + 1
    assert (completion.outcome, completion.citations) == (plain["outcome"], plain["citations"])
    assert completion.outcome in set(Outcome)


@pytest.mark.parametrize(
    ("status", "seen", "kind"),
    [
        (422, 400, "invalid_request_error"), (408, 408, "invalid_request_error"), (421, 421, "invalid_request_error"),
        (401, 401, "authentication_error"), (429, 429, "rate_limit_error"), (503, 503, "server_error"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", ["why", ""])
def test_errors_of_every_layer_get_the_form_and_keep_their_headers(
    status: int, seen: int, kind: str, body: str
) -> None:
    answers: dict[str, Response] = {
        "why": JSONResponse({"detail": "why"}, status, {"Retry-After": "7"}),
        "": PlainTextResponse("", status, {"Retry-After": "7"}),
    }
    client = TestClient(OpenAIErrors(answers[body], "/pods"))
    for path in ("/v1/chat/completions", "/pods/v1/models"):
        response = client.post(path)
        error = response.json()["error"]
        assert (response.status_code, error["type"], response.headers["retry-after"]) == (seen, kind, "7")
        assert error["message"] == (body or "something went wrong")
    assert client.post("/api/ask").status_code == status


def test_wrong_methods_hosts_and_types_are_refused_in_the_form(app: FastAPI) -> None:
    client = TestClient(app)
    # The last is what a page of another origin can send without its browser asking first.
    wrong = [
        client.get("/v1/chat/completions"),
        client.get("/v1/models", headers={"host": "evil.example"}),
        client.post("/v1/chat/completions", content=json.dumps({"model": MODEL, "messages": SAID})),
    ]
    assert [response.status_code for response in wrong] == [405, 421, 400]
    assert all(response.json()["error"]["message"] for response in wrong)
    assert wrong[0].headers["x-content-type-options"] == "nosniff"

# ruff: noqa: E501 (a table reads better in long rows)
"""Tests servers that answer in other shapes, refuse options, or refuse for good: over HTTP, through an engine's stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llm_fakes import Call, FakeServer, chunk, said, serving, speak, whole

from app.llm.engine import EngineError, EngineRefused, Message, Usage
from app.llm.openai_options import SCHEMA as RESPONSE_FORMAT
from app.llm.openai_server import OpenAIServer

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
TEXT = '{"a": "It depends, so to say “żółw”."}'
KEY = "sk-very-secret-7"


@contextmanager
def engine_at(
    act: Callable[[Call], None], models: Any = None, model: str = ""
) -> Iterator[tuple[OpenAIServer, FakeServer]]:
    with serving(FakeServer(act, models=models)) as server:
        yield OpenAIServer(server.url, seconds=10, api_key=KEY, model=model), server


def answer(engine: OpenAIServer) -> str:
    return "".join(engine.stream([Message("system", "Be brief."), *said("Does it?")], max_tokens=40, schema=SCHEMA))


def raw(body: str, kind: str = "text/event-stream") -> Callable[[Call], None]:
    """The act of a server that sends exactly this."""

    def act(call: Call) -> None:
        call.head(kind=kind)
        call.send_raw(body)

    return act


def event(choice: dict[str, Any], **more: Any) -> str:
    return f"data: {json.dumps({'choices': [{'index': 0, 'finish_reason': None} | choice]} | more)}\n\n"


END = event({"delta": {}, "finish_reason": "stop"}) + "data: [DONE]\n\n"
MESSAGE = {"choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}
ONE = event({"delta": {"content": TEXT}})
HALVES = [TEXT[:9], TEXT[9:]]
SHAPES = {
    "usage without the tokens written": raw(ONE + event({"delta": {}}, usage={"prompt_tokens": 9}) + END),
    "usage that is null": raw(ONE + event({"delta": {}}, usage=None) + END),
    "usage of nulls": raw(ONE + event({"delta": {}}, usage={"prompt_tokens": None, "completion_tokens": None}) + END),
    "usage of words": raw(ONE + event({"delta": {}}, usage={"prompt_tokens": "many", "completion_tokens": []}) + END),
    "usage that is a list": raw(ONE + event({"delta": {}}, usage=[1, 2]) + END),
    "usage that is no finite number": raw(ONE + 'data: {"choices": [], "usage": {"completion_tokens": Infinity}}\n\n' + END),
    "usage before the text": raw(event({"delta": {}}, usage={"completion_tokens": 3}) + ONE + END),
    "content as a list of parts": raw(event({"delta": {"content": [{"type": "text", "text": TEXT}]}}) + END),
    "content as a list with thoughts": raw(
        event({"delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}})
        + event({"delta": {"content": [{"type": "text", "text": TEXT}]}}) + END
    ),
    "content as a list of strings": raw(event({"delta": {"content": HALVES}}) + END),
    "content as an object": raw(event({"delta": {"content": {"type": "text", "text": {"value": TEXT}}}}) + END),
    "a message in the place of a delta": raw(event({"message": {"content": TEXT}}) + END),
    "the whole message behind its pieces": raw(ONE + event({"message": {"content": TEXT}, "finish_reason": "stop"})),
    "text as in completions": raw(event({"text": TEXT}) + END),
    "a delta that is a string": raw(event({"delta": TEXT}) + END),
    "only an argument of a tool": raw(
        event({"delta": {"content": None, "tool_calls": [{"function": {"arguments": HALVES[0]}}]}})
        + event({"delta": {"tool_calls": [{"function": {"arguments": HALVES[1]}}]}}) + END
    ),
    "an answer among the thoughts": raw("".join(event({"delta": {"reasoning": half}}) for half in HALVES) + END),
    "an answer among the thoughts, another name": raw(event({"delta": {"reasoning_content": f"Hm.</think>{TEXT}"}}) + END),
    "thoughts, and then the answer": raw(event({"delta": {"reasoning_content": "Hm. {"}}) + ONE + END),
    "several answers": raw(
        "".join(
            f"data: {json.dumps({'choices': [{'index': i, 'delta': {'content': half}} for i in (0, 1)]})}\n\n"
            for half in HALVES
        ) + END
    ),
    "a whole answer in JSON": raw(json.dumps(MESSAGE), "application/json"),
    "a whole answer in JSON over several lines": raw(json.dumps(MESSAGE, indent=2), "application/json; charset=utf-8"),
    "a whole answer said to be a stream": raw(json.dumps(MESSAGE)),
    "lines of JSON": raw(
        "".join(json.dumps({"choices": [{"delta": {"content": half}}]}) + "\n" for half in HALVES), "application/x-ndjson"
    ),
    "lines of JSON as Ollama's own": raw(
        "".join(json.dumps({"message": {"content": half}, "done": False}) + "\n" for half in HALVES)
        + json.dumps({"message": {"content": ""}, "done": True}), "application/x-ndjson",
    ),
    "a stream said to be plain text": raw(ONE + END, "text/plain"),
    "no content type": raw(ONE + END, ""),
    "a byte order mark": raw("\ufeff" + ONE + END),
    "CR alone": raw((ONE + END).replace("\n", "\r")),
    "CR and LF, pings and other fields": raw(": ping\n\nid: 4\nretry: 10\nevent: message\n".replace("\n", "\r\n") + ONE + END),
    "no space behind the colon": raw((ONE + END).replace("data: ", "data:")),
    "one event over several lines": raw(
        "".join(f"data: {line}\n" for line in json.dumps(MESSAGE, indent=1).split("\n")) + "\n" + END
    ),
    "no empty lines": raw((ONE + END).replace("\n\n", "\n")),
    "no end but a reason": raw(ONE + event({"delta": {}, "finish_reason": "stop"})),
    "no line break at the end": raw((ONE + event({"delta": {}, "finish_reason": "stop"})).rstrip()),
    "empty reasons to end": raw(event({"delta": {"content": TEXT}, "finish_reason": ""}) + END),
    "chunks without choices": raw('data: {"id": "x"}\n\ndata: {"choices": null}\n\ndata: {"choices": []}\n\n' + ONE + END),
    "nulls and numbers among the choices": raw('data: {"choices": [null, 5]}\n\n' + ONE + END),
    "an empty error": raw(event({"delta": {"content": TEXT}}, error=None) + END),
}  # fmt: skip


@pytest.mark.parametrize("act", SHAPES.values(), ids=SHAPES)
def test_an_answer_is_read_in_whatever_shape_it_comes(act: Callable[[Call], None]) -> None:
    with engine_at(act) as (engine, server):
        assert json.loads(answer(engine)) == json.loads(TEXT)
        assert len(server.calls) == 1


def test_a_count_that_is_missing_is_zero() -> None:
    with engine_at(raw(ONE + event({"delta": {}}, usage={"prompt_tokens": 9}) + END)) as (engine, _):
        stream = engine.stream(said("?"), max_tokens=9)
        list(stream)
    assert stream.usage == Usage(9, 0)


# Options that a server refuses.

REFUSED: dict[str, tuple[str, int, Any]] = {
    "an extra key, named by its place": (
        "chat_template_kwargs", 422, {"detail": [{"loc": ["body", "chat_template_kwargs"], "msg": "extra fields not permitted"}]}
    ),
    "an extra key, named by its content": ("chat_template_kwargs", 400, {"message": "unknown argument enable_thinking"}),
    "the usage": ("stream_options", 400, {"error": {"message": "Unrecognized request argument supplied: stream_options"}}),
    "the limit": (
        "max_tokens", 400,
        {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                   "'max_completion_tokens' instead.", "param": "max_tokens"}},
    ),
    "the temperature": ("temperature", 400, {"error": {"message": "Unsupported value", "param": "temperature"}}),
    "the schema, as a grammar": (RESPONSE_FORMAT, 500, {"error": {"message": "Failed to parse grammar", "code": 500}}),
    "the schema": (RESPONSE_FORMAT, 400, {"error": "json_schema is not supported by this engine"}),
    "the schema, with status 200": (RESPONSE_FORMAT, 200, {"error": {"message": "Invalid schema for response_format"}}),
    "streams": ("stream", 400, {"error": {"message": "This model does not support streaming", "param": "stream"}}),
    "something unsaid, a schema": (RESPONSE_FORMAT, 400, {"error": "bad request"}),
    "something unsaid, an extra key": ("chat_template_kwargs", 422, "no"),
}  # fmt: skip


@pytest.mark.parametrize(("option", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_a_refused_option_is_left_out_and_nothing_else(option: str, status: int, message: Any) -> None:
    def strict(call: Call) -> None:
        if option in call.body:
            call.head(status, "application/json")
            call.send_raw(json.dumps(message))
        elif not call.body.get("stream"):
            raw(json.dumps(MESSAGE), "application/json")(call)
        else:
            speak(TEXT)(call)

    with engine_at(strict) as (engine, server):
        assert [answer(engine), answer(engine)] == [TEXT, TEXT]
        sent = server.calls[-1].body
        assert len(server.calls) <= 5, "the second answer is asked for once"
        assert engine.constrained is (option != RESPONSE_FORMAT)
    expected = {"model", "messages", "max_tokens", "temperature", "stream", "stream_options", "chat_template_kwargs"}
    renamed = {"max_completion_tokens"} if option == "max_tokens" else set()
    gone = {option} | ({"stream_options"} if option == "stream" else set())
    assert set(sent) == (expected | {RESPONSE_FORMAT} | renamed) - gone


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported", "Only user and assistant roles are supported!", "no",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)  # fmt: skip
def test_instructions_go_into_the_first_question_where_there_is_no_system_role(words: str) -> None:
    def without(call: Call) -> None:
        has = any(message["role"] == "system" for message in call.body["messages"])
        call.refuse(400, words) if has else speak(TEXT)(call)

    with engine_at(without) as (engine, server):
        assert answer(engine) == TEXT
    assert server.calls[-1].body["messages"] == [{"role": "user", "content": "Be brief.\n\nDoes it?"}]


def test_a_schema_that_a_server_dies_of_is_left_out_at_the_last_try() -> None:
    with engine_at(lambda call: call.refuse(500) if RESPONSE_FORMAT in call.body else speak(TEXT)(call)) as (engine, _):
        assert answer(engine) == TEXT


def test_of_the_models_that_are_listed_one_that_writes_is_asked() -> None:
    names = ["nomic-embed-text:latest", "mystery", "qwen"]

    def act(call: Call) -> None:
        speak(TEXT)(call) if call.body["model"] == "qwen" else call.refuse(400, '"mystery" does not support chat')

    with engine_at(act, models={"data": [{"id": name} for name in names]}) as (engine, server):
        assert [answer(engine), answer(engine)] == [TEXT, TEXT]
    assert [call.body["model"] for call in server.calls] == ["mystery", "qwen", "qwen"]


@pytest.mark.parametrize(
    "models",
    [{"data": [{"id": "a", "meta": {"n_ctx": 900}}]}, {"models": [{"name": "a", "context_length": "900"}]}, ["a"],
     {"data": [{"id": 5}, {"id": "a", "max_model_len": 900, "meta": 3}]}],
)  # fmt: skip
def test_models_are_listed_in_several_ways(models: Any) -> None:
    with engine_at(speak(TEXT), models=models) as (engine, _):
        answer(engine)
        assert engine.name == "server:a"
        assert engine.context_tokens == (4096 if models == ["a"] else 900)


# Permanent refusals.

NO: dict[str, tuple[int, Any, str, str]] = {
    "a wrong key": (401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}, "key", "CITECAST_API_KEY"),
    "a wrong key, forbidden": (403, {"detail": "Forbidden"}, "key", "CITECAST_API_KEY"),
    "a wrong key with status 400": (400, {"error": {"message": f"API key not valid: {KEY}"}}, "key", "CITECAST_API_KEY"),
    "an unknown model": (404, {"error": {"message": "The model `gpt-9` does not exist", "code": "model_not_found"}}, "model", "does not exist"),
    "an unknown model with status 400": (400, {"error": "model 'gpt-9' not found"}, "model", "not found"),
    "a used up quota": (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, "quota", "quota"),
    "no money": (402, {"error": {"message": "Insufficient credits", "code": 402}}, "quota", "credits"),
    "a prompt beyond the window": (400, {"error": {"message": "This model's maximum context length is 512 tokens. Reduce max_tokens"}}, "length", "512"),
    "a prompt beyond the window, status 200": (200, {"error": {"code": 400, "message": "the request exceeds the available context size"}}, "length", "context size"),
    "a body that is too large": (413, "too big", "length", "too big"),
    "no reason": (400, {"error": {"message": f"no, {KEY}"}}, "refused", "no, …"),
    "a teapot": (418, "no", "refused", "418"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "words"), NO.values(), ids=NO)
def test_a_lasting_no_is_told_as_what_it_is(status: int, body: Any, kind: str, words: str) -> None:
    def act(call: Call) -> None:
        call.head(status, "application/json")
        call.send_raw(json.dumps(body))

    with engine_at(act, model="gpt-9") as (engine, server):
        for _ in range(5):
            with pytest.raises(EngineRefused) as caught:
                answer(engine)
        assert len(server.calls) == 5 * (6 if kind == "refused" and status == 400 else 1)
    assert caught.value.kind == kind
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event({"delta": {"reasoning": "Hm, let me see."}}) + END, "thought"),
        (event({"delta": {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}}) + END, "thought"),
        (event({"delta": {"content": "<think>Hm, evidence [1] says"}, "finish_reason": "length"}), "thought"),
        (event({"delta": {"refusal": "I cannot help."}}) + END, "declined"),
        (event({"delta": {}, "finish_reason": "content_filter"}), "declined"),
    ],
)
def test_a_model_that_does_not_answer_is_told(body: str, kind: str) -> None:
    with engine_at(raw(body)) as (engine, server), pytest.raises(EngineRefused) as caught:
        answer(engine)
    assert caught.value.kind == kind
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ('event: error\ndata: {"error": {"message": "CUDA out of memory"}}\n\n', "CUDA out of memory"),
        ('error: {"code": 500, "message": "slot died"}\n\n', "slot died"),
        ('data: {"object": "error", "message": "slot died"}\n\n', "slot died"),
        (f'data: {{"error": "lost {KEY}"}}\n\n', "lost …"),
        (event({"delta": {}, "finish_reason": "error"}), "error"),
        ("data: {broken\n\n", "broken JSON"),
        ("data: [1]\n\n", "no chunk"),
        ("", "middle"),
    ],
)
def test_an_error_in_the_middle_is_told_and_nothing_is_asked_again(tail: str, words: str) -> None:
    with engine_at(raw(chunk("It ") + "\n\n" + tail)) as (engine, server):
        stream = engine.stream(said("?"), max_tokens=9)
        assert next(stream) == "It "
        with pytest.raises(EngineError, match=words) as caught:
            next(stream)
    assert len(server.calls) == 1
    assert KEY not in str(caught.value)


def test_nothing_of_the_environment_goes_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(FakeServer(speak(TEXT))) as server:
        assert answer(OpenAIServer(server.url, seconds=10)) == TEXT
    headers = server.calls[0].headers
    assert "authorization" not in headers
    assert not {value for value in headers.values() if value in ("sk-another", "sk-admin", "org-1")}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "message", "content", "usage", "error", "finish_reason", "text", "tool_calls", "function", "reasoning", "index"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(JSON, max_size=4), st.text(max_size=30))
def test_whatever_comes_gives_text_or_an_engine_error(values: list[Any], junk: str) -> None:
    body = "".join(f"data: {json.dumps(value)}\n\n" for value in values) + junk + "\n\n" + whole("x")[0] + "\n\n" + END
    with engine_at(raw(body)) as (engine, _):
        try:
            assert isinstance(answer(engine), str)
        except EngineError:
            return

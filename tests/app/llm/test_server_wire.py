"""The OpenAI protocol: bodies that are sent, and that nothing that comes back does worse than an `EngineError`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_fakes import chunk, whole

from app.llm.errors import EngineError
from app.llm.request import Request, Usage
from app.llm.server_wire import OPTIONAL, Reader, Served, body, lines, message_of, served_models

ASK = Request([{"role": "user", "content": "?"}], 20, {"type": "object"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "usage", "error", "finish_reason", "data", "id", "meta"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read(*told: str, max_tokens: int = 20) -> tuple[list[str | Usage], Reader]:
    reader = Reader(max_tokens)
    return [piece for line in told for piece in reader.read(line)], reader


def split(*chunks: bytes, max_tokens: int = 20) -> list[str]:
    async def come() -> AsyncIterator[bytes]:
        for one in chunks:
            yield one

    async def collect() -> list[str]:
        return [line async for line in lines(come(), max_tokens)]

    return asyncio.run(collect())


def test_a_body_asks_for_temperature_0_a_stream_and_its_usage() -> None:
    found = body("m", ASK, frozenset())
    assert (found["model"], found["max_tokens"], found["temperature"], found["stream"]) == ("m", 20, 0, True)
    assert found["stream_options"] == {"include_usage": True}
    assert found["response_format"]["json_schema"]["schema"] == ASK.schema


def test_without_a_schema_no_format_is_asked_for() -> None:
    assert "response_format" not in body("m", Request(ASK.messages), frozenset())


def test_what_was_refused_is_left_out() -> None:
    assert not set(OPTIONAL) & body("m", ASK, frozenset(OPTIONAL)).keys()


def test_a_whole_answer() -> None:
    pieces, reader = read(*whole("It ", "depends."))
    assert pieces == ["It ", "depends.", Usage(7, 2)]
    assert (reader.finished, reader.over) == (True, True)


def test_an_answer_without_an_end_is_not_finished() -> None:
    assert not read(chunk("It "))[1].finished


@pytest.mark.parametrize(
    "line",
    [
        "",
        ": ping",
        "event: message",
        "id: 5",
        "data: {}",
        chunk(None),
        chunk(""),
        'data: {"choices": null}',
        "retry: 3",
    ],
)
def test_lines_without_text_are_passed_over(line: str) -> None:
    assert read(line)[0] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("data: {broken", "broken JSON"), ("data: [1]", "no chunk"), ("data: 5", "no chunk"),
        ('data: {"choices": [5]}', "no chunk"), ('data: {"choices": [{"delta": 5}]}', "no chunk"),
        ('data: {"usage": {"prompt_tokens": "many"}}', "no chunk"), ('data: {"choices": 7}', "no chunk"),
        ('data: {"error": {"message": "out of memory"}}', "out of memory"), ('data: {"error": "lost"}', "lost"),
        ('error: {"code": 500, "message": "slot lost"}', "slot lost"),
    ],
)  # fmt: skip
def test_what_is_no_chunk_is_an_error_that_says_so(line: str, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        read(line)


def test_a_server_that_ignores_the_limit_is_cut_off() -> None:
    def endless() -> Iterator[str | Usage]:
        reader = Reader(10)
        while not reader.over:
            yield from reader.read(chunk("word "))

    assert 10 * 5 < sum(len(str(piece)) for piece in endless()) < 1000


@given(st.lists(JSON, max_size=4))
def test_any_json_gives_pieces_or_an_engine_error(values: list[Any]) -> None:
    try:
        pieces, _ = read(*(f"data: {json.dumps(value)}" for value in values))
    except EngineError:
        return
    assert all(isinstance(piece, str | Usage) and piece for piece in pieces)


@given(st.text(max_size=200))
def test_any_text_gives_pieces_or_an_engine_error(text: str) -> None:
    try:
        read(*text.split("\n"))
    except EngineError:
        return


@given(st.lists(st.binary(max_size=30), max_size=9))
def test_lines_are_the_same_however_they_were_cut(parts: list[bytes]) -> None:
    assert split(*parts) == split(b"".join(parts))


def test_words_cut_within_a_character_are_whole() -> None:
    told = "data: żółw\r\ndata: ok\n".encode()
    assert split(*(told[i : i + 1] for i in range(len(told)))) == ["data: żółw", "data: ok"]


def test_a_line_or_a_stream_without_end_is_an_error() -> None:
    with pytest.raises(EngineError, match="without end"):
        split(*[b"x" * 100_000] * 4)
    with pytest.raises(EngineError, match="without end"):
        split(*[b"data: {}\n" * 10_000] * 20)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"error": {"message": "too long", "code": 400}}', "too long"), (b'{"detail": [{"msg": "x"}]}', "x"),
        (b'{"message": "m"}', "m"), (b"<html>Bad Gateway</html>", "Bad Gateway"), (b"\xff\xfe", ""), (b"", ""),
        (b"[]", "[]"),
    ],
)  # fmt: skip
def test_messages_of_servers(content: bytes, told: str) -> None:
    assert told in message_of(content)
    assert len(message_of(content * 1000)) <= 300


def test_models_of_vllm_llamacpp_and_others() -> None:
    entries = [{"id": "a", "max_model_len": 4096}, {"id": "b", "meta": {"n_ctx": 2048}}, {"id": "c", "meta": None}]
    found = served_models(json.dumps({"data": entries}).encode())
    assert found == [Served("a", 4096), Served("b", 2048), Served("c", 0)]


@given(JSON | st.dictionaries(st.just("data"), JSON))
def test_any_json_lists_models_or_is_an_engine_error(value: Any) -> None:
    try:
        served_models(json.dumps(value).encode())
    except EngineError as error:
        assert "/v1" in str(error)

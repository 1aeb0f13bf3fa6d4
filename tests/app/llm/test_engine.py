"""Tests an engine and its streams."""

from __future__ import annotations

import threading
from typing import Any

from llm_fakes import ScriptedEngine, said

from app.llm.engine import Engine, Usage


def engine_of(*pieces: str | Exception, **more: Any) -> Engine:
    return ScriptedEngine(pieces, **more)


def test_pieces_and_then_the_usage() -> None:
    stream = engine_of("It ", "", "depends.").stream(said("Does it?"), max_tokens=9)
    assert next(stream) == "It "
    assert stream.usage == Usage()
    assert list(stream) == ["depends."]
    assert stream.usage == Usage(prompt_tokens=2, output_tokens=2)


def test_what_is_asked_reaches_the_model() -> None:
    llm, stop = ScriptedEngine(["yes"]), threading.Event()
    schema = {"type": "object"}
    list(llm.stream(said("a", "b", "c"), max_tokens=5, schema=schema, stop=stop))
    (request,) = llm.requests
    assert request.messages == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    assert (request.max_tokens, request.schema, request.stop) == (5, schema, stop)


def test_a_closed_stream_is_over() -> None:
    with engine_of("a", "b", "c").stream(said("?"), max_tokens=9) as stream:
        assert next(stream) == "a"
    assert list(stream) == []


def test_warming_up_writes_one_token() -> None:
    llm = ScriptedEngine(["a", "b"])
    llm.warm_up()
    assert [request.max_tokens for request in llm.requests] == [1]

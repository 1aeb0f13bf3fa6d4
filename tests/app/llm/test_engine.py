"""Tests an engine and its streams."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from llm_fakes import ScriptedEngine, said

from app.llm.engine import Engine, EngineError, EngineTimeout, EngineUnavailable, Usage


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


def test_name_context_constraint_and_tokens_are_the_models() -> None:
    engine = engine_of(context=77, constrained=True)
    assert (engine.name, engine.context_tokens, engine.constrained) == ("scripted:model", 77, True)
    assert engine.count_tokens("three short words") == 3


def test_an_error_in_the_middle_comes_where_it_happened() -> None:
    stream = engine_of("It ", EngineTimeout("too slow")).stream(said("?"), max_tokens=9)
    assert next(stream) == "It "
    with pytest.raises(EngineTimeout):
        next(stream)
    assert stream.usage == Usage()


def test_all_faults_are_engine_errors() -> None:
    assert issubclass(EngineTimeout, EngineError)
    assert issubclass(EngineUnavailable, EngineError)


def test_a_closed_stream_is_over() -> None:
    with engine_of("a", "b", "c").stream(said("?"), max_tokens=9) as stream:
        assert next(stream) == "a"
    assert list(stream) == []


def test_a_stream_that_was_never_read_asks_nothing() -> None:
    llm = ScriptedEngine(["a"])
    llm.stream(said("?"), max_tokens=1).close()
    assert llm.requests == []


def test_streams_of_many_threads_have_each_their_own_usage() -> None:
    engine = ScriptedEngine(lambda request: request.messages[-1]["content"].split())
    found: dict[int, Usage] = {}

    def ask(i: int) -> None:
        stream = engine.stream(said("word " * i), max_tokens=99)
        list(stream)
        found[i] = stream.usage

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: Usage(i, i) for i in range(1, 9)}


def test_warming_up_writes_one_token() -> None:
    llm = ScriptedEngine(["a", "b"])
    llm.warm_up()
    assert [request.max_tokens for request in llm.requests] == [1]

"""A real server: llama.cpp in a process of its own with the small real model, or what CITECAST_TEST_SERVER names.

CITECAST_TEST_SERVER=http://HOST:PORT/v1[#MODEL] runs the same tests against that server: vLLM, for instance.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from llm_fakes import llama_server, said, smollm2

from app.llm.choose import load_engine
from app.llm.engine import Engine, EngineError
from ingest.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "blue"]},
        "cites": {"type": "array", "items": {"enum": [1, 2]}, "maxItems": 2},
    },
    "required": ["colour", "cites"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    named = os.environ.get("CITECAST_TEST_SERVER")
    if named:
        yield loaded(named)
    else:
        with llama_server(smollm2()) as url:
            yield loaded(url)


def loaded(model: str) -> Engine:
    engine = load_engine(Settings(model=model, model_seconds=120))
    assert engine
    engine.warm_up()
    return engine


def test_it_is_known(engine: Engine) -> None:
    assert engine.name.startswith("server:")
    assert "/" not in engine.name
    assert engine.context_tokens >= 512


def test_it_answers_and_counts(engine: Engine) -> None:
    stream = engine.stream(said("Name a colour."), max_tokens=24)
    text = "".join(stream)
    assert text.strip()
    assert 5 < stream.usage.prompt_tokens < 80
    assert 0 < stream.usage.output_tokens <= 24


def test_it_answers_the_same_each_time(engine: Engine) -> None:
    texts = {"".join(engine.stream(said("Name three colours."), max_tokens=12)) for _ in range(3)}
    assert len(texts) == 1


def test_a_schema_is_kept_to_where_the_server_can(engine: Engine) -> None:
    if not engine.constrained:
        pytest.skip("the server knows no schemas")
    text = "".join(engine.stream(said("Which colour has the sky, says [2]?"), max_tokens=120, schema=SCHEMA))
    found = json.loads(text)
    assert found["colour"] in ("red", "blue")
    assert set(found["cites"]) <= {1, 2}


def test_pieces_come_while_it_writes(engine: Engine) -> None:
    arrivals = [time.monotonic() for _ in engine.stream(said("Count from one to thirty, in words."), max_tokens=40)]
    assert len(arrivals) > 5
    assert arrivals[-1] > arrivals[0]


@pytest.mark.parametrize("way", ["close", "stop"])
def test_an_answer_that_was_left_frees_the_server(engine: Engine, way: str) -> None:
    """Were it not so, the next answer would wait for, or share with, the rest of a very long one."""
    stop = threading.Event()
    stream = engine.stream(said("Tell a story of a thousand words."), max_tokens=engine.context_tokens // 2, stop=stop)
    next(stream)
    began = time.monotonic()
    if way == "close":
        stream.close()
    else:
        stop.set()
        assert list(stream) == []
    assert time.monotonic() - began < 1
    assert "".join(engine.stream(said("Name a colour."), max_tokens=4))
    assert stream.usage.output_tokens == 0


def test_several_at_once(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        texts = threads.map(lambda i: "".join(engine.stream(said(f"Say the number {i}."), max_tokens=8)), range(4))
    assert all(texts)


def test_a_prompt_beyond_the_context_is_an_error_with_the_servers_words(engine: Engine) -> None:
    with pytest.raises(EngineError, match="refused"):
        list(engine.stream(said("word " * (engine.context_tokens + 100)), max_tokens=8))
    assert "".join(engine.stream(said("Name a colour."), max_tokens=4)), "and the next one is answered"

"""Tests what only llama.cpp in this process does, with the small real model."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from llm_fakes import load_llama, said, smollm2, soon_none

from app.llm.engine import Engine, EngineError, EngineTimeout, EngineUnavailable
from app.llm.llama_cpp import LlamaCpp


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = load_llama(smollm2())
    engine.warm_up()
    return engine


def test_tokens_are_the_models_own(engine: Engine) -> None:
    assert engine.count_tokens("") == 0
    assert engine.count_tokens("hello world") == 2


def test_a_schema_that_is_none_is_an_error(engine: Engine) -> None:
    with pytest.raises(EngineError, match="nonsense"):
        list(engine.stream(said("?"), max_tokens=5, schema={"type": "nonsense"}))


def test_a_stop_ends_it_before_the_first_word(engine: Engine) -> None:
    stop = threading.Event()
    stream = engine.stream(said("word " * 800), max_tokens=9, stop=stop)
    threading.Timer(0.1, stop.set).start()
    assert list(stream) == []
    assert soon_none(10)


def test_two_at_once(engine: Engine) -> None:
    a, b = (engine.stream(said(f"Count from {i}."), max_tokens=9) for i in (1, 2))
    assert next(a)
    assert next(b)
    assert "".join(a)
    assert "".join(b)


def test_too_slow() -> None:
    with pytest.raises(EngineTimeout, match="CITECAST_MODEL_SECONDS"):
        list(load_llama(smollm2(), seconds=0.3).stream(said("word " * 800), max_tokens=99))
    assert soon_none(10)


def test_its_port_is_for_nobody_else(engine: Engine) -> None:
    assert isinstance(engine, LlamaCpp)
    url = engine._server.listening_address
    assert url.startswith("http://127.0.0.1:")
    ask = {"messages": [{"role": "user", "content": "?"}], "max_tokens": 1}
    assert httpx.post(f"{url}/v1/chat/completions", json=ask).status_code == 401


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(EngineUnavailable, match=r"pip install .*\[llama\]"):
        load_llama(smollm2())


def test_a_program_may_end_while_it_writes() -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from app.llm.llama_cpp import LlamaCpp\n"
        "llm = LlamaCpp(Path(sys.argv[1]), context_tokens=1024, threads=1, slots=1, seconds=60)\n"
        "from app.llm.engine import Message\n"
        "pieces = llm.stream([Message('user', 'Tell a long story.')], max_tokens=900)\n"
        "print(next(pieces), flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(smollm2()), str(Path(__file__).parents[3])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()

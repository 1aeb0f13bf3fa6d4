"""Tests faults of model servers and weights up to the answer: for the program, the API and a stream.

Each ends in an answer with only checked sentences, or in one clear line; and the next question is answered.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from answer_contract import check_answer
from builds import Built, answerer_of
from cli_calls import call, refused
from fastapi import FastAPI
from llm_fakes import Act, Call, FakeServer, chunk, said, serving, smollm2, speak, tiny_model, whole
from model_texts import NONSENSE, QUESTION, entry, first_sentence, pieces
from starlette.testclient import TestClient

from app.answering.pipeline import Answerer
from app.contract import AnswerModel
from app.llm.engine import Request
from app.llm.transformers import Transformers
from app.verification.verifier import Verifier
from app.web import api
from index.embedder import Embedder

Way = Callable[[Answerer], dict[str, Any]]


# ---- what a server does ----


def told(call: Call) -> list[str]:
    """A true sentence from each piece of evidence in the request."""
    return [first_sentence(piece) for piece in pieces(cast(Request, SimpleNamespace(messages=call.body["messages"])))]


def well(call: Call) -> None:
    listed = [{"text": text, "cites": [number]} for number, text in enumerate(told(call), start=1)]
    speak(json.dumps({"sentences": listed}))(call)


def saying(*more: str) -> Act:
    """One true sentence, then others, all under the first number."""

    def act(call: Call) -> None:
        listed = [{"text": text, "cites": [1]} for text in (told(call)[0], *more)]
        speak(json.dumps({"sentences": listed}))(call)

    return act


def refuse(status: int) -> Act:
    return lambda call: call.refuse(status)


def killed(call: Call) -> None:
    call.head()
    call.send(*whole(entry(told(call)[0], 1)[:-2] + ', {"text": "And th')[:1])


def killed_at_once(call: Call) -> None:
    call.head()


def slow(call: Call) -> None:
    call.head()
    call.send(chunk(entry(told(call)[0], 1)[:-2] + ", "))
    time.sleep(4)
    call.send(*whole("late"))


def broken_lines(call: Call) -> None:
    call.head()
    call.send("data: {broken")


def broken_text(call: Call) -> None:
    speak('{"sentences": [{"text": "' + told(call)[0] + '", "cites": [1]}, {"text": "He said "so" and', "] [ }")(call)


def endless(call: Call) -> None:
    call.head()
    call.send(chunk(entry(told(call)[0], 1)[:-2] + ', {"text": "'))
    while True:
        call.send(chunk("and so on "))


def endless_sentences(call: Call) -> None:
    call.head()
    number = 0
    while True:
        number += 1
        call.send(chunk(f'{{"text": "There are {number} walruses in each data centre.", "cites": [1]}}, '))


def numbers_of_nothing(call: Call) -> None:
    listed = [{"text": told(call)[0], "cites": [99]}, {"text": NONSENSE, "cites": [99, 0, -1]}]
    speak(json.dumps({"sentences": listed}))(call)


def page(call: Call) -> None:
    call.head(kind="text/html")
    call.send("<html><script>alert(1)</script></html>")


def no_quota(call: Call) -> None:
    call.refuse(429, "You exceeded your current quota, please check your plan and billing details.")


def only_thoughts(call: Call) -> None:
    call.head()
    thought = {"choices": [{"index": 0, "delta": {"reasoning": "Let me see."}, "finish_reason": "stop"}]}
    call.send(f"data: {json.dumps(thought)}", "data: [DONE]")


def odd(call: Call) -> None:
    parts = [{"type": "text", "text": entry(told(call)[0], 1)}]
    choice = {"index": 0, "delta": {"content": parts}, "finish_reason": "stop"}
    call.head()
    call.send("\ufeffdata: " + json.dumps({"choices": [choice], "usage": {"prompt_tokens": 9}}), "data: [DONE]")


@dataclass(frozen=True)
class Case:
    """A server's behaviour, whether its text is shown, the answer's fault, words of its note, and the time it has."""

    acts: tuple[Act, ...]
    shown: bool
    fault: str = ""
    note: str = "broke off"
    # A model that answers well must be in time on a busy machine too; only one that is too slow waits for the limit.
    seconds: float = 15.0


HTML = ("<b>Batching</b> is <script>alert(1)</script> good.", "Batching &lt;img src=x onerror=alert(1)&gt; is good.")
LINKS = (
    "More on batching stands at https://batching.example/docs now.",
    "See [this page](//evil.example) on batching.",
)
CASES = {
    "429, then well": Case((refuse(429), well), True),
    "500, then well": Case((refuse(500), well), True),
    "429 for good": Case((refuse(429),), False, "busy", "is busy"),
    "a wrong key": Case((refuse(401),), False, "key", "does not accept the key"),
    "a used up quota": Case((no_quota,), False, "quota", "quota is used up"),
    "thoughts alone": Case((only_thoughts,), False, "thought", "only thought"),
    "no counts, a list for a text, a byte order mark": Case((odd,), True),
    "500 for good": Case((refuse(500),), False, "failed"),
    "killed in the middle": Case((killed,), True, "failed"),
    "killed before the first word": Case((killed_at_once,), False, "failed"),
    "slow beyond the timeout": Case((slow,), True, "timeout", seconds=2.0),
    "broken JSON of the server": Case((broken_lines,), False, "failed"),
    "broken JSON of the model": Case((broken_text,), True),
    "endless sentence": Case((endless,), True),
    "endless sentences": Case((endless_sentences,), False),
    "HTML": Case((saying(*HTML),), True),
    "numbers of nothing": Case((numbers_of_nothing,), True),
    "made-up URLs": Case((saying(*LINKS),), True),
    "a page in place of a stream": Case((page,), False, "refused", "refuses the request"),
}


# ---- terminal, API and stream ----


def by_program(answerer: Answerer) -> dict[str, Any]:
    return AnswerModel.of(answerer.ask(QUESTION)).to_json()


@contextmanager
def client_of(answerer: Answerer) -> Iterator[TestClient]:
    app = FastAPI()
    api.install(app, answerer, Verifier(answerer.archive), answerer._settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def by_api(answerer: Answerer) -> dict[str, Any]:
    with client_of(answerer) as client:
        response = client.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 200
    return cast(dict[str, Any], response.json())


def by_stream(answerer: Answerer) -> dict[str, Any]:
    with client_of(answerer) as client:
        response = client.post("/api/ask", json={"question": QUESTION}, headers={"accept": "text/event-stream"})
    events = re.findall(r"event: (\w+)\s+data: (.*)", response.text)
    names = [name for name, _ in events]
    assert names == ["evidence", *["sentence"] * (len(names) - 2), "answer"]
    answer: dict[str, Any] = json.loads(events[-1][1])
    assert [json.loads(data) for _, data in events[1:-1]] == answer["sentences"]
    return answer


@contextmanager
def answerer_at(built: Built, url: str, seconds: float = 20.0) -> Iterator[Answerer]:
    settings = built.settings.model_copy(update={"model": url, "model_seconds": seconds})
    answerer = answerer_of(settings, built.embedder)
    try:
        yield answerer
    finally:
        answerer.close()


def check_shown(answer: dict[str, Any], built: Built) -> None:
    """Whatever the model did: only the contract's keys, citations that exist, no markup, no link."""
    index = built.open()
    check_answer(answer, index.episodes, 1000)
    index.store.close()
    assert answer["answered"]
    for sentence in answer["sentences"]:
        assert sentence["citations"]
        assert not re.search(r"[<>&]|https?:|//|\[\d+\]|walrus|so on and so on", sentence["text"])


@pytest.mark.parametrize("way", [by_program, by_api, by_stream])
@pytest.mark.parametrize("name", CASES)
def test_a_fault_ends_in_a_checked_answer_and_the_next_question_is_answered(
    sample_built: Built, name: str, way: Way
) -> None:
    case = CASES[name]
    with serving(FakeServer(*case.acts)) as server, answerer_at(sample_built, server.url, case.seconds) as answerer:
        began = time.monotonic()
        answer = way(answerer)
        assert time.monotonic() - began < 30
        check_shown(answer, sample_built)
        assert answer["gate"]["fault"] == case.fault
        assert bool(answer["gate"]["shown"]) is case.shown
        assert any(case.note in note for note in answer["notes"]) is bool(case.fault)
        assert any("made of quotes" in note for note in answer["notes"]) is not case.shown
        assert "127.0.0.1" not in json.dumps(answer)
        if case.acts[-1] in (endless, endless_sentences):
            # Many tests may run at once: the connection must be closed, but the moment does not matter.
            assert server.gone.wait(20), "the connection is closed"
        server.acts = [well]
        after = answerer.ask(f"{QUESTION} And why?")
    assert after.writing is not None
    assert (after.writing.fault, after.writing.shown > 0) == ("", True)


def test_a_server_that_comes_up_later_is_found(sample_built: Built) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with answerer_at(sample_built, f"http://127.0.0.1:{port}/v1") as answerer:
            before = answerer.ask(QUESTION)
            taken.close()
            with serving(FakeServer(well), port):
                after = answerer.ask(QUESTION)
    check_shown(AnswerModel.of(before).to_json(), sample_built)
    assert before.writing is not None
    assert (before.writing.fault, before.writing.shown) == ("unavailable", 0)
    assert after.writing is not None
    assert not after.writing.fault
    assert after.writing.shown
    assert after.model == "server:fake-1b"


# ---- weights ----


def test_a_gpu_without_memory_gives_quotes_and_the_model_goes_on(
    sample_built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    engine = Transformers(str(tiny_model(tmp_path)), context_tokens=8192, seconds=120.0)
    answerer = answerer_of(sample_built.settings, sample_built.embedder, engine)
    with monkeypatch.context() as patch:
        patch.setattr(engine.model, "forward", full)
        answers = [by_program(answerer), by_stream(answerer)]
    for answer in answers:
        check_shown(answer, sample_built)
        assert (answer["gate"]["fault"], answer["gate"]["shown"]) == ("failed", 0)
        assert "CUDA" not in json.dumps(answer)
    assert list(engine.stream(said("?"), max_tokens=5))
    answerer.close()


def no_file(folder: Path) -> Path:
    return folder / "missing.gguf"


def broken_file(folder: Path) -> Path:
    file = folder / "broken.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 100)
    return file


def page_file(folder: Path) -> Path:
    file = folder / "page.gguf"
    file.write_bytes(b"<html>")
    return file


def half_file(folder: Path) -> Path:
    file = folder / "half.gguf"
    with smollm2().open("rb") as weights:
        file.write_bytes(weights.read(5_000_000))
    return file


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


@pytest.mark.parametrize("prefix", ["", "llama:", "transformers:"])
@pytest.mark.parametrize(
    ("weights", "by_llama", "by_transformers"),
    [
        (no_file, "setting 'model'", "setting 'model'"),
        (broken_file, "cut off or damaged", "transformers cannot load"),
        (page_file, "is no GGUF file", "transformers cannot load"),
        (half_file, "cut off or damaged", "transformers cannot load"),
        (empty_folder, "setting 'model'", "transformers cannot load"),
    ],
)
def test_weights_that_cannot_be_loaded_are_one_line_and_exit_status_1(
    weights: Callable[[Path], Path],
    by_llama: str,
    by_transformers: str,
    prefix: str,
    sample_built: Built,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(Embedder, "of", lambda settings: sample_built.embedder)
    llama = prefix == "llama:" or (not prefix and weights is not empty_folder)
    if llama:
        pytest.importorskip("xllamacpp")
    file = weights(tmp_path)
    line = refused(call("ask", QUESTION, "--model", f"{prefix}{file}", "--data", str(sample_built.settings.data)))
    assert file.name in line
    assert (by_llama if llama else by_transformers) in line

"""Tests a model server's faults with a fake server: each ends in an answer or a message."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from llm_fakes import Call, FakeServer, chunk, said, serving, speak, whole

from app.llm.engine import Engine, EngineError, EngineTimeout, EngineUnavailable, Usage
from app.llm.openai_server import OpenAIServer
from index.breaker import Breaker

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


StartedServers = Callable[..., FakeServer]


@pytest.fixture
def started() -> Iterator[StartedServers]:
    """A function that starts fake servers with these acts; they end with the test."""
    with ExitStack() as stack:
        yield lambda *acts, **more: stack.enter_context(serving(FakeServer(*acts, **more)))


def engine_at(server: FakeServer, **more: object) -> Engine:
    return OpenAIServer(server.url, **{"seconds": 5.0, **more})  # type: ignore[arg-type]


def answer(engine: Engine, **more: object) -> str:
    return "".join(engine.stream(said("Does it?"), **{"max_tokens": 20, **more}))  # type: ignore[arg-type]


def endless(call: Call) -> None:
    call.head()
    while True:
        call.send(chunk("and so on "))


def fault(engine: Engine, kind: type[EngineError] = EngineError) -> str:
    with pytest.raises(kind) as caught:
        answer(engine)
    return str(caught.value)


def test_an_answer_with_its_usage(started: StartedServers) -> None:
    stream = engine_at(started(speak("It ", "depends."))).stream(said("Does it?"), max_tokens=20)
    assert list(stream) == ["It ", "depends."]
    assert stream.usage == Usage(7, 2)


def test_the_first_model_is_taken_and_its_context(started: StartedServers) -> None:
    server = started(speak("yes"))
    engine = engine_at(server)
    assert (engine.name, engine.context_tokens) == (f"server:{server.url[7:-3]}", 4096)
    answer(engine)
    assert (engine.name, engine.context_tokens) == ("server:fake-1b", 2048)
    assert server.calls[0].body["model"] == "owner/fake-1b"


def test_a_model_that_is_named_is_asked_for_though_it_is_not_listed(started: StartedServers) -> None:
    server = started(speak("yes"))
    engine = engine_at(server, model="other/model.gguf", context_tokens=900)
    assert answer(engine) == "yes"
    assert (engine.name, engine.context_tokens) == ("server:model", 900)
    assert server.calls[0].body["model"] == "other/model.gguf"


def test_a_named_model_needs_no_list(started: StartedServers) -> None:
    server = started(speak("yes"), models=lambda call: call.refuse(500))
    assert answer(engine_at(server, model="named")) == "yes"
    assert "500" in fault(engine_at(server))


def test_the_smaller_context_counts(started: StartedServers) -> None:
    engine = engine_at(started(speak("yes")), context_tokens=100_000)
    answer(engine)
    assert engine.context_tokens == 2048


def test_the_key_is_sent_and_never_shown(started: StartedServers, caplog: pytest.LogCaptureFixture) -> None:
    key = "sk-very-secret"
    server = started(speak("yes"), lambda call: call.refuse(401, f"Incorrect API key: {key}"))
    engine = engine_at(server, api_key=key)
    with caplog.at_level(logging.DEBUG):
        answer(engine)
        message = fault(engine)
    assert [call.key for call in server.calls] == [f"Bearer {key}"] * 2
    assert "CITECAST_API_KEY" in message
    assert key not in message + caplog.text + repr(engine)


def test_tokens_are_guessed_on_the_high_side(started: StartedServers) -> None:
    engine = engine_at(started(speak("yes")))
    assert engine.count_tokens("") == 0
    assert engine.count_tokens("Kubernetes is hard.") >= 6


# Temporary faults.


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_refusal_is_tried_again(started: StartedServers, status: int) -> None:
    server = started(lambda call: call.refuse(status), lambda call: call.refuse(status), speak("yes"))
    assert answer(engine_at(server)) == "yes"
    assert len(server.calls) == 3


def test_a_server_that_hangs_up_is_tried_again(started: StartedServers) -> None:
    def silent(call: Call) -> None:
        call.head()

    def role_only(call: Call) -> None:
        call.head()
        call.send(chunk(None))

    assert answer(engine_at(started(silent, role_only, speak("yes")))) == "yes"


def test_retry_after_is_heeded(started: StartedServers) -> None:
    server = started(lambda call: call.refuse(429, Retry_After="0.4"), speak("yes"))
    began = time.monotonic()
    answer(engine_at(server))
    assert time.monotonic() - began > 0.4


@pytest.mark.parametrize("after", ["-5", "Wed, 21 Oct 2030 07:28:00 GMT", "1e9", "nan"])
def test_a_senseless_retry_after_holds_nobody_up_for_long(started: StartedServers, after: str) -> None:
    server = started(lambda call: call.refuse(429, Retry_After=after), speak("yes"))
    stream = engine_at(server, seconds=1.5).stream(said("?"), max_tokens=5)
    began = time.monotonic()
    try:
        assert list(stream) == ["yes"]
    except EngineTimeout:
        assert after == "1e9"
    assert time.monotonic() - began < 4


# Permanent faults.


def test_no_server(started: StartedServers) -> None:
    message = fault(OpenAIServer("http://127.0.0.1:9/v1", seconds=5), EngineUnavailable)
    assert "http://127.0.0.1:9/v1" in message
    assert "CITECAST_MODEL=extractive" in message


@pytest.mark.parametrize(
    ("status", "parts"),
    [
        (429, ["busy", "no"]), (500, ["status 500"]), (503, ["status 503"]), (404, ["status 404", "/v1#"]),
        (307, ["status 307"]),
    ],
)  # fmt: skip
def test_a_refusal_is_told_with_the_servers_words(started: StartedServers, status: int, parts: list[str]) -> None:
    message = fault(engine_at(started(lambda call: call.refuse(status))))
    assert all(part in message for part in parts), message


def test_too_slow(started: StartedServers) -> None:
    def slow(call: Call) -> None:
        call.head()
        time.sleep(1)
        call.send(*whole("late"))

    message = fault(engine_at(started(slow), seconds=0.3), EngineTimeout)
    assert "0.3 s" in message
    assert "CITECAST_MODEL_SECONDS" in message


def test_slow_piece_by_piece(started: StartedServers) -> None:
    """Each piece comes in time, but the whole answer is too slow."""

    def drip(call: Call) -> None:
        call.head()
        for _ in range(100):
            call.send(chunk("word "))
            time.sleep(0.05)

    began = time.monotonic()
    server = started(drip)
    fault(engine_at(server, seconds=0.4), EngineTimeout)
    assert time.monotonic() - began < 2
    assert server.gone.wait(5)


def test_endless_text_is_cut_off_and_the_connection_closed(started: StartedServers) -> None:
    server = started(endless)
    assert 100 < len(answer(engine_at(server))) < 1000
    assert server.gone.wait(5)


@pytest.mark.parametrize("late", [-0.01, -0.005, 0.0, 0.005])
def test_the_connection_is_closed_when_the_asker_leaves_about_when_the_time_is_up(
    started: StartedServers, late: float
) -> None:
    for _ in range(3):
        server = started(endless)
        began = time.monotonic()
        with suppress(EngineError), engine_at(server, seconds=0.3).stream(said("?"), max_tokens=100_000) as stream:
            for _ in stream:
                if time.monotonic() - began > 0.3 + late:
                    break
        assert server.gone.wait(5)


def test_an_endless_line_is_an_error(started: StartedServers) -> None:
    def endless(call: Call) -> None:
        call.head()
        while True:
            call._handler.wfile.write(b"x" * 65536)

    server = started(endless)
    assert "without end" in fault(engine_at(server))
    assert server.gone.wait(5)


def test_a_page_in_place_of_a_stream(started: StartedServers) -> None:
    def page(call: Call) -> None:
        call.head(kind="text/html")
        call.send("<html>")

    assert "text/html" in fault(engine_at(started(page)))
    assert "text/html" in fault(engine_at(started(speak("yes"), models=page)))


@pytest.mark.parametrize("models", [{"data": []}, {"object": "error"}, {"data": "x"}])
def test_a_server_without_models(started: StartedServers, models: object) -> None:
    assert "model" in fault(engine_at(started(speak("yes"), models=models)))


def test_a_model_that_was_exchanged_is_found_with_the_next_question(started: StartedServers) -> None:
    server = started(speak("yes"), lambda call: call.refuse(404), speak("yes"))
    engine = engine_at(server)
    answer(engine)
    server.models = {"data": [{"id": "new"}]}
    fault(engine)
    answer(engine)
    assert server.calls[-1].body["model"] == "new"


# Schemas, and servers that support less.


def test_a_schema_is_sent(started: StartedServers) -> None:
    server = started(speak("{}"))
    answer(engine_at(server), schema=SCHEMA)
    assert server.calls[0].body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_question_that_is_refused_in_any_form_teaches_nothing(started: StartedServers) -> None:
    server = started(lambda call: call.refuse(400, "too long"), speak("{}"))
    server.acts[:0] = server.acts[:1] * 3
    engine = engine_at(server)
    with pytest.raises(EngineError, match="too long"):
        answer(engine, schema=SCHEMA)
    assert engine.constrained


def test_warming_up_sees_whether_a_schema_is_honoured(started: StartedServers) -> None:
    for text, held in (('{"colour": "red"}', True), ("Red is a colour.", False)):
        engine = engine_at(started(speak(text)))
        engine.warm_up()
        assert engine.constrained is held


# Cancelling.


def waiting(call: Call) -> None:
    """Sends one word, and nothing more until the client has gone."""
    call.head()
    call.send(chunk("It "))
    while True:
        time.sleep(0.02)
        call.send(": still here")


def test_closing_the_stream_closes_the_connection(started: StartedServers) -> None:
    server = started(waiting)
    stream = engine_at(server).stream(said("?"), max_tokens=20)
    assert next(stream) == "It "
    assert not server.gone.is_set()
    stream.close()
    assert server.gone.wait(2)


def test_a_stop_closes_the_connection_and_is_no_error(started: StartedServers) -> None:
    server, stop = started(waiting), threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert answer(engine_at(server), stop=stop) == "It "
    assert server.gone.wait(2)


def test_a_stop_before_the_first_word(started: StartedServers) -> None:
    def mute(call: Call) -> None:
        call.head()
        while True:
            time.sleep(0.02)
            call.send(": reading")

    server, stop = started(mute), threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert answer(engine_at(server), stop=stop) == ""
    assert server.gone.wait(2)


# The breaker.


def test_after_three_failures_the_server_is_left_alone(started: StartedServers) -> None:
    server = started(lambda call: call.refuse(500))
    engine = engine_at(server)
    for _ in range(3):
        fault(engine)
    asked = len(server.calls)
    began = time.monotonic()
    message = fault(engine, EngineUnavailable)
    assert time.monotonic() - began < 0.1
    assert len(server.calls) == asked
    assert "30 s" in message


def test_a_trial_after_the_rest_closes_it(started: StartedServers) -> None:
    server = started(*[lambda call: call.refuse(500)] * 8, speak("yes"))
    engine = engine_at(server, breaker=Breaker(failures=2, rest=0.05))
    fault(engine)
    fault(engine)
    fault(engine, EngineUnavailable)
    time.sleep(0.1)
    assert [answer(engine), answer(engine)] == ["yes", "yes"]


def test_a_server_that_is_busy_is_well(started: StartedServers) -> None:
    engine = engine_at(started(lambda call: call.refuse(429)))
    for _ in range(5):
        assert "several times" not in fault(engine)


def test_who_leaves_is_no_failure(started: StartedServers) -> None:
    server = started(waiting)
    engine = engine_at(server)
    for _ in range(5):
        stream = engine.stream(said("?"), max_tokens=20)
        assert next(stream) == "It "
        stream.close()


def test_many_at_once(started: StartedServers) -> None:
    def echo(call: Call) -> None:
        speak(*call.body["messages"][-1]["content"].split(" "))(call)

    engine = engine_at(started(echo))

    def ask(i: int) -> tuple[list[str], Usage]:
        stream = engine.stream(said(" ".join([f"{i}"] * i)), max_tokens=30)
        return list(stream), stream.usage

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(ask, range(1, 17)))
    assert found == [([f"{i}"] * i, Usage(7, i)) for i in range(1, 17)]


def test_halves_of_characters_do_not_reach_the_server(started: StartedServers) -> None:
    server = started(speak("ok"))
    list(engine_at(server).stream(said("żółw \x00 </s> \ud800"), max_tokens=5))
    assert server.calls[0].body["messages"][0]["content"] == "żółw \x00 </s> ?"

"""Tests spans with OpenTelemetry's in-memory exporter: names, nesting, times, errors, and nobody's words."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest
from http_fake import served
from llm_fakes import ScriptedEngine
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from span_exports import above, attributes, spans

from app.llm.engine import Engine, EngineTimeout, Message
from app.observe.tracing import listen, span

SAID = [Message("user", "Does my neighbour drink?")]
TELLTALE = ("neighbour", "drink", "Never", "boom")


def engine(script: Sequence[str | Exception] = ("Never ", "at noon.")) -> Engine:
    return ScriptedEngine(script)


def answering(model: Engine) -> Iterator[str]:
    """An answer's spans around a generator, as in `app.answering.pipeline`."""
    with span("ask", model=model.name) as asked:
        with span("retrieve", filters=0) as found:
            found.set(passages=12)
        with span("write"), model.stream(SAID, max_tokens=9) as stream:
            for piece in stream:
                with span("gate") as judged:
                    judged.set(shown=True)
                yield piece
        asked.set(outcome="answered", fault=None)


def test_spans_nest_and_carry_what_is_told_of_them(exported: InMemorySpanExporter) -> None:
    assert list(answering(engine())) == ["Never ", "at noon."]
    found = spans(exported)
    assert {name: above(one, exported) for name, one in found.items()} == {
        "citecast.ask": "",
        "citecast.retrieve": "citecast.ask",
        "citecast.write": "citecast.ask",
        "chat model": "citecast.write",
        "citecast.gate": "citecast.write",
    }
    assert attributes(found["citecast.ask"]) == {"citecast.model": "scripted:model", "citecast.outcome": "answered"}
    assert attributes(found["citecast.retrieve"]) == {"citecast.filters": 0, "citecast.passages": 12}
    assert [one.name for one in exported.get_finished_spans()].count("citecast.gate") == 2


def test_a_models_call_lasts_as_long_as_its_stream_and_counts_tokens(exported: InMemorySpanExporter) -> None:
    with span("write"), engine().stream(SAID, max_tokens=9) as stream:
        next(stream)
        time.sleep(0.05)
        list(stream)
    call = spans(exported)["chat model"]
    assert (call.end_time or 0) - (call.start_time or 0) >= 0.05e9
    assert attributes(call) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "scripted",
        "gen_ai.request.model": "model",
        "gen_ai.usage.input_tokens": stream.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": stream.usage.output_tokens,
    }
    assert [event.name for event in call.events] == ["first piece"]


def test_a_fault_of_the_model_is_told_by_its_kind(exported: InMemorySpanExporter) -> None:
    with pytest.raises(EngineTimeout), span("write"):
        list(engine(["Never ", EngineTimeout("boom: does my neighbour drink")]).stream(SAID, max_tokens=9))
    for name in ("chat model", "citecast.write"):
        one = spans(exported)[name]
        assert one.status.status_code is StatusCode.ERROR
        assert attributes(one)["error.type"] == "EngineTimeout"


def test_nobodys_words_are_in_any_of_it(exported: InMemorySpanExporter) -> None:
    list(answering(engine()))
    with pytest.raises(EngineTimeout):
        list(answering(engine(["Never ", EngineTimeout("boom: does my neighbour drink")])))
    shown = " ".join(one.to_json() for one in exported.get_finished_spans())
    assert all(part not in shown for part in TELLTALE)


def test_a_reader_that_leaves_ends_everything_without_a_fault(exported: InMemorySpanExporter) -> None:
    events = answering(engine())
    next(events)
    events.close()  # type: ignore[attr-defined]
    found = spans(exported)
    assert {"citecast.ask", "citecast.write", "chat model"} <= found.keys()
    assert all(one.status.status_code is StatusCode.UNSET for one in found.values())


def test_a_stream_that_nobody_reads_asks_no_model(exported: InMemorySpanExporter) -> None:
    with span("write"), engine().stream(SAID, max_tokens=9):
        pass
    assert list(spans(exported)) == ["citecast.write"]


def test_answers_in_several_threads_do_not_mix(exported: InMemorySpanExporter) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: list(answering(engine())), range(8)))
    traces: dict[int, list[str]] = {}
    for one in exported.get_finished_spans():
        traces.setdefault(one.context.trace_id, []).append(one.name)
    assert len(traces) == 8
    assert {len(names) for names in traces.values()} == {6}


def test_one_that_is_closed_in_another_thread_ends_as_well(exported: InMemorySpanExporter) -> None:
    events = answering(engine())
    next(events)
    thread = threading.Thread(target=events.close)  # type: ignore[attr-defined]
    thread.start()
    thread.join()
    assert "citecast.ask" in spans(exported)
    exported.clear()
    list(answering(engine()))
    assert above(spans(exported)["citecast.retrieve"], exported) == "citecast.ask"
    assert spans(exported)["citecast.ask"].parent is None


def test_spans_cost_next_to_nothing_while_nobody_listens() -> None:
    clock = time.thread_time()
    for _ in range(1000):
        with span("ask", model="m") as asked:
            asked.set(outcome="answered")
    assert (time.thread_time() - clock) / 1000 < 100e-6


def test_nothing_is_sent_unless_an_endpoint_is_named() -> None:
    assert not listen({})
    assert not listen({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"})


def test_without_the_extra_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with caplog.at_level(logging.WARNING):
        assert not listen({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert "pip install 'citecast[otel]'" in caplog.text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in caplog.text


def test_a_collector_gets_them_over_http() -> None:
    """In another process, because its exit sends the remaining spans."""
    got: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with served(Collector) as address:
        code = "from app.observe.tracing import listen, span\nassert listen() and listen()\nwith span('ask'): pass"
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}", "PATH": "", "PYTHONPATH": ":".join(sys.path)}
        subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)
    assert [path for path, _ in got] == ["/v1/traces"]
    assert got[0][1].count(b"citecast.ask") == 1
    assert b"service.name\x12\n\n\x08citecast" in got[0][1]

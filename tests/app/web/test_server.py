"""Tests `citecast serve`: one process with the API and the chat; its address, its end, its errors."""

from __future__ import annotations

import asyncio
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from answer_contract import check_answer
from builds import Built
from chat_fake import FakeAnswerer
from fakes import settings_for
from mcp.client.client import Client
from openai import OpenAI

from app import server
from app.answering.pipeline import Answerer
from app.server import run
from index.opened import Index
from ingest.settings import SettingsError

PROGRAM = Path(sys.executable).parent / "citecast"


def fake() -> Answerer:
    return cast(Answerer, FakeAnswerer())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:{}/"),
        ("0.0.0.0", "http://127.0.0.1:{}/"),
        ("localhost", "http://localhost:{}/"),
        ("::1", "http://[::1]:{}/"),
        ("::", "http://[::1]:{}/"),
    ],
)
def test_the_address_that_is_said_is_one_that_opens(
    host: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("no IPv6")
    said: list[str] = []
    ports: list[int] = []
    heard = threading.Event()

    class Server:
        """The web server, without serving."""

        def __init__(self, app: Any, listener: socket.socket, connections: int) -> None:
            self.started = threading.Event()
            self._listener = listener

        def run(self) -> None:
            ports.append(self._listener.getsockname()[1])
            self.started.set()
            heard.wait(10)
            self._listener.close()

    monkeypatch.setattr(server, "WebServer", Server)
    monkeypatch.setattr(server, "examples_for", lambda answerer: [])

    def say(text: str) -> None:
        said.append(text)
        heard.set()

    try:
        run(fake(), settings_for(tmp_path, host=host, port=0), say)
    except SettingsError:
        if ":" not in host:
            raise
        pytest.skip("this machine has no IPv6")
    assert said == [url.format(ports[0])]


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port}.*citecast serve --port 0"):
            run(fake(), settings_for(tmp_path, port=port), print)


@pytest.fixture(scope="module")
def serving(
    sample_built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, which serves the sample on a free port, and its address."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("CITECAST_")}
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0"],
        cwd=tmp_path_factory.mktemp("empty"),
        env=environ | {"CITECAST_DATA": str(sample_built.settings.data), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, address_of(process)
    finally:
        process.kill()
        process.wait()


def address_of(process: subprocess.Popen[str]) -> str:
    """The program's output on standard error once it answers."""
    assert process.stderr
    said = ""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if select.select([process.stderr], [], [], 1)[0]:
            said += process.stderr.readline()
            if match := re.search(r"http://\S+", said):
                return match.group()
    raise AssertionError(f"no address was said: {said}")


def test_the_process_answers_at_the_address_it_says(
    serving: tuple[subprocess.Popen[str], str], sample_index: Index
) -> None:
    _, url = serving
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        assert client.get("/healthz").json()["passages"] == len(sample_index.passages)
        shown = client.post("/api/ask", json={"question": "What does prompt caching save?"}).json()
        check_answer(shown, sample_index.episodes)
        assert client.get("/").headers["content-type"].startswith("text/html")
        assert not client.cookies
        assert client.post("/api/ask", content=b"x" * 200_000).status_code == 413


def test_the_process_answers_clients_of_mcp_and_of_openai(serving: tuple[subprocess.Popen[str], str]) -> None:
    _, url = serving
    question = "What does prompt caching save?"

    async def asked() -> Any:
        async with Client(f"{url}mcp") as client:
            return await client.call_tool("ask", {"question": question})

    said = [{"role": "user", "content": question}]
    openai: Any = OpenAI(base_url=f"{url}v1", api_key="none is needed")
    completion = openai.chat.completions.create(model="citecast", messages=said)
    result = asyncio.run(asked())
    assert result.structured_content["outcome"] == completion.outcome == "answered"
    assert result.structured_content["citations"] == completion.citations
    assert result.content[0].text.rstrip() == completion.choices[0].message.content


def test_an_interrupt_stops_it_with_no_stack_trace(serving: tuple[subprocess.Popen[str], str]) -> None:
    """The last test of the module, because it stops the server."""
    process, _ = serving
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert stdout == ""
    assert "Traceback" not in stderr

"""Tests the web server with the chat page: its files, compressed or not, and that it stops."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from chat_visitor import chat_site
from granian.http import HTTP1Settings
from http_fake import web_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from app.web import serving


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_the_pages_files_come_and_the_server_stops_in_time(encoding: str) -> None:
    with chat_site() as site:
        page = httpx.get(site.url, timeout=30, trust_env=False).text
        files = re.findall(r'(?:src|href)="\.?/?(assets/[^"]+)"', page)[:2]
        assert files
        for name in files:
            answer = httpx.get(site.url + name, headers={"Accept-Encoding": encoding}, timeout=30, trust_env=False)
            assert (answer.status_code, len(answer.content) > 1000) == (200, True)
        begin = time.monotonic()
    assert time.monotonic() - begin < 10


class Streaming:
    """Sends a part every 20 ms, and checks before each whether the client has left, as Gradio does."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.left = threading.Event()
        self.app = Starlette(routes=[Route("/", self.answer)])

    async def answer(self, request: Request) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            try:
                for number in range(self.parts):
                    if await request.is_disconnected():
                        return
                    yield f"data: {number}\n\n"
                    await asyncio.sleep(0.02)
            finally:
                self.left.set()

        return StreamingResponse(parts(), media_type="text/event-stream")


def test_a_stream_that_asks_whether_its_client_has_left_comes_whole() -> None:
    with web_server(Streaming(4).app) as url, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: httpx.get(url, timeout=30, trust_env=False).text, range(40)))
    assert [answer.count("data") for answer in answers] == [4] * 40


def test_a_stream_hears_that_its_client_has_left() -> None:
    streaming = Streaming(10_000)
    with web_server(streaming.app) as url:
        with httpx.stream("GET", url, timeout=30, trust_env=False) as answer:
            assert "data: 0" in next(answer.iter_text())
        assert streaming.left.wait(10)


def test_connections_that_never_ask_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = HTTP1Settings(header_read_timeout=300, max_buffer_size=serving._BUFFER)
    monkeypatch.setattr(serving, "_HTTP1", quick)
    with web_server(Streaming(1).app, connections=20) as url, ExitStack() as opened:
        address = ("127.0.0.1", httpx.URL(url).port)
        for _ in range(60):
            client = opened.enter_context(socket.create_connection(address, timeout=10))
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        assert httpx.get(url, timeout=20, trust_env=False).text.count("data") == 1

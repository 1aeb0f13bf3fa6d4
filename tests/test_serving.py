"""The web server with the chat page: its files, compressed or not, and that it stops."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from chat_fake import FakeAnswerer
from chat_visitor import Site


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_the_pages_files_come_and_the_server_stops_in_time(encoding: str) -> None:
    site = Site(FakeAnswerer())
    site.start()
    try:
        page = httpx.get(site.url, timeout=30, trust_env=False).text
        files = re.findall(r'(?:src|href)="\.?/?(assets/[^"]+)"', page)[:2]
        assert files
        for name in files:
            answer = httpx.get(site.url + name, headers={"Accept-Encoding": encoding}, timeout=30, trust_env=False)
            assert (answer.status_code, len(answer.content) > 1000) == (200, True)
    finally:
        begin = time.monotonic()
        site.stop()
    assert time.monotonic() - begin < 10

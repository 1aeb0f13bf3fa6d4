"""Provides Chromium for the tests of this folder, with its start flags in one place."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_visitor import Site, Visitor, chat_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
# In a container there is neither a sandbox nor a graphics card; and the browser itself should not
# call home while the tests watch what the page loads.
FLAGS = ("--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking")


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A running browser (`playwright.sync_api.Browser`).

    No longer than for one file: its event loop runs in the main thread, where others start theirs.
    """
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install -e '.[dev]')"
    )
    path = str(CHROMIUM) if CHROMIUM.exists() else shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    # Two of some ten runs ended in CPython's garbage collector while it ran in Playwright's loop (a greenlet), with a
    # segmentation fault. So garbage waits for the end of each test (`_garbage`), where that loop stands still.
    gc.disable()
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            yield browser
            browser.close()
    finally:
        gc.enable()


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The chat page of a model that writes, with fakes behind it."""
    with chat_site("qwen2.5-1.5b") as running:
        yield running


@pytest.fixture(scope="module")
def quoting_site() -> Iterator[Site]:
    """The chat page without a model: answers are made of quotes."""
    with chat_site() as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """A browser's window on the page; nothing may have gone wrong in it."""
    one = Visitor(chromium, site)
    yield one
    assert one.errors == []
    one.context.close()

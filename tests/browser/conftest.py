"""A Chromium for the tests of this folder, with its start flags in one place."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The fakes stand one folder up, and pytest puts only each test's own folder on the path.
sys.path.insert(0, str(Path(__file__).parents[1]))

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
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()

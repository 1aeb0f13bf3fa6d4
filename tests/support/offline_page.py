"""Opens a page of ours from its file in a real browser, and fails if it does more than that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def opened_alone(chromium: Any, file: Path, *, exports: bool = False) -> Iterator[Any]:
    """The opened page; fails at the end if it logged an error, opened a dialog or made a request to another address.

    With `exports`, it may also save files that it made itself.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page
    assert complaints == []
    own = [url for url in asked if not (exports and url.startswith("blob:"))]
    assert {url.partition("#")[0] for url in own} == {file.as_uri()}
    context.close()

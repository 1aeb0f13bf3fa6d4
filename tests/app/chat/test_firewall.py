"""Tests the mounted page and the firewall in front of Gradio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fakes import settings_for
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.chat.page import mount_chat
from app.web.streaming import Workers


@pytest.fixture(scope="module")
def mounted(request: pytest.FixtureRequest) -> Iterator[tuple[TestClient, str]]:
    """A client of the page, and the path at which it is mounted."""
    app, path = FastAPI(openapi_url=None), getattr(request, "param", "/")

    @app.get("/api/here")
    def here() -> str:
        return "here"

    workers = Workers(settings_for(Path()))
    mount_chat(app, cast(Any, FakeAnswerer(sample=True)), FakeVerifier(), EXAMPLES, workers, path)
    with TestClient(app) as client:
        yield client, path.rstrip("/")


@pytest.mark.parametrize("mounted", ["/", "/chat"], indirect=True)
def test_the_page_is_served_without_cookies_and_with_a_policy(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    page = client.get(f"{path}/")
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    policy = page.headers["content-security-policy"]
    assert "frame-src 'self' https://www.youtube-nocookie.com;" in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors" not in policy, "that depends on the setting `origins` (app.web.origins)"
    assert "Made-up sample archive" in page.text
    assert "fonts.googleapis" not in page.text
    assert client.get("/api/here").json() == "here"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://example.org"),
        ("GET", "/monitoring/summary"),
        ("GET", "/docs"),
        ("GET", "/static/../secret"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/call/start"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/cancel"),
        ("PUT", "/"),
    ],
)
def test_gradios_other_doors_are_shut(mounted: tuple[TestClient, str], method: str, path: str) -> None:
    client, root = mounted
    assert client.request(method, root + path, content=b"{}").status_code in (404, 405)


def test_bodies_are_bounded(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    url = f"{path}/gradio_api/queue/join"
    assert client.post(url, content=b"x" * 70_000).status_code == 413
    assert client.post(url, content=iter([b"x"])).status_code == 411


FAULTS: dict[str, dict[str, Any]] = {
    "an unknown event": {"fn_index": 999},
    "an event below zero": {"fn_index": -1},
    "an event as text": {"fn_index": "0"},
    "no event": {"fn_index": None},
    "too few values": {"data": []},
    "values that are no list": {"data": "x"},
    "a number for a text": {"data": [7, None, [], [], [], []]},
    "a text for a list": {"data": ["Why?", None, "x", [], [], []]},
    "an object in a filter": {"data": ["Why?", None, [{}], [], [], []]},
    "a guest that there is not": {"data": ["Why?", None, ["Nobody"], [], [], []]},
    "no session": {"session_hash": None},
    "a session of signs": {"session_hash": "../x"},
    "many at once": {"batched": True},
}


def asking(client: TestClient, path: str) -> dict[str, Any]:
    """A call of the event that asks a question, as the page sends it."""
    events = client.get(f"{path}/config").json()["dependencies"]
    asks = next(event["id"] for event in events if len(event["inputs"]) == 6)
    return {"fn_index": asks, "data": ["Why?", None, [], [], [], []], "session_hash": "abc"}


@pytest.mark.parametrize("route", ["queue/join", "run/predict"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_call_that_gradio_cannot_take_is_refused_in_one_line(
    mounted: tuple[TestClient, str], capfd: pytest.CaptureFixture[str], route: str, fault: dict[str, Any]
) -> None:
    client, path = mounted
    response = client.post(f"{path}/gradio_api/{route}", json=asking(client, path) | fault)
    assert response.status_code == 422
    assert len(response.text.splitlines()) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_call_as_the_page_sends_it_passes(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    assert client.post(f"{path}/gradio_api/queue/join", json=asking(client, path)).status_code == 200


@pytest.mark.parametrize("query", ["", "?session_hash=", "?session_hash=zz", "?session_hash=%00"])
def test_events_of_a_session_that_there_is_not_are_not_found(
    mounted: tuple[TestClient, str], capfd: pytest.CaptureFixture[str], query: str
) -> None:
    client, path = mounted
    assert client.get(f"{path}/gradio_api/queue/data{query}").status_code == 404
    assert "Traceback" not in capfd.readouterr().err

"""Tests which pages of other origins may read answers, send work and show ours in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fakes import settings_for
from starlette.testclient import TestClient

from app.server import create_app
from app.web.origins import Origins
from ingest.settings import SettingsError, load_settings

LISTED, STRANGER = "https://community.example", "https://evil.example"
OWN = "http://testserver"
# A page of Gradio's, its data, the API, its description, the kit; each with one kind of answer.
READ = (
    "/", "/config", "/healthz", "/openapi.json", "/api/examples", "/embed.js", "/embed-answer.js", "/embed", "/demo",
)  # fmt: skip
PAGES = ("/", "/embed", "/demo")
WORK = ("/api/ask", "/api/verify", "/api/answers", "/api/feedback", "/gradio_api/queue/join")


@contextmanager
def client_of(folder: Path, **changes: Any) -> Iterator[TestClient]:
    fakes = cast(Any, FakeAnswerer()), cast(Any, FakeVerifier())
    app = create_app(*fakes, settings_for(folder, **changes), EXAMPLES)
    with TestClient(app, base_url=OWN, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(
        tmp_path_factory.mktemp("listing"), origins=f"{LISTED}, https://*.example.org, http://[::1]"
    ) as client:
        yield client


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("closed")) as client:
        yield client


def of_cors(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("path", READ)
def test_a_listed_origin_reads_every_answer_and_no_other_does(listing: TestClient, path: str) -> None:
    listed, stranger = (listing.get(path, headers={"Origin": origin}) for origin in (LISTED, STRANGER))
    assert listed.status_code == stranger.status_code == 200
    exposed = {"access-control-expose-headers": "Retry-After, Mcp-Session-Id"}
    assert of_cors(listed) == {"access-control-allow-origin": LISTED} | exposed
    assert of_cors(stranger) == {}
    for answer in (listed, stranger):
        assert answer.headers["vary"].split(", ").count("Origin") == 1


@pytest.mark.parametrize("path", PAGES)
def test_the_same_list_says_who_may_frame_a_page(listing: TestClient, closed: TestClient, path: str) -> None:
    policy = listing.get(path).headers["content-security-policy"]
    # A policy cannot name an IPv6 address.
    assert policy.endswith(f"; frame-ancestors 'self' {LISTED} https://*.example.org")
    assert "x-frame-options" not in listing.get(path).headers
    assert closed.get(path).headers["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert closed.get(path).headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", [*WORK, "/v1/chat/completions", "/mcp", "/config"])
def test_a_preflight_is_answered_for_listed_origins_alone(listing: TestClient, path: str) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-client"}
    listed = listing.options(path, headers={"Origin": LISTED} | asking)
    assert listed.status_code == 204
    assert listed.headers["access-control-allow-origin"] == LISTED
    assert listed.headers["access-control-allow-headers"] == "content-type,x-client"
    assert "POST" in listed.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in listed.headers
    stranger = listing.options(path, headers={"Origin": STRANGER} | asking)
    assert stranger.status_code in (404, 405)
    assert of_cors(stranger) == {}


@pytest.mark.parametrize("path", WORK)
def test_a_page_of_a_foreign_origin_gets_no_work_done(listing: TestClient, path: str) -> None:
    for origin in (STRANGER, "null", f"{OWN}.evil.example"):
        answer = listing.post(path, json={"question": "Why?"}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "CITECAST_ORIGINS" in answer.json()["detail"]
    twice = [("Origin", LISTED), ("Origin", STRANGER), ("Content-Type", "application/json")]
    assert listing.post(path, content=b"{}", headers=twice).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        # Behind a proxy that ends TLS and that is not named, or that changes the name.
        {"Origin": "https://testserver"},
        {"Origin": "http://[::1]:7860", "Host": "[::1]:7860"},
        {"Origin": "https://pods.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": LISTED},
        {"Origin": "https://a.b.example.org"},
        {"Origin": "http://[::1]"},
    ],
)
def test_programs_own_pages_and_listed_ones_ask(listing: TestClient, headers: dict[str, str]) -> None:
    assert listing.post("/api/ask", json={"question": "Why?"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/answers", {"question": "Why?"}, 201),
        ("/api/feedback", {"question": "Why?", "outcome": "answered", "verdict": "up"}, 204),
    ],
)
def test_a_listed_page_stores_what_its_visitor_asks_for(
    listing: TestClient, path: str, body: dict[str, str], status: int
) -> None:
    sent = {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}
    answer = listing.post(path, json=body, headers=sent)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, LISTED)
    assert listing.post(path, content="{}", headers=sent | {"Content-Type": "text/plain"}).status_code == 415


def test_a_refusal_for_a_listed_origin_can_be_read_there(listing: TestClient) -> None:
    wrong = listing.post("/api/ask", json={"question": "Why?", "x": 1}, headers={"Origin": LISTED})
    broken = listing.post("/api/ask", json={"question": "boom"}, headers={"Origin": LISTED})
    assert (wrong.status_code, broken.status_code) == (422, 500)
    for answer in (wrong, broken):
        assert answer.headers["access-control-allow-origin"] == LISTED


def test_below_a_prefix_the_own_pages_stay_own(tmp_path: Path) -> None:
    with client_of(tmp_path, root_path="/podcast", origins=LISTED) as client:
        own = client.post("/podcast/api/ask", json={"question": "Why?"}, headers={"Origin": OWN})
        foreign = client.post("/podcast/api/ask", json={"question": "Why?"}, headers={"Origin": STRANGER})
        assert (own.status_code, foreign.status_code) == (200, 403)
        assert f'src="{OWN}/podcast/embed.js"' in client.get("/podcast/demo").text


@pytest.mark.parametrize(
    ("listed", "origin", "allowed"),
    [
        ("https://example.org", "https://example.org", True),
        ("https://example.org", "http://example.org", False),
        ("https://example.org", "https://example.org:8443", False),
        ("https://example.org", "https://example.org.evil.example", False),
        ("https://EXAMPLE.org:443/", "https://example.org", True),
        ("https://bücher.example", "https://xn--bcher-kva.example", True),
        ("http://[0:0::1]:8000", "http://[::1]:8000", True),
        ("https://*.example.org", "https://a.example.org", True),
        ("https://*.example.org", "https://example.org", False),
        ("https://*.example.org", "https://evilexample.org", False),
        ("https://*.example.org", "https://evil.example/.example.org", False),
        ("https://*.example.org", "https://evil.example:1@a.example.org", False),
        ("https://*.example.org:8443", "https://a.example.org:8443", True),
        ("*", "https://evil.example", True),
        ("*", "null", False),
        ("", "https://example.org", False),
        ("https://example.org", "", False),
    ],
)
def test_an_origin_is_allowed_if_it_is_listed(listed: str, origin: str, allowed: bool) -> None:
    assert Origins(load_settings({"origins": listed}, environ={}).origins).allow(origin) is allowed


@pytest.mark.parametrize(
    "value",
    ["example.org", "https://example.org/chat", "ftp://example.org", "https://a b", "null", "https://*", "http://[::zz]",
     "https://user@example.org", "https://exa*mple.org", "https://a;b"],
)  # fmt: skip
def test_what_is_no_origin_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(SettingsError, match=r"origins.*https://example\.org|origins.*no such host"):
        load_settings({"origins": value}, environ={})

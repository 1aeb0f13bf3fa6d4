"""Tests shared answers and feedback over HTTP: what is stored, how it is shown, and what strangers try."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
from app_fixtures import index_of
from chat_fake import BILL, DRIFT, EXAMPLES, STORE, TWO_TEAMS, FakeAnswerer, FakeVerifier, answer
from fakes import settings_for
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.keeping.database import Database, StateFull
from app.keeping.gaps import feedback_in
from app.keeping.keeper import MAX_NOTE, Keeper
from app.keeping.stored import WITHDRAWN
from app.question import MAX_QUESTION
from app.server import Site, create_app
from app.sharing import page
from app.sharing.page import preview
from app.types import Outcome, Sentence
from app.web import api
from app.web.bodies import MAX_BODY
from ingest.settings import Settings

OWN, LISTED, STRANGER = "http://testserver", "https://community.example", "https://evil.example"
FEEDBACK = {"question": "Who was Zorblatt?", "outcome": "refused", "verdict": "down", "note": "Episode 12 has him."}
QUESTION = {"question": "When does a feature store pay off?"}
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> markup {{7*7}}"


class Tags(HTMLParser):
    """The elements of a page, and its texts by element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]

    def meta(self, name: str) -> list[str | None]:
        return [one.get("content") for one in self.all("meta") if name in (one.get("name"), one.get("property"))]


class Served:
    """The app with fakes, and a client of it; the chat, which takes long to make, only if it is `whole`."""

    def __init__(self, folder: Path, *, whole: bool = False, **changes: Any) -> None:
        self.folder, self.fake = folder, FakeAnswerer()
        self.settings: Settings = settings_for(folder, origins=LISTED, **changes)
        fakes = cast(Any, self.fake), cast(Any, FakeVerifier())
        app = create_app(*fakes, self.settings, EXAMPLES) if whole else self._api(*fakes)
        self.client = TestClient(app, base_url=OWN, raise_server_exceptions=False)

    def _api(self, answerer: Any, verifier: Any) -> FastAPI:
        app = Site(self.settings)
        keeper = Keeper(Database(self.folder), self.settings, lambda: answerer.archive.index)
        page.install(app, answerer, keeper, api.install(app, answerer, verifier, self.settings), self.settings)
        app.hold_methods()
        return app

    def share(self, question: str = QUESTION["question"], **more: Any) -> dict[str, Any]:
        response = self.client.post("/api/answers", json={"question": question, **more})
        assert response.status_code == 201, response.text
        assert response.headers["location"] == response.json()["path"]
        return cast(dict[str, Any], response.json())

    def metrics(self) -> str:
        return self.client.get("/metrics").text


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"), whole=True)
    with made.client:
        yield made


def test_an_answer_is_stored_as_it_is_asked_and_read_again(served: Served) -> None:
    told = served.share("prose")
    asked = served.client.post("/api/ask", json={"question": "prose"}).json()
    added = {"id", "path", "shared", "index_version", "narrowed"}
    assert {key: value for key, value in told.items() if key not in added} == asked
    assert (told["path"], told["index_version"]) == (f"/a/{told['id']}", "0")
    again = served.client.get(f"/api/answers/{told['id']}")
    assert again.json() == told
    assert again.headers["cache-control"] == "no-store"
    assert 'citecast_stored_total{kind="answer"}' in served.metrics()


def test_history_and_filters_are_used_and_the_history_is_not_stored(served: Served) -> None:
    told = served.share("a follow up", history=["first one"], filters={"seasons": [3]})
    assert served.fake.calls[-1][1] == ("first one",)
    assert told["narrowed"] == "season 3"
    stored = (served.folder / "state.sqlite").read_bytes() + (served.folder / "state.sqlite-wal").read_bytes()
    assert b"testclient" not in stored, "nothing of the visitor"


@pytest.mark.parametrize("extra", ["answer", "sentences", "citations", "html"])
def test_what_a_client_sends_never_becomes_an_answer(served: Served, extra: str) -> None:
    assert served.client.post("/api/answers", json=QUESTION | {extra: "made up"}).status_code == 422


@pytest.mark.parametrize("question", ["quotes", "prose", "refuse it", "near it", "unclear"])
def test_the_page_shows_the_whole_answer_and_needs_no_other_address(served: Served, question: str) -> None:
    told = served.share(question)
    response = served.client.get(told["path"])
    assert response.status_code == 200
    html, tags = response.text, Tags(response.text)
    assert f'<h2 id="question-shared"><span class="sr">Question: </span>{question}</h2>' in html
    for cited in told["citations"] + told.get("nearest", []) if question != "refuse it" else ():
        assert cited["speaker"] in html
        assert cited["url"].replace("&", "&amp;") in html
    loaded = [one.get("src") for tag in ("script", "img", "iframe", "audio") for one in tags.all(tag) if one.get("src")]
    assert loaded == []
    assert [one["href"] for one in tags.all("link")] == [f"{OWN}{told['path']}", "data:,"]
    assert tags.meta("og:title") == [question]
    assert tags.meta("og:url") == [f"{OWN}{told['path']}"]
    assert tags.meta("og:description") != [""]
    assert f'<time datetime="{told["shared"]}">' in html
    assert "<code>0</code>" in html
    assert not any("example" in (one.get("class") or "") for one in tags.all("button")), "no button does nothing"
    assert "set-cookie" not in response.headers


def test_evidence_can_be_played_from_the_page(served: Served) -> None:
    tags = Tags(served.client.get(served.share("quotes")["path"]).text)
    players = [one["data-embed"] for one in tags.all("button") if one.get("class") == "play"]
    assert players[0] == STORE.player(TWO_TEAMS.start)
    assert players[2] == DRIFT.player(BILL.start)


def test_the_policy_of_a_page_allows_its_own_script_its_style_and_the_players_alone(served: Served) -> None:
    response = served.client.get(served.share()["path"])
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy.pop("frame-ancestors") == f"'self' {LISTED}"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", policy.pop("script-src"))
    assert re.fullmatch(r"'sha256-[\w+/=]+'", policy.pop("style-src"))
    assert policy == {
        "default-src": "'none'", "img-src": "data:", "frame-src": "https://www.youtube-nocookie.com",
        "media-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip
    assert response.headers["x-content-type-options"] == "nosniff"
    assert (
        "no-referrer" in response.headers["referrer-policy"] or "strict-origin" in response.headers["referrer-policy"]
    )
    assert not re.search(r"\son\w+=|javascript:", response.text.partition("<body>")[2].partition("<script>")[0])


@pytest.mark.parametrize("indexed", [False, True])
def test_search_engines_are_kept_away_unless_the_setting_allows_them(tmp_path: Path, indexed: bool) -> None:
    made = Served(tmp_path, share_indexed=indexed)
    response = made.client.get(made.share()["path"])
    assert ("noindex" in response.headers.get("x-robots-tag", "")) is not indexed
    assert ("noindex" in Tags(response.text).meta("robots")) is not indexed


def test_under_a_prefix_addresses_have_it(tmp_path: Path) -> None:
    made = Served(tmp_path, root_path="/pods")
    response = made.client.post("/pods/api/answers", json=QUESTION)
    path = response.json()["path"]
    assert path.startswith("/pods/a/")
    shown = made.client.get(path)
    assert f'<link rel="canonical" href="{OWN}{path}">' in shown.text
    assert 'href="/pods/"' in shown.text


# ---- episodes that are gone ----


def test_an_episode_that_is_gone_disappears_from_page_and_api(served: Served) -> None:
    told = served.share("quotes")
    index = served.fake.archive.index
    served.fake.archive.index = index_of((DRIFT, ()))
    try:
        html, again = served.client.get(told["path"]).text, served.client.get(f"/api/answers/{told['id']}").text
    finally:
        served.fake.archive.index = index
    for text in (html, again):
        assert WITHDRAWN in text
        assert not any(part in text for part in (TWO_TEAMS.text[:30], STORE.title, STORE.guests[0], STORE.slug))
        assert DRIFT.title in text
    assert Tags(html).meta("og:description") == [WITHDRAWN]
    assert [one.get("withdrawn", False) for one in json.loads(again)["citations"]] == [True, True, False]


# ---- what strangers try ----


def test_markup_in_question_and_transcript_stays_text(served: Served) -> None:
    html = served.client.get(served.share(NASTY)["path"]).text
    tags = Tags(html)
    assert tags.all("img") == []
    assert len(tags.all("script")) == 1
    assert tags.meta("og:title") == [NASTY]
    assert "{{7*7}}" in html
    assert "<b>Mallory" not in html
    body = html.partition("<body>")[2].partition("<footer")[0]
    assert "<script" not in body


@pytest.mark.parametrize(
    "id",
    [
        "%3Cscript%3Ealert(1)%3C/script%3E", "..%2f..%2fstate.sqlite", "....//state.sqlite", "%2e%2e%2fapi%2fask",
        "' OR '1'='1", "%00", "a" * 5000, "AAAAAAAAAAA%0A", "zzzzzzzzzzzz",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/a/", "/api/answers/"])
def test_an_id_that_is_none_finds_nothing_and_comes_back_nowhere(served: Served, path: str, id: str) -> None:
    response = served.client.get(path + id)
    assert response.status_code in (404, 422)
    assert not any(part in response.text for part in ("alert(1)", "SQLite", "OR '1'", "Traceback"))


def test_a_missing_answer_has_a_page_that_says_so(served: Served) -> None:
    response = served.client.get("/a/zzzzzzzzzzzz")
    assert response.status_code == 404
    assert "never shared, or it has expired or been deleted" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/feedback", "/api/answers"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": OWN}, True),
        ({"Origin": LISTED, "Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": STRANGER}, False),
        ({"Origin": "null"}, False),
        ({"Origin": f"{OWN}.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_pages_of_others_store_nothing(served: Served, path: str, headers: dict[str, str], passes: bool) -> None:
    body = FEEDBACK if "feedback" in path else QUESTION
    with Database(served.folder).reading() as state:
        before = [state.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("answers", "feedback")]
    response = served.client.post(path, json=body, headers=headers)
    assert response.status_code == ((204 if "feedback" in path else 201) if passes else 403)
    with Database(served.folder).reading() as state:
        after = [state.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("answers", "feedback")]
    assert (after != before) is passes


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize("path", ["/api/feedback", "/api/answers"])
def test_only_json_is_taken(served: Served, path: str, kind: str) -> None:
    response = served.client.post(path, content=json.dumps(FEEDBACK), headers={"content-type": kind})
    assert response.status_code == 415
    assert "send JSON" in response.json()["detail"]


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "x" * (MAX_NOTE + 1)}, {"verdict": "sideways"}, {"outcome": "unknown"}, {"question": " "},
        {"question": "x" * (MAX_QUESTION + 1)}, {"visitor": "me"}, {"note": ["x"]},
    ],
)  # fmt: skip
def test_feedback_that_does_not_fit_is_refused_with_the_reason(served: Served, changes: dict[str, Any]) -> None:
    response = served.client.post("/api/feedback", json=FEEDBACK | changes)
    assert response.status_code == 422
    assert response.json()["detail"]


@pytest.mark.parametrize("path", ["/api/feedback", "/api/answers"])
def test_a_body_that_is_too_long_is_refused(served: Served, path: str) -> None:
    assert served.client.post(path, json={"question": "x" * MAX_BODY}).status_code == 413


def test_feedback_is_stored_and_counted_and_its_markup_stays_text(served: Served) -> None:
    response = served.client.post("/api/feedback", json=FEEDBACK | {"note": NASTY, "verdict": "up"})
    assert (response.status_code, response.content) == (204, b"")
    last = feedback_in(Database(served.folder))[-1]
    assert (last.note, last.standalone, last.verdict) == (NASTY, FEEDBACK["question"], "up")
    assert 'citecast_stored_total{kind="up"}' in served.metrics()


# ---- what can fail ----


def test_a_full_disk_is_told_without_the_servers_paths(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Keeper, *_: object) -> str:
        raise StateFull(f"the disk that holds {served.folder} is full")

    monkeypatch.setattr(Keeper, "share", full)
    monkeypatch.setattr(Keeper, "judge", full)
    for path, body in (("/api/answers", QUESTION), ("/api/feedback", FEEDBACK)):
        response = served.client.post(path, json=body)
        assert (response.status_code, response.json()) == (
            507, {"detail": "nothing can be stored: the server's disk is full"}
        )  # fmt: skip


def test_what_is_switched_off_stores_and_shows_nothing(tmp_path: Path) -> None:
    path = Served(tmp_path).share()["path"]
    off = Served(tmp_path, share=False, feedback=False)
    assert off.client.post("/api/answers", json=QUESTION).status_code == 403
    assert off.client.post("/api/feedback", json=FEEDBACK).status_code == 403
    assert off.client.get(path).status_code == off.client.get(f"/api{path.replace('/a/', '/answers/')}").status_code
    assert off.client.get(path).status_code == 404


def test_a_preview_is_the_beginning_of_what_is_shown() -> None:
    assert preview(FakeAnswerer().ask("quotes")).startswith("Ilva Nadrostek in “Feature Stores Without the Hype”: A")
    assert preview(FakeAnswerer().ask("refuse it")) == "The archive does not answer this question."
    long = answer("q", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=(Sentence("word " * 90, (), 1.0),))
    assert len(preview(long)) <= 202
    assert preview(long).endswith("word …")

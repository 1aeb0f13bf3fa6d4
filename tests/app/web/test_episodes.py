"""Tests the episodes of the API, and whether the server says that it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from builds import answerer_of
from chat_fake import FakeVerifier
from fakes import CountingProgress, FakeEmbedder, make_archive, settings_for, source_of, write_episode
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.answering.pipeline import Answerer
from app.served_contract import TranscriptModel, said_between
from app.verification.verifier import Verifier
from app.web import api
from index.building.build import build_index
from ingest.settings import Settings


def client_of(answerer: Answerer, settings: Settings) -> TestClient:
    app = FastAPI()
    api.install(app, answerer, cast(Verifier, FakeVerifier()), settings)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    """Three generated episodes, and one of an earlier season about which nothing more is known."""
    folder = tmp_path_factory.mktemp("episodes")
    archive = make_archive(folder / "archive")
    write_episode(archive, "delta", season=1, episode=2, dateadded=None)
    settings, embedder = settings_for(folder / "data"), FakeEmbedder()
    build_index(source_of(archive), settings, embedder, CountingProgress())
    made = answerer_of(settings, embedder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(answerer: Answerer, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(answerer, settings_for(tmp_path_factory.mktemp("api")))


def slugs(shown: Any) -> list[str]:
    return [episode["slug"] for episode in shown["episodes"]]


def test_pages_of_the_list_are_the_whole_list(client: TestClient, answerer: Answerer) -> None:
    whole = client.get("/api/episodes").json()
    assert (whole["total"], whole["limit"], whole["offset"]) == (4, 50, 0)
    assert set(slugs(whole)) == set(answerer.archive.index.episodes)
    assert slugs(whole)[-1] == "delta", "the newest come first"
    pages = [client.get("/api/episodes", params={"limit": 3, "offset": offset}).json() for offset in (0, 3, 6)]
    assert [len(page["episodes"]) for page in pages] == [3, 1, 0]
    assert [slug for page in pages for slug in slugs(page)] == slugs(whole)
    assert {page["total"] for page in pages} == {4}


def test_filters_narrow_the_list_as_they_narrow_a_search(client: TestClient) -> None:
    assert slugs(client.get("/api/episodes?guest=beta").json()) == ["beta"]
    assert client.get("/api/episodes?season=1").json()["total"] == 1
    refused = client.get("/api/episodes?guest=nobody")
    assert (refused.status_code, "Try one of" in refused.json()["detail"]) == (422, True)
    for wrong in ("limit=0", "limit=201", "offset=-1", "guests=beta"):
        assert client.get(f"/api/episodes?{wrong}").status_code == 422


def test_an_episode_has_its_chapters_and_every_line(client: TestClient, answerer: Answerer) -> None:
    episode = answerer.archive.index.episodes["beta"]
    shown = client.get("/api/episodes/beta").json()
    assert {key: shown[key] for key in ("slug", "title", "guests", "page")} == {
        "slug": "beta", "title": episode.title, "guests": list(episode.guests), "page": episode.page,
    }  # fmt: skip
    assert shown["duration"] == round(episode.end, 1)
    assert [(chapter["title"], chapter["url"]) for chapter in shown["chapters"]] == [
        (chapter.title, episode.url(chapter.start)) for chapter in episode.chapters
    ]
    assert [(line["text"], line["speaker"], line["role"], line["url"]) for line in shown["lines"]] == [
        (line.text, line.speaker, line.role, episode.url(line.start)) for line in episode.segments
    ]
    assert [line["estimated"] for line in shown["lines"]] == [line.estimated for line in episode.segments]


def test_what_is_unknown_of_an_episode_is_absent(client: TestClient) -> None:
    shown = client.get("/api/episodes/delta").json()
    assert {"published", "recorded"}.isdisjoint(shown)
    assert None not in shown.values()


@pytest.mark.parametrize(
    ("slug", "hint"), [("betta", "Did you mean 'beta'"), ("BETA", "'beta'"), ("zzzzzz", "results of a search")]
)
def test_an_unknown_episode_is_not_found_with_what_is_near(client: TestClient, slug: str, hint: str) -> None:
    response = client.get(f"/api/episodes/{slug}")
    assert response.status_code == 404
    assert hint in response.json()["detail"]


def test_lines_between_two_seconds_are_those_said_meanwhile(answerer: Answerer) -> None:
    episode = answerer.archive.index.episodes["alpha"]
    lines = [replace(episode.segments[0], start=10.0 * place, end=10.0 * place + 8) for place in range(5)]
    made = replace(episode, segments=tuple(lines))
    for start, end, first, last in (
        (None, None, 0, 5),
        (12, 20, 1, 3),
        (19, 29, 2, 3),
        (41, None, 4, 5),
        (50, 9, 0, 0),
    ):
        assert said_between(made, start, end) == lines[first:last], (start, end)
    assert TranscriptModel.with_lines(made, ()).lines == []


def test_the_server_is_ready_once_it_can_answer(
    client: TestClient, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = answerer.catalog.version
    assert client.get("/readyz").json() == {"status": "ready", "version": version, "model": "extractive"}
    monkeypatch.setattr(FakeEmbedder, "loaded", False)
    response = client.get("/readyz")
    assert (response.status_code, "the first question loads it" in response.json()["detail"]) == (503, True)


def test_a_server_without_an_index_is_not_ready_and_says_what_helps(tmp_path: Any) -> None:
    settings = settings_for(tmp_path)
    response = client_of(answerer_of(settings, FakeEmbedder()), settings).get("/readyz")
    assert (response.status_code, "citecast ingest" in response.json()["detail"]) == (503, True)

"""Provides the whole app on a generated archive, and the same app on a loopback port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builds import answerer_of
from fakes import CountingProgress, FakeEmbedder, make_archive, settings_for, source_of
from fastapi import FastAPI
from http_fake import web_server

from app.answering.pipeline import Answerer
from app.server import create_app
from app.verification.verifier import Verifier
from index.building.build import build_index


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    """An answerer on three generated episodes."""
    folder = tmp_path_factory.mktemp("protocols")
    settings, embedder = settings_for(folder / "data"), FakeEmbedder()
    build_index(source_of(make_archive(folder / "archive")), settings, embedder, CountingProgress())
    made = answerer_of(settings, embedder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(answerer: Answerer, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The whole app, as it is served."""
    settings = settings_for(tmp_path_factory.mktemp("served"), allowed_hosts=("testserver",))
    return create_app(answerer, Verifier(answerer.archive), settings, [])


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    """The address of the app, served until the module's tests have ended."""
    with web_server(app) as made:
        yield made

"""Provides the chat's handlers with fakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import FakeAnswerer, FakeVerifier
from fakes import settings_for

from app.chat.handlers import Chat, Verifying
from app.web.streaming import Workers


@pytest.fixture
def fake() -> FakeAnswerer:
    return FakeAnswerer()


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    return Workers(settings_for(tmp_path, workers=2))


@pytest.fixture
def chat(fake: FakeAnswerer, workers: Workers) -> Chat:
    return Chat(cast(Any, fake), workers)


@pytest.fixture
def verifier() -> Iterator[FakeVerifier]:
    made = FakeVerifier()
    yield made
    made.release.set()


@pytest.fixture
def verifying(verifier: FakeVerifier, workers: Workers) -> Verifying:
    return Verifying(verifier, workers)

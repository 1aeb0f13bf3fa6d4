"""Provides the chat's handlers with fakes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from chat_fake import FakeAnswerer, FakeVerifier

from app.chat.handlers import Chat, Verifying


@pytest.fixture
def fake() -> FakeAnswerer:
    return FakeAnswerer()


@pytest.fixture
def chat(fake: FakeAnswerer) -> Chat:
    return Chat(cast(Any, fake), ThreadPoolExecutor(1))


@pytest.fixture
def verifier() -> Iterator[FakeVerifier]:
    made = FakeVerifier()
    yield made
    made.release.set()


@pytest.fixture
def verifying(verifier: FakeVerifier) -> Verifying:
    return Verifying(verifier, ThreadPoolExecutor(1))

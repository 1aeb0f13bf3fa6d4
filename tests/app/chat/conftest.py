"""The chat's handlers with the fake answerer behind them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from chat_fake import FakeAnswerer

from app.chat.events import Chat


@pytest.fixture
def fake() -> FakeAnswerer:
    return FakeAnswerer()


@pytest.fixture
def chat(fake: FakeAnswerer) -> Chat:
    return Chat(cast(Any, fake), ThreadPoolExecutor(1))

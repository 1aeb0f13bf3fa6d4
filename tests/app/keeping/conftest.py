"""Provides a keeper, and a look into its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kept_fake import Kept


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[str], bool]:
    """Whether words are in any file of the folder."""
    return lambda text: any(text.encode() in file.read_bytes() for file in tmp_path.iterdir())

"""Provides a clean environment for the program: no outside settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, no settings from outside, plain output."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CITECAST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CITECAST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

"""Tests that only writing loads a language model: ranking and verifying never do, whatever the setting."""

from __future__ import annotations

import json

import pytest
from builds import Built
from cli_calls import call, refused
from fakes import CountingProgress

from app.compose import open_archive
from eval.running.specs import parse_spec
from eval.running.suites import Item
from eval.running.systems import open_system
from index.embedder import Embedder
from ingest.settings import SettingsError

NO_MODEL = "gpt-9"


@pytest.fixture
def built_with(built: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
    """A small archive, and a setting that names a model that does not exist."""
    monkeypatch.setattr(Embedder, "of", lambda settings: built.embedder)
    monkeypatch.setenv("CITECAST_DATA", str(built.settings.data))
    monkeypatch.setenv("CITECAST_MODEL", NO_MODEL)
    return built


@pytest.mark.parametrize("command", ["search", "verify"])
def test_who_writes_nothing_loads_no_model(built_with: Built, command: str) -> None:
    result = call(command, "Alpha Tester says that guests ship data.", "--json")
    assert result.exit_code == 0, result.output
    json.loads(result.stdout)


def test_who_writes_needs_the_model_that_the_setting_names(built_with: Built) -> None:
    assert NO_MODEL in refused(call("ask", "What does Alpha Tester say?"))


@pytest.mark.parametrize("kind", ["lexical", "dense", "llamaindex"])
def test_a_system_that_only_ranks_loads_no_model(built: Built, kind: str) -> None:
    settings = built.settings.model_copy(update={"model": NO_MODEL})
    archive = open_archive(settings, built.embedder)
    ranked = open_system(parse_spec(kind), settings, archive, CountingProgress())
    assert "answered" not in ranked.run(Item("q", 1, ("What is said?",), True, (), (), "", {})).output
    with pytest.raises(SettingsError, match=NO_MODEL):
        open_system(parse_spec("ours"), settings, archive, CountingProgress())

"""Tests questions and statements under way while a build takes an episode down, whose generations go at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builds import answerer_of
from fakes import CountingProgress, FakeEmbedder, settings_for, transcript
from layouts import sources_of, write_removals, write_seasonal

from app.answering import pipeline
from app.answering.pipeline import Answerer
from app.types import Answer, Verified
from app.verification import verifier
from app.verification.verifier import Verifier
from index.building.build import build_index
from index.manifest import current_generation
from index.store.base import StoreError
from ingest.settings import Settings

QUESTION = "Why do they say ba ce di fo gu to each other?"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for number, slug in enumerate(("kilns", "slate"), 1):
        said = transcript(slug, "Ilva", 24)
        write_seasonal(tmp_path / "archive", slug, said, place=f"s01/e{number:02}", episode=number, title=slug)
    return tmp_path / "archive"


@pytest.fixture
def settings(tmp_path: Path, archive: Path) -> Settings:
    settings = settings_for(tmp_path / "data")
    build_index(sources_of(archive), settings, FakeEmbedder(), CountingProgress())
    return settings


def before_first(work: Callable[..., Any], first: Callable[[], Any]) -> Callable[..., Any]:
    """`work`, with `first` done before the first call."""
    calls: list[int] = []

    def wrapped(*args: Any, **options: Any) -> Any:
        if not calls:
            calls.append(1)
            first()
        return work(*args, **options)

    return wrapped


def ask(answerer: Answerer) -> Answer:
    return answerer.ask(QUESTION)


def verify(answerer: Answerer) -> Verified:
    return Verifier(answerer.archive).verify("They say ba ce di fo gu to each other.")


@pytest.mark.parametrize(("work", "room", "name"), [(ask, pipeline, "find"), (verify, verifier, "look_up")])
def test_it_is_answered_from_the_new_index(
    settings: Settings, archive: Path, monkeypatch: pytest.MonkeyPatch, work: Any, room: Any, name: str
) -> None:
    def take_down() -> None:
        write_removals(archive, {"source": "_podcast/slate.md"})
        build_index(sources_of(archive), settings, FakeEmbedder(), CountingProgress())

    answerer = answerer_of(settings, FakeEmbedder())
    held = answerer.archive.index.folder
    with monkeypatch.context() as patch:
        patch.setattr(room, name, before_first(getattr(room, name), take_down))
        result = work(answerer)
    assert not held.exists()
    assert {one.evidence.episode.slug for one in (*result.citations, *result.nearest)} == {"kilns"}
    again = work(answerer)
    assert (again.citations, again.nearest) == (result.citations, result.nearest)


@pytest.mark.parametrize("work", [ask, verify])
def test_a_damaged_index_is_still_a_fault_that_names_the_command(settings: Settings, work: Any) -> None:
    for path in (current_generation(settings.data) / "tokens").iterdir():
        path.unlink()
    with pytest.raises(StoreError, match="citecast ingest --rebuild"):
        work(answerer_of(settings, FakeEmbedder()))

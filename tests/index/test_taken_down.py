"""Tests a move of the archive and a removal: what is embedded again, and that what was taken down is nowhere left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import CountingProgress, FakeEmbedder, settings_for, transcript, write_person
from layouts import sources_of, write_old, write_removals, write_seasonal
from qdrant_fake import serving

from app.answering.search import searched
from index.archive import Archive, ArchiveView
from index.building.build import build_index
from index.filters import Filters
from index.manifest import current_generation
from index.store.base import StoreError
from ingest.report import IngestReport
from ingest.settings import Settings

SLUGS = ("kilns", "slate", "weir")
QUESTION = "ba ce di fo gu"


def build(settings: Settings, *roots: Path, embedder: FakeEmbedder | None = None) -> IngestReport:
    return build_index(sources_of(*roots), settings, embedder or FakeEmbedder(), CountingProgress())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Three episodes in the old layout."""
    for slug in SLUGS:
        write_old(tmp_path / "old", slug, transcript(slug, "Ilva", 12), title=f"On {slug}")
    return tmp_path / "old"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The same in the new layout, with one more; the people stay in the old one."""
    for number, slug in enumerate((*SLUGS, "dam"), 1):
        segments = transcript(slug, "Ilva", 12)
        write_seasonal(tmp_path / "new", slug, segments, place=f"s01/e{number:02}", episode=number, title=f"On {slug}")
    write_person(tmp_path / "new", "ilva", "Ilva Nadrostek")
    return tmp_path / "new"


def files_with(word: str, data: Path) -> list[str]:
    """Files under a folder that hold a word, or are named by it."""
    paths = [path for path in data.rglob("*") if path.is_file()]
    return [str(path) for path in paths if word.encode() in path.read_bytes() or word in path.name]


class TestMove:
    def test_only_new_and_changed_episodes_are_embedded(self, tmp_path: Path, old: Path, new: Path) -> None:
        settings = settings_for(tmp_path / "data")
        assert build(settings, old).embedded_episodes == 3
        embedder = FakeEmbedder()
        report = build(settings, new, old, embedder=embedder)
        assert (report.episodes, report.embedded_episodes, report.removed_episodes, report.copies) == (4, 1, 0, 3)
        assert all(text.startswith("On dam") for text in embedder.embedded)
        write_seasonal(new, "weir", transcript("anew", "Ilva", 12), place="s01/e03", episode=3, title="On weir")
        embedder = FakeEmbedder()
        assert build(settings, new, old, embedder=embedder).embedded_episodes == 1
        assert all(text.startswith("On weir") for text in embedder.embedded)
        embedder = FakeEmbedder()
        assert build(settings, old, new, embedder=embedder).episodes == 4  # in another order, with the old `weir`
        assert all(text.startswith("On weir") for text in embedder.embedded)


class TestRemoval:
    def test_a_removed_episode_is_in_no_generation_and_no_cache_and_is_told(
        self, tmp_path: Path, old: Path, new: Path
    ) -> None:
        settings = settings_for(tmp_path / "data")
        build(settings, new, old)
        word = next(one["line"] for one in transcript("weir", "Ilva", 12) if "line" in one)[:30]
        other = settings_for(settings.data, embedder="another")
        build_index(sources_of(new), other, FakeEmbedder("another"), CountingProgress())
        assert len(files_with(word, settings.data)) >= 2
        assert len(list(settings.data.glob("vectors/*/weir.npz"))) == 2
        write_removals(new, {"source": "_podcast/weir.md"})
        report = build(settings, new, old)
        assert (report.episodes, report.removed_episodes, report.taken_down) == (3, 1, ["weir"])
        assert "Taken down weir: it is in no index any more" in report.lines()
        assert [path.name for path in (settings.data / "index").glob("2*")] == [current_generation(settings.data).name]
        assert files_with(word, settings.data) == []
        assert list(settings.data.rglob("weir.npz")) == []
        current = current_generation(settings.data)
        assert "weir" not in (current / "slugs.json").read_text()
        assert json.loads((current / "report.json").read_text())["taken_down"] == ["weir"]

    def test_a_build_that_was_killed_before_it_cleared_up_is_finished_by_the_next(
        self, tmp_path: Path, new: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = settings_for(tmp_path / "data")
        build(settings, new)
        write_removals(new, {"source": "_podcast/weir.md"})
        with monkeypatch.context() as patch:
            patch.setattr("index.building.generation._remove_older", lambda settings, keep: None)
            build(settings, new)
        assert len(list((settings.data / "index").glob("2*"))) == 2
        report = build(settings, new)
        assert not report.changed
        assert [path.name for path in (settings.data / "index").glob("2*")] == [current_generation(settings.data).name]

    def test_an_episode_that_only_went_missing_leaves_the_generation_before(self, tmp_path: Path, new: Path) -> None:
        settings = settings_for(tmp_path / "data")
        build(settings, new)
        (new / "podcasts" / "s01" / "e03.yaml").unlink()
        report = build(settings, new)
        assert (report.removed_episodes, report.taken_down) == (1, [])
        assert len(list((settings.data / "index").glob("2*"))) == 2

    @pytest.mark.parametrize("served", [False, True])
    def test_a_question_under_way_is_answered_from_the_new_index(self, tmp_path: Path, new: Path, served: bool) -> None:
        with serving() as server:
            settings = settings_for(tmp_path / "data", store=server.url if served else "")
            build(settings, new)
            archive = Archive(settings, FakeEmbedder())
            held = archive.index
            asked: list[ArchiveView] = []

            def ask(view: ArchiveView) -> set[str]:
                asked.append(view)
                if len(asked) == 1:
                    write_removals(new, {"source": "_podcast/weir.md"})
                    build(settings, new)
                return {one.episode for one in searched(view, QUESTION, 50, Filters()).passages}

            assert archive.using(ask) == {"kilns", "slate", "dam"}
            assert len(asked) == 2
            assert archive.index.episodes.keys() == {"kilns", "slate", "dam"}
            assert not held.folder.exists()
            if not served:  # the engine still reads the removed files that it has open
                assert len(held.store.lexical(QUESTION, 5)) == len(held.store.payloads(list(held.passages)[:5])) == 5

    def test_a_fault_of_the_index_in_use_is_still_one(self, tmp_path: Path, new: Path) -> None:
        settings = settings_for(tmp_path / "data")
        build(settings, new)
        archive = Archive(settings, FakeEmbedder())
        for path in (archive.index.folder / "tokens").iterdir():
            path.unlink()
        with pytest.raises(StoreError, match="--rebuild"):
            archive.using(lambda view: view.search(QUESTION))

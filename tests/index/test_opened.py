"""Tests an opened index: its words, guests and topics, and that episodes are read from disk unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builds import Built
from fakes import CountingProgress, FakeEmbedder, make_archive, read_episode, settings_for, source_of, write_episode
from threadpoolctl import threadpool_info

from index.building.build import build_index
from index.episodes import read_episodes, write_episodes
from index.filters import Filters
from index.opened import Index, open_index
from ingest.formats.jekyll import episode_files
from ingest.passages import PassageSettings, passages_of
from ingest.text import words


def test_episodes_survive_the_disk_unchanged(archive: Path, tmp_path: Path) -> None:
    write_episode(archive, "ödd", title='Quotes " and \\ and \u2028 and 🦜', season=None, ids=None)
    rows = [(e := read_episode(file, {}).episode, passages_of(e, PassageSettings())) for file in episode_files(archive)]
    write_episodes(tmp_path / "episodes.jsonl", rows)
    assert list(read_episodes(tmp_path / "episodes.jsonl")) == rows


class TestIndex:
    @pytest.fixture
    def index(self, built: Built) -> Index:
        return built.open()

    def test_numpy_computes_in_the_thread_that_asks(self, index: Index) -> None:
        assert index.passages
        used = [own["num_threads"] for own in threadpool_info() if own["internal_api"] == "openblas"]
        assert set(used) <= {1}

    def test_frequencies_are_those_of_the_passages(self, index: Index) -> None:
        texts = [set(words(passage.embedded_text)) for passage in index.passages.values()]
        for word in ("about", "alpha", "ba", "neverthere"):
            assert index.frequency(word) == sum(word in text for text in texts)

    def test_a_rarer_word_is_rarer(self, index: Index) -> None:
        everywhere, in_some, nowhere = index.rarity("about"), index.rarity("alpha"), index.rarity("neverthere")
        assert 0 <= everywhere < in_some < nowhere <= 1

    def test_names_that_the_archive_does_not_hold(self, index: Index) -> None:
        assert index.unknown_names("What does Alpha Tester say, and Nobody Else?") == ["Nobody Else"]
        assert index.unknown_names("what does nobody else say") == []

    def test_the_catalog_is_in_order(self, tmp_path: Path) -> None:
        archive = make_archive(tmp_path / "archive", ("beta", "Alpha", "gamma"))
        write_episode(archive, "delta", title="aaa first", season=None, topics=["gamma", "generated"])
        settings, embedder = settings_for(tmp_path / "data"), FakeEmbedder()
        build_index(source_of(archive), settings, embedder, CountingProgress())
        catalog = open_index(settings, embedder).catalog
        assert [slug for slug, _ in catalog.episodes] == ["delta", "Alpha", "beta", "gamma"]
        assert catalog.guests == ("Alpha Tester", "Beta Tester", "Delta Tester", "Gamma Tester")
        assert catalog.topics == ("generated", "gamma", "Alpha", "beta")
        assert catalog.seasons == (2, 3)
        assert not catalog.sample

    def test_damaged_rows_are_named_with_the_command(self, built: Built, index: Index) -> None:
        path = index.folder / "episodes.jsonl"
        rows = path.read_text().splitlines()
        for damage in (
            {"segments": [[1, 2]]},
            {"segments": [[0, 1, "A", "king", "x", 0, False]]},
            {"chapters": 5},
            {"guests": None},
            {"passages": [{"id": 1}]},
        ):
            path.write_text("\n".join([json.dumps(json.loads(rows[0]) | damage), *rows[1:]]))
            with pytest.raises(Exception, match="citecast ingest --rebuild"):
                built.open()


def test_filters_narrow_by_what_they_hold() -> None:
    assert not Filters()
    assert list(Filters().conditions()) == []
    both = Filters(guests=("Ann",), seasons=(1, 2))
    assert both
    assert list(both.conditions()) == [("guests", ["Ann"]), ("season", [1, 2])]

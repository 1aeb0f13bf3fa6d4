"""Tests archives of several sources: how they are given, and what each of them contributes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes import make_archive
from podcasts import FEED, FOLDER, read_podcast

from ingest.settings import SettingsError, load_settings


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """The podcast of the folder under a path with a blank."""
    return Path(shutil.copytree(FOLDER, tmp_path / "repair bench"))


def test_folder_feed_and_old_layout_are_read_together(tmp_path: Path) -> None:
    old = make_archive(tmp_path / "old", ("alpha",))
    read = read_podcast(FOLDER, FEED, old, data=tmp_path / "data")
    assert (len(read.episodes), read.copies, read.skipped) == (4 + 5 + 1, 0, [])
    # Each keeps the facts of its own archive; name and questions are the first one's.
    assert read.sources.name == "The Repair Bench"
    assert {read.episodes[slug].episode.links.page for slug in ("glue", "watering-less", "alpha")} == {
        "https://example.org/repair-bench/glue",
        "https://example.org/hedge-and-hive/water/",
        "https://datatalks.club/podcast/s03e02/alpha",
    }


def test_the_first_source_gives_an_episode_that_two_hold(blank: Path) -> None:
    text = (blank / "episodes.yaml").read_text().replace("Wheels that wobble", "Wheels, once more")
    (blank / "episodes.yaml").write_text(text)
    assert [read_podcast(*order).episodes["wheels"].episode.title for order in ((FOLDER, blank), (blank, FOLDER))] == [
        "Wheels that wobble", "Wheels, once more",
    ]  # fmt: skip
    assert read_podcast(FOLDER, blank).copies == 4


def test_sources_are_a_list_in_the_file(tmp_path: Path, blank: Path) -> None:
    (tmp_path / "citecast.toml").write_text(f'archive = ["repair bench", "{FEED}", "https://a.example/feed"]\n')
    archive = load_settings(environ={}, folder=tmp_path).archive
    assert list(archive) == [str(blank), str(FEED), "https://a.example/feed"]


def test_sources_stand_with_blanks_between_them_in_the_variable(tmp_path: Path, blank: Path) -> None:
    def given(text: str) -> list[str]:
        return list(load_settings(environ={"CITECAST_ARCHIVE": text}, folder=tmp_path).archive)

    assert given(f"{FOLDER} {FEED}") == [str(FOLDER), str(FEED)]
    assert given(str(blank)) == [str(blank)]
    assert given(f"'{blank}'  https://a.example/feed") == [str(blank), "https://a.example/feed"]
    with pytest.raises(SettingsError, match=r"CITECAST_ARCHIVE.*No closing quotation"):
        given(f"'{blank} {FEED}")

"""Tests real files of the new layouts (beside CITECAST_ARCHIVE): they give the same passages as the old one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fakes import read_episode
from layouts import Reading, read_layouts

from ingest.formats.base import ReadEpisode
from ingest.formats.people import read_people
from ingest.formats.removals import read_removals
from ingest.front_matter.files import SourceFile
from ingest.models import Role
from ingest.passages import PassageSettings, passages_of

OLD = Path(os.environ.get("CITECAST_ARCHIVE") or "nothing")
SEASONAL, FLAT = OLD.parent / "content", OLD.parent / "content-flat"
pytestmark = [
    pytest.mark.archive,
    pytest.mark.skipif(
        not all((folder / "podcasts").is_dir() for folder in (SEASONAL, FLAT)),
        reason="no real files of the new layouts stand beside CITECAST_ARCHIVE (content/, content-flat/)",
    ),
]
SITE = "https://datatalks.club/podcast"
IN_BOTH = {"data-team-roles", "cloud-data-governance", "freelancing-in-machine-learning"}
NEW = {
    "s24e04-from-genai-pilots-to-production",
    "s24e05-ai-adoption-in-enterprise-beyond-writing-code",
    "s24e06-how-to-build-ai-that-actually-ships-in-production",
}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A source that has only the pages of people; they are removed at once."""
    root = tmp_path_factory.mktemp("people")
    shutil.copytree(OLD / "_people", root / "_people")
    yield root
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def seasonal(people: Path) -> Reading:
    return read_layouts(SEASONAL, people)


@pytest.fixture(scope="module")
def flat(people: Path) -> Reading:
    return read_layouts(FLAT, people)


@pytest.fixture(scope="module")
def old(seasonal: Reading, flat: Reading, people: Path) -> dict[str, ReadEpisode]:
    """The same episodes in the old layout."""
    names = read_people(people)[0]
    rows = {slug: row for slug, row in {**seasonal.rows, **flat.rows}.items() if slug not in NEW}
    files = {slug: f"_podcast/{row.episode.name}.md" for slug, row in rows.items()}
    return {slug: read_episode(SourceFile(OLD / path, OLD, path), names) for slug, path in files.items()}


def test_all_files_are_read_and_no_word_is_lost(seasonal: Reading, flat: Reading) -> None:
    assert set(seasonal.rows) == {*NEW, *IN_BOTH, "mentoring-in-tech-how-to-find-and-become-a-mentor"}
    assert set(flat.rows) == {"data-team-roles", "kaggle-grandmaster-to-production-ml-and-education"}
    for reading in (seasonal, flat):
        assert (reading.report.skipped, reading.report.labels, reading.unread.damaged) == ([], [], 0)
        assert all("address a machine" in told for told in reading.told), reading.told


def test_the_same_words_give_the_same_passages_byte_for_byte(
    seasonal: Reading, flat: Reading, old: dict[str, ReadEpisode]
) -> None:
    assert len(old) == 5
    for slug, read in old.items():
        for reading in (seasonal, flat):
            if row := reading.rows.get(slug):
                assert row.passages == passages_of(read.episode, PassageSettings()), slug
                assert row.episode == read.episode, slug
    assert seasonal.rows["data-team-roles"].passages == flat.rows["data-team-roles"].passages


def test_early_headers_and_copied_lines_are_mended_and_counted(old: dict[str, ReadEpisode]) -> None:
    assert old["cloud-data-governance"].counts.headers_early == 12
    assert old["freelancing-in-machine-learning"].counts.repeated_lines == 27


def test_the_report_of_the_new_layout_counts_the_repairs(seasonal: Reading) -> None:
    counts = seasonal.report.counts
    assert (counts.headers_early, counts.repeated_lines, counts.without_headers) == (12, 27, 2)
    assert counts.words_unaccounted == 0
    assert set(counts.words_left_out) == {"repeated"}


def test_new_episodes_have_no_day_and_the_others_that_of_their_publication(seasonal: Reading) -> None:
    dated = {slug: row.episode.dated for slug, row in seasonal.rows.items()}
    assert {slug for slug, day in dated.items() if day is None} == NEW
    assert dated["data-team-roles"] == ("2021-02-23", "published")


def test_the_removals_are_two_files_of_the_old_archive() -> None:
    slugs, problems = read_removals(SEASONAL)
    assert problems == []
    assert {f"_{slug}.md" for slug in slugs} <= {path.name for path in (OLD / "_podcast").iterdir()}
    assert len(slugs) == 2


def test_pages_and_anchors_of_lines_are_the_sites(seasonal: Reading) -> None:
    pages = {slug: row.episode.page for slug, row in seasonal.rows.items()}
    assert pages["s24e04-from-genai-pilots-to-production"] == f"{SITE}/s24e04/from-genai-pilots-to-production"
    mentor = "mentoring-in-tech-how-to-find-and-become-a-mentor"
    assert pages[mentor] == f"{SITE}/s01e05/{mentor}.md"  # its old file's name ends in `.md.md`
    assert pages["cloud-data-governance"] == f"{SITE}/s03e10/cloud-data-governance"
    for slug, row in seasonal.rows.items():
        entries = segments_of(slug, seasonal)
        lines = [" ".join(entry.get("line", "").split()) for entry in entries]
        for segment in row.episode.segments:
            assert segment.row is not None
            assert segment.text in lines[segment.row], (slug, segment.row)
            assert row.episode.line_url(segment.row) == f"{pages[slug]}#transcript-entry-{segment.row}"


def segments_of(slug: str, reading: Reading) -> list[dict[str, str]]:
    """The entries of an episode's transcript as another reader of YAML reads them."""
    episode = reading.rows[slug].episode
    path = SEASONAL / "podcasts" / f"s{episode.season:02}" / f"e{episode.number:02}-transcript.yaml"
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    found: list[dict[str, str]] = yaml.load(path.read_text(encoding="utf-8"), loader)["segments"]
    return found


def test_guests_are_known_by_their_names(seasonal: Reading) -> None:
    for slug, row in seasonal.rows.items():
        speakers = {one.speaker for one in row.episode.segments if one.role is Role.GUEST}
        assert speakers <= set(row.episode.guests), slug
        assert all(" " in name for name in row.episode.guests), slug

"""Tests the list of episodes that were taken down: what names one, and that no source gives it any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from layouts import put, read_layouts, write_flat, write_old, write_removals, write_seasonal

from ingest.formats.removals import read_removals

LIST = "migration/podcast-removals.yaml"
NONE = "no episode is taken for one that was taken down"
NAMELESS = "a removal names no episode: give its file in `source`"
WRONG = "invalid YAML: mapping values are not allowed in this context"


class TestList:
    @pytest.mark.parametrize(
        "removal",
        [
            {"source": "_podcast/dam.md"},
            {"source": "_podcast/_dam.md"},
            {"source": "_podcast/dam.md.md"},
            {"records": ["podcasts/dam.yaml", "podcasts/s12/e08.yaml"]},
            {"records": ["podcasts/_dam.yaml"]},
            {"records": "podcasts/dam.yaml"},
            {"records": ["podcasts/s03/e04-dam.yaml"]},
            {"records": ["podcasts/s03/e04.yaml"], "transcripts": ["podcasts/s03/e04-dam-transcript.yaml"]},
            {"records": ["podcasts/s12/e08.yaml"], "transcripts": ["podcasts/transcripts/_dam.yaml"]},
            {"source": 5, "records": [None, {"a": 1}, "podcasts/dam.yaml"]},
        ],
    )
    def test_every_form_of_a_path_gives_the_slug(self, tmp_path: Path, removal: dict[str, Any]) -> None:
        write_removals(tmp_path, removal)
        slugs, problems = read_removals(tmp_path)
        assert "dam" in slugs
        assert problems == []

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("removals:\n- records: [podcasts/s12/e08.yaml]\n", f"2: {NAMELESS}"),
            ("removals:\n- dam\n- {}\n", f"2: {NAMELESS}"),
            ("removals: {a: b}\n", f"1: `removals` is not a list: {{'a': 'b'}}; {NONE}"),
            ("removal: []\n", f"1: there is no `removals` (is 'removal' on line 1 meant for it?); {NONE}"),
            ("removals:\n- source: a: b\n", f"2: {WRONG}; {NONE}"),
            ("- source: _podcast/dam.md\n", f"1: the file is not a mapping; {NONE}"),
        ],
    )
    def test_a_list_that_names_none_is_told_with_the_line(self, tmp_path: Path, text: str, told: str) -> None:
        put(tmp_path / LIST, text)
        slugs, problems = read_removals(tmp_path)
        assert slugs == set()
        assert str(problems[0]) == f"{LIST}:{told}"

    @pytest.mark.parametrize("text", ["removals: []\n", "removals:\n"])
    def test_an_empty_list_is_no_fault(self, tmp_path: Path, text: str) -> None:
        put(tmp_path / LIST, text)
        assert read_removals(tmp_path) == (set(), [])
        assert read_removals(tmp_path / "elsewhere") == (set(), [])


@pytest.mark.parametrize("write", [write_old, write_flat, write_seasonal])
@pytest.mark.parametrize("first", [True, False])
def test_an_episode_that_one_source_lists_as_removed_is_read_from_none(tmp_path: Path, write: Any, first: bool) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    write_seasonal(new, "kilns")
    write_removals(new, {"source": "_podcast/dam.md"})
    path = write(old, "dam")
    read = read_layouts(*((new, old) if first else (old, new)))
    assert set(read.rows) == {"kilns"}
    assert read.unread.unpublished == {"dam"}
    assert read.told == [f"{path.relative_to(old)}: taken down at its source ({LIST}); it is not read"]
    assert read.report.counts.words_left_out == {"unpublished": read.report.counts.words}

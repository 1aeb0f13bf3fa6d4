"""Tests the report of an ingest."""

from __future__ import annotations

import json

from ingest.report import EpisodeCounts, IngestReport, Problem


def report() -> IngestReport:
    return IngestReport(
        source="folder", version="abc", episodes=1234, passages=5,
        counts=EpisodeCounts(words=1_000_000, times_missing=3),
        skipped=[Problem("_podcast/x.md", 7, "broken")], problems=[Problem("_podcast/y.md", None, "odd")],
        duplicates=[("copy", "original")], embedded_episodes=2, removed_episodes=1, changed=True,
        seconds={"read": 1.234},
    )  # fmt: skip


def test_a_problem_names_file_and_line() -> None:
    assert str(Problem("_podcast/x.md", 7, "broken")) == "_podcast/x.md:7: broken"
    assert str(Problem("_podcast/x.md", None, "broken")) == "_podcast/x.md: broken"


def test_lines_for_a_terminal_say_everything() -> None:
    text = "\n".join(report().lines())
    for part in (
        "folder (abc)", "1,234 with", "1,000,000 words", "3 missing", "copy holds the transcript of original",
        "_podcast/x.md:7: broken", "_podcast/y.md: odd", "embedded 2 episodes, removed 1", "read 1.2 s",
    ):  # fmt: skip
        assert part in text
    assert "SAMPLE" not in text


def test_the_sample_and_an_unchanged_archive_are_said_to_be() -> None:
    text = "\n".join(IngestReport(sample=True).lines())
    assert "SAMPLE" in text
    assert "unchanged: nothing to do" in text


def test_json_is_plain() -> None:
    data = json.loads(json.dumps(report().to_json()))
    assert data["duplicates"] == [{"dropped": "copy", "kept": "original"}]
    assert data["skipped"] == [{"file": "_podcast/x.md", "line": 7, "reason": "broken"}]
    assert data["seconds"] == {"read": 1.23}
    assert data["counts"]["words"] == 1_000_000


def test_counts_add_up() -> None:
    total = EpisodeCounts(chapters=1, words=10)
    total.add(EpisodeCounts(chapters=2, clips_off=3))
    assert total == EpisodeCounts(chapters=3, words=10, clips_off=3)

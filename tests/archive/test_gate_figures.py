"""Tests the gate on labelled sentences of the real archive (CITECAST_ARCHIVE): the targets, on the test split."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes import read_episode

from app.support.check import Gate
from eval.fitting.gate.data import CORRUPTIONS, SENTENCES, Judged, cases, judge
from eval.fitting.gate.report import auroc, shown
from index.embedder import Embedder
from ingest.formats.jekyll import episode_files
from ingest.formats.people import read_people
from ingest.front_matter.files import BadFile
from ingest.models import Episode

ROOT = Path(os.environ.get("CITECAST_ARCHIVE") or "nothing")
pytestmark = [
    pytest.mark.archive,
    pytest.mark.skipif(
        not (ROOT / "_podcast").is_dir(), reason="CITECAST_ARCHIVE names no folder with the real archive's _podcast"
    ),
]


@pytest.fixture(scope="module")
def judged(minilm: Embedder) -> list[Judged]:
    """The test split."""
    people, _ = read_people(ROOT)
    episodes: dict[str, Episode] = {}
    for file in episode_files(ROOT):
        try:
            episodes[file.slug] = read_episode(file, people).episode
        except BadFile:
            continue
    return judge(Gate(minilm), [case for case in cases(episodes) if case.split == "test"])


def of(judged: list[Judged], source: str, good: bool, *kinds: str) -> list[Judged]:
    own = [item for item in judged if item.case.source == source and item.case.good == good]
    return [item for item in own if not kinds or item.case.kind in kinds]


def test_little_that_is_unsupported_is_shown_and_most_that_is_supported_kept(judged: list[Judged]) -> None:
    supported, unsupported = of(judged, SENTENCES, True), of(judged, SENTENCES, False, "unsupported")
    assert shown(unsupported) / len(unsupported) <= 0.05
    assert shown(supported) / len(supported) >= 0.60
    assert auroc(supported, unsupported) > 0.9


def test_few_corruptions_are_shown(judged: list[Judged]) -> None:
    faithful, corrupted = of(judged, CORRUPTIONS, True), of(judged, CORRUPTIONS, False)
    assert shown(corrupted) / len(corrupted) <= 0.25
    assert auroc(faithful, corrupted) > 0.7

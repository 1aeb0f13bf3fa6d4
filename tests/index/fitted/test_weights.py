"""Tests fitted weights: the arithmetic, the file, and where the shipped ones come from."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from app.answering.premise import FITTED as PREMISE
from app.evidence.carrying import FITTED as CARRYING
from app.evidence.injected import WEIGHTS as INJECTED
from app.support.features import FITTED as SUPPORT
from app.verification.score import AGREED, FOUND, TOLD
from app.wiki.topics.placing import FOLDER as PLACED
from app.wiki.worksheet.reader import ADAPTER, ALONE, LED, WORTH
from app.wiki.worksheet.reader import FOLDER as READER
from eval.fitting import injections, premise
from eval.fitting.examples import TUNE, UNGRADED, data_hash, suite_paths
from index.embedder import Embedder
from index.fitted.adapter import SHIPPED, read_adapter
from index.fitted.weights import Fitted, read_fitted, write_fitted
from index.judging.judge import FITTED as JUDGE

EVAL = Path(__file__).parents[3] / "eval"
PLACES = [read_fitted(path) for path in PLACED.glob("*.json")]
READINGS = {path.stem: read_fitted(path) for path in READER.glob("*.json")}


def test_probability_by_hand() -> None:
    assert Fitted({"a": 2.0, "b": -1.0}, 0.5).probability({"a": 1.0, "b": 3.0}) == pytest.approx(
        1 / (1 + math.exp(0.5))
    )


def test_a_file_gives_the_same_weights_to_four_digits(tmp_path: Path) -> None:
    made = Fitted({"a": 1 / 3}, -2 / 3, {"threshold": 0.123456}, {"data": "x"})
    write_fitted(tmp_path / "f.json", made)
    assert read_fitted(tmp_path / "f.json") == Fitted({"a": 0.3333}, -0.6667, {"threshold": 0.1235}, {"data": "x"})


@pytest.mark.parametrize("fitted", [SUPPORT, FOUND, AGREED, TOLD, PREMISE, read_fitted(INJECTED), *PLACES])
def test_shipped_weights_were_fitted_with_the_shipped_embedder(fitted: Fitted) -> None:
    assert fitted.about["embedder"] == Embedder().key


@pytest.mark.parametrize(
    ("fitted", "folder"),
    [
        (SUPPORT, "support"),
        (FOUND, "statements"),
        (AGREED, "statements"),
        (TOLD, "statements"),
        (CARRYING, "carrying"),
        *((fitted, "worksheet") for fitted in READINGS.values()),
    ],
)
def test_shipped_weights_were_fitted_on_the_projects_labels(fitted: Fitted, folder: str) -> None:
    assert fitted.about["data"] == data_hash(sorted((EVAL / folder).glob("*.jsonl")))


def test_the_reader_of_statements_is_whole_and_small() -> None:
    _, about = read_adapter(ADAPTER)
    assert about["base"] == Embedder().base_key
    assert {ALONE, LED, WORTH} < set(READINGS)
    assert all(fitted.about.items() <= about.items() for fitted in READINGS.values())
    assert sum(path.stat().st_size for path in READER.iterdir()) < 3_000_000


def test_embedder_and_judge_were_fitted_on_the_projects_questions() -> None:
    _, about = read_adapter(SHIPPED)
    assert about["data"] == data_hash(suite_paths(TUNE))
    assert JUDGE.about["data"] == data_hash(suite_paths(TUNE + UNGRADED))
    assert about["archive"] == JUDGE.about["archive"] == SUPPORT.about["archive"] == CARRYING.about["archive"]


def test_premises_were_fitted_on_the_projects_labels() -> None:
    assert PREMISE.about["data"] == data_hash([premise.TUNE, *suite_paths(premise.TUNE_SUITES)])


def test_injections_were_fitted_on_texts_of_other_writers_than_those_they_are_tested_on() -> None:
    assert read_fitted(INJECTED).about["data"] == data_hash([injections.TUNE])


def test_the_judge_was_fitted_with_an_embedder_that_did_not_know_its_questions() -> None:
    assert JUDGE.about["embedder"].startswith(Embedder().base_key + "+")
    assert JUDGE.about["embedder"] != Embedder().key
    assert CARRYING.about["embedder"] == JUDGE.about["embedder"]

"""Tests agreement, judges and shares against figures that were computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from label_fake import graded, label, label_file
from run_fake import asked, run_of

from eval.reading.agreement import Agreement, between_readers, kappa, with_judges
from eval.reading.judges import judges_of
from eval.reading.labels import Read, read_labels
from eval.reading.shares import shares

QUESTIONS = ("q0", "q1", "q2", "q3")
# q0 and q1 cite gold, q2 does not, q3 has none and should have been refused; r0 is rightly refused, r1 wrongly.
ROWS = [
    asked("q0", confidence=0.9),
    asked("q1", confidence=0.4),
    asked("q2", confidence=0.6, offset=500),
    asked("q3", confidence=0.1, answerable=False),
    asked("r0", answered=False, answerable=False),
    asked("r1", answered=False),
]
ADA, BEN = dict(zip(QUESTIONS, (2, 2, 1, 0), strict=True)), dict(zip(QUESTIONS, (2, 1, 1, 0), strict=True))


@pytest.fixture
def run() -> dict[str, Any]:
    return run_of(s=ROWS)


def read(tmp_path: Path, labels: list[dict[str, Any]], *runs: dict[str, Any]) -> list[Read]:
    return read_labels([label_file(tmp_path / "labels.jsonl", labels)], runs)


def by_asked(found: list[Agreement]) -> dict[str, Agreement]:
    return {one.asked: one for one in found}


class TestReaders:
    def test_grades_by_hand(self, run: dict[str, Any], tmp_path: Path) -> None:
        reads = read(tmp_path, graded(run, ADA) + graded(run, BEN, "ben"), run)
        found = by_asked(between_readers(reads))
        grade = found["grade of the answer"]
        assert (grade.one, grade.other, grade.shared, grade.share) == ("ada", "ben", 4, 0.75)
        # Chance agrees on 0.5 * 0.25 + 0.25 * 0.5 + 0.25 * 0.25 = 0.3125; 0.4375 / 0.6875.
        assert grade.kappa == pytest.approx(7 / 11)
        # Observed distance 0.25, expected 0.875.
        assert grade.weighted == pytest.approx(5 / 7)
        # Yes, yes, no, no against yes, no, no, no: chance agrees on a half.
        assert (found["answers"].share, found["answers"].kappa, found["answers"].weighted) == (0.75, 0.5, None)

    def test_only_shared_answers_count_and_refusals_are_apart(self, run: dict[str, Any], tmp_path: Path) -> None:
        ada = graded(run, {"q0": 2, "q1": 0, "q2": None, "r0": 2, "r1": 0})
        ben = graded(run, {"q0": 2, "q2": 2, "q3": 1, "r0": 2, "r1": 2}, "ben")
        found = by_asked(between_readers(read(tmp_path, ada + ben, run)))
        assert (found["grade of the answer"].shared, found["grade of the answer"].share) == (1, 1.0)
        assert (found["refusal is right"].shared, found["refusal is right"].share) == (2, 0.5)

    def test_quotes_and_citations_are_compared(self, run: dict[str, Any], tmp_path: Path) -> None:
        ada = [label(run, id, clear=id != "q0", wrong_citation=id == "q1") for id in QUESTIONS]
        ben = [label(run, id, reader="ben", clear=None, wrong_citation=id == "q1") for id in QUESTIONS]
        found = by_asked(between_readers(read(tmp_path, ada + ben, run)))
        assert "quotes are clear" not in found
        assert (found["citations are right"].share, found["citations are right"].kappa) == (1.0, 1.0)

    def test_three_readers_are_three_pairs(self, run: dict[str, Any], tmp_path: Path) -> None:
        labels = [one for name in ("cy", "ada", "ben") for one in graded(run, ADA, name)]
        found = [one for one in between_readers(read(tmp_path, labels, run)) if one.asked == "answers"]
        assert [(one.one, one.other) for one in found] == [("ada", "ben"), ("ada", "cy"), ("ben", "cy")]


def test_a_kappa_without_variation_is_undefined() -> None:
    assert kappa([1, 1], [1, 1], (0, 1)) is None
    assert kappa([1, 1], [1, 0], (0, 1)) == 0.0


class TestJudges:
    def judged(self, tmp_path: Path, run: dict[str, Any], labels: list[dict[str, Any]]) -> dict[str, Agreement]:
        return {one.one: one for one in with_judges(read(tmp_path, labels, run), judges_of([run]))}

    def test_gold_and_confidence_by_hand(self, run: dict[str, Any], tmp_path: Path) -> None:
        found = self.judged(tmp_path, run, graded(run, {**BEN, "r0": 2, "r1": 2}))
        gold = found["citation_hit"]
        # Gold says yes, yes, no, no; the reader yes, no, no, no.
        assert (gold.other, gold.shared, gold.share, gold.kappa, gold.auroc) == ("ada", 4, 0.75, 0.5, None)
        assert (found["refusal by gold"].shared, found["refusal by gold"].share) == (2, 0.5)
        sure = found["confidence"]
        assert (sure.shared, sure.share, sure.auroc) == (4, None, 1.0)
        # 0.9 and 0.4 should be above 0.6 and 0.1: three pairs of four.
        assert self.judged(tmp_path, run, graded(run, ADA))["confidence"].auroc == 0.75

    def test_evaluators_are_held_against_what_they_judge(self, run: dict[str, Any], tmp_path: Path) -> None:
        def verdicts(*scores: float | None) -> dict[str, Any]:
            said = [{"failure": "broke off"} if score is None else {"score": score} for score in scores]
            return {"judge": "m", "suites": {"s": dict(zip(QUESTIONS, said, strict=True))}}

        run["evaluators"] = {"correctness": verdicts(5, 4, 3, None), "faithfulness": verdicts(1, 0, 1, 1)}
        labels = [label(run, id, grade, wrong_citation=id == "q1") for id, grade in ADA.items()]
        found = self.judged(tmp_path, run, labels)
        correct = found["correctness (m)"]
        # A score of 4 passes; what the judge failed on is in no figure.
        assert (correct.asked, correct.shared, correct.share, correct.kappa) == ("answers", 3, 1.0, 1.0)
        assert correct.auroc == 1.0
        faithful = found["faithfulness (m)"]
        assert (faithful.asked, faithful.shared, faithful.share) == ("citations are right", 4, 1.0)

    def test_one_judge_of_two_runs_is_one_judge(self, run: dict[str, Any], tmp_path: Path) -> None:
        other = run_of("other", s=ROWS)
        for one in (run, other):
            one["evaluators"] = {"relevancy": {"judge": "m", "suites": {"s": {"q0": {"score": 1.0}}}}}
        reads = read(tmp_path, [label(run, "q0"), label(other, "q0", 0)], run, other)
        found = {one.one: one for one in with_judges(reads, judges_of([run, other]))}
        assert (found["relevancy (m)"].shared, found["relevancy (m)"].share) == (2, 0.5)


class TestShares:
    def test_by_reader_system_and_suite(self, tmp_path: Path) -> None:
        run = run_of(s=ROWS, t=[asked("q0")])
        other = run_of("other", s=ROWS)
        labels = [*graded(run, {**ADA, "r0": 2, "r1": 0}), label(run, "q0", 0, suite="t"), label(other, "q0", 1)]
        found = {
            (one.system, one.suite, one.asked): one
            for one in shares(read(tmp_path, [*labels, label(run, "q1", 0, "ben")], run, other))
            if one.reader == "ada"
        }
        answers = found["ours", "s", "answers"]
        assert (answers.answers, answers.share) == (4, 0.5)
        assert answers.interval[0] < 0.5 < answers.interval[1]
        assert found["ours", "s", "answers or touches"].share == 0.75
        assert found["ours", "s", "refusal is right"].share == 0.5
        assert (found["ours", "all", "answers"].answers, found["ours", "all", "answers"].share) == (5, 0.4)
        assert (found["other", "s", "answers"].share, found["other", "s", "answers or touches"].share) == (0.0, 1.0)
        assert ("other", "all", "answers") not in found

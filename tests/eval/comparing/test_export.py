"""Tests exports by reading them with other tools: TREC files with ir-measures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from run_fake import HOSTILE, SECRET, asked, run_of

from eval.comparing.export import ragas, trec_qrels, trec_run
from eval.run_file import RunError

RAGAS = {
    "user_input",
    "response",
    "retrieved_contexts",
    "reference",
    "retrieved_context_ids",
    "reference_context_ids",
}


def measured(run: dict[str, Any], names: list[str]) -> dict[str, float]:
    ir_measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed (pip install -e '.[dev]')")
    qrels = list(ir_measures.read_trec_qrels(trec_qrels(run, "s")))
    ranked = list(ir_measures.read_trec_run(trec_run(run, "s")))
    wanted = [ir_measures.parse_measure(name) for name in names]
    return {str(key): value for key, value in ir_measures.calc_aggregate(wanted, qrels, ranked).items()}


def test_a_sample_has_ragas_keys_and_what_was_shown() -> None:
    (sample,) = ragas(run_of(s=[asked("x", rank=2)]))
    assert set(sample) == RAGAS
    assert sample["user_input"] == "What about x?"
    assert sample["response"] == f"{SECRET}."
    assert sample["retrieved_contexts"] == [f"Before it. {SECRET}. After it."] * 2
    assert sample["reference"] == "The keeper owns fuses."
    assert sample["retrieved_context_ids"] == [f"x-p{n}" for n in range(1, 11)]
    assert sample["reference_context_ids"] == ["x-p2"]


def test_all_relevant_passages_are_the_reference_where_a_run_names_them() -> None:
    row = asked("x", rank=2) | {"relevant": ["x-p2", "never-ranked"]}
    assert ragas(run_of(s=[row]))[0]["reference_context_ids"] == ["x-p2", "never-ranked"]
    assert "x 0 never-ranked 1\n" in trec_qrels(run_of(s=[row]), "s")


def test_a_refusal_is_its_words_with_the_nearest_chapters() -> None:
    due, wrong = ragas(run_of(s=[asked("a", answerable=False, answered=False), asked("b", answered=False)]))
    assert due["response"] == due["reference"] == "The archive does not answer this question."
    assert due["reference_context_ids"] == []
    assert len(due["retrieved_contexts"]) == 1
    assert wrong["response"] != wrong["reference"]


def test_a_conversation_is_the_question_that_it_was_read_as() -> None:
    row = asked("x")
    del row["item"]["question"]
    row["item"]["turns"] = ["Who keeps the lighthouse?", "And what does she count?"]
    row["output"]["standalone_question"] = "What does the lighthouse keeper count?"
    assert ragas(run_of(s=[row]))[0]["user_input"] == "What does the lighthouse keeper count?"


def test_a_system_that_only_ranks_has_no_response() -> None:
    row = asked("x", answered=None)
    for output in (row["output"], None):
        (sample,) = ragas(run_of(s=[row | {"output": output}]))
        assert (sample["response"], sample["retrieved_contexts"]) == ("", [])
        assert len(sample["retrieved_context_ids"]) == 10
    assert json.dumps(sample)


def test_ir_measures_reads_the_files_and_finds_our_scores() -> None:
    ranks = {"a": 1, "b": 3, "c": 0, "d": 10}
    found = measured(run_of(s=[asked(name, rank=rank) for name, rank in ranks.items()]), ["RR@10", "Success@5", "P@10"])
    assert found["RR@10"] == pytest.approx((1 + 1 / 3 + 0 + 1 / 10) / 4)
    # A question without any relevant passage counts as missed.
    assert found["Success@5"] == 0.5
    assert found["P@10"] == pytest.approx(0.075)


@pytest.mark.parametrize("scores", [[0.5] * 10, list(range(10)), [1e-9 / n for n in range(1, 11)], [None] * 10])
def test_the_order_is_the_ranking_whatever_the_scores(scores: list[Any]) -> None:
    row = asked("a", rank=4)
    for place, score in zip(row["ranking"], scores, strict=True):
        place["score"] = score
    assert measured(run_of(s=[row]), ["RR@10"]) == {"RR@10": 0.25}


def test_scores_that_fall_are_kept() -> None:
    lines = trec_run(run_of("ours: k=12", s=[asked("a")]), "s").splitlines()
    assert lines[0] == "a Q0 a-p1 1 1.000000 ours:%20k=12"
    assert lines[2] == "a Q0 a-p3 3 0.333333 ours:%20k=12"


def test_questions_without_gold_are_ranked_and_not_judged() -> None:
    run = run_of(s=[asked("a", answerable=False)])
    assert len(trec_run(run, "s").splitlines()) == 10
    assert trec_qrels(run, "s") == ""
    # A suite may keep gold of an unanswerable question; it scores nothing.
    run["suites"]["s"][0]["item"]["gold"] = [{"episode": "ep-one", "start": 100, "end": 200}]
    assert trec_qrels(run, "s") == ""


def test_ids_that_differ_stay_apart() -> None:
    ids = ["a b", "a_b", "a%20b", "a  b", "a\tb", "a\u00a0b", "a\u200bb", "ab", "ünï", "q#1", "%", " "]
    run = run_of(s=[asked(name) for name in ids])
    for text in (trec_run(run, "s"), trec_qrels(run, "s")):
        assert len({line.split()[0] for line in text.splitlines()}) == len(ids)
    assert {"a_b", "a%20b", "a%2520b", "ünï", "q#1"} <= {line.split()[0] for line in trec_run(run, "s").splitlines()}


def test_hostile_ids_stay_in_their_column() -> None:
    run = run_of(f"a\nb {HOSTILE}", s=[asked("two words\nand a line\t")])
    for text, columns in ((trec_run(run, "s"), 6), (trec_qrels(run, "s"), 4)):
        assert {len(line.split()) for line in text.split("\n") if line} == {columns}
        assert len(text.splitlines()) == 10


def test_an_unknown_suite_is_named_with_those_that_there_are() -> None:
    with pytest.raises(RunError, match="no suite t; it has: s"):
        trec_run(run_of(s=[]), "t")

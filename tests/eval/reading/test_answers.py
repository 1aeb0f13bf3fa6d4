"""Tests what somebody who reads blind gets to see, and in which order."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from typing import Any

import pytest
from run_fake import SECRET, asked, made_up, run_of

from eval.reading.answers import blind_questions, run_id
from eval.run_file import RunError


def ids(runs: list[dict[str, Any]], *, seed: int = 0, limit: int | None = None) -> list[str]:
    return [question.answers[0].id for question in blind_questions(runs, seed=seed, limit=limit)]


def origins(runs: list[dict[str, Any]], seed: int = 0) -> dict[str, list[str]]:
    return {
        question.answers[0].id: [one.runs[0] for one in question.answers]
        for question in blind_questions(runs, seed=seed)
    }


def without_run(run: dict[str, Any]) -> str:
    return json.dumps([asdict(one) for one in blind_questions([run], seed=0)]).replace(run_id(run), "")


def test_nothing_tells_system_confidence_scores_gold_or_verdict() -> None:
    run = made_up(3, count=6)
    other = copy.deepcopy(run) | {"system": "another", "model": "a-model", "settings": {"k": 3}, "aggregates": {}}
    for rows in other["suites"].values():
        for row in rows:
            row["scores"], row["ranking"] = {"hit@1": 0.125}, []
            row["item"] |= {"gold": [], "answerable": not row["item"]["answerable"], "facts": ["No."], "type": "odd"}
            row["output"] |= {"confidence": 0.123, "model": "a-model", "notes": ["A note."], "timings_ms": {}}
            for sentence in row["output"]["sentences"]:
                sentence["support"] = 0.5
    assert run_id(other) != run_id(run)
    assert without_run(other) == without_run(run)


def test_an_answer_has_its_quotes_and_a_refusal_the_nearest_chapters() -> None:
    answer, refusal = (
        blind_questions([run_of(s=[row])], seed=0)[0].answers[0] for row in (asked("x"), asked("x", answered=False))
    )
    assert (answer.answered, answer.instead) == (True, "")
    assert answer.sentences == [("the lighthouse keeper counts his spare fuses.", ["1", "2"])]
    assert [(one.moment.speaker, one.moment.title, one.moment.span) for one in answer.sources] == [
        ("Ada Example", "Title of ep-one", "1:45–2:25"),
        ("Ada Example", "Title of ep-two", "15:00–15:40"),
    ]
    assert answer.sources[0].moment.url == "https://www.youtube.com/watch?v=abcdefghijk&t=105"
    assert not refusal.answered
    assert (refusal.instead, refusal.sentences) == ("The archive does not answer this question.", [])
    assert [one.moment.span for one in refusal.sources] == ["5:00–5:40"]


def test_a_quote_is_read_as_its_moment_alone() -> None:
    row = asked("x")
    row["output"]["citations"][0] |= {
        "quote": SECRET,
        "date": "2024-02-14",
        "date_kind": "recorded",
        "asked": "Who counts the fuses?",
    }
    row["output"]["sentences"] = [{"text": SECRET, "citations": [1]}, {"text": "Own words.", "citations": [1, 2]}]
    (question,) = blind_questions([run_of(s=[row])], seed=0)
    assert question.answers[0].sentences == [("Own words.", ["1", "2"])]
    first = question.answers[0].sources[0].moment
    assert (first.said, first.heading, first.date) == (SECRET, "Who counts the fuses?", "recorded 14 February 2024")


def test_nearest_moments_and_a_question_back_are_no_answers() -> None:
    near, back = asked("x", answered=False), asked("y", answered=False)
    near["output"] |= {"outcome": "nearest"}
    back["output"] |= {
        "outcome": "clarify",
        "sentences": [{"text": "Which one?", "citations": []}],
        "nearest": [],
        "choices": ["This?", "That?"],
    }
    found = {one.answers[0].id: one.answers[0] for one in blind_questions([run_of(s=[near, back])], seed=0)}
    assert not found["x"].answered
    assert found["x"].instead.startswith("Nobody answers this directly.")
    assert found["x"].sources_title == "Nearest moments (not an answer)"
    assert (found["y"].answered, found["y"].instead) == (False, "")
    assert (found["y"].sentences, found["y"].choices) == ([("Which one?", [])], ["This?", "That?"])


def test_earlier_questions_come_along() -> None:
    row = asked("x")
    row["item"]["turns"] = ["What are fuses?", "And spare ones?"]
    (question,) = blind_questions([run_of(s=[row])], seed=0)
    assert (question.earlier, question.text) == (("What are fuses?",), "And spare ones?")


def test_questions_of_all_suites_are_mixed_by_the_seed() -> None:
    run = made_up(3, count=20)
    assert ids([run]) == ids([run])
    assert (
        sorted(ids([run]))
        == sorted(ids([run], seed=1))
        == sorted(row["id"] for s in run["suites"].values() for row in s)
    )
    assert ids([run]) != ids([run], seed=1)
    assert {id.split("-")[0] for id in ids([run])[:10]} == {"learn", "off"}


def test_a_limit_keeps_the_first_of_the_same_questions() -> None:
    run = made_up(3, count=20)
    assert ids([run], limit=7) == ids([run])[:7]


def test_answers_of_two_systems_stand_together_in_an_order_that_is_not_the_same_each_time() -> None:
    runs = [made_up(3, count=20), made_up(3, count=20, system="other")]
    for rows in runs[1]["suites"].values():
        for row in rows:
            row["output"] |= {"answered": True, "sentences": [{"text": "In other words."}]}
    first, second = map(run_id, runs)
    found = origins(runs)
    assert {tuple(sorted(order)) for order in found.values()} == {tuple(sorted((first, second)))}
    assert 10 < sum(order[0] == first for order in found.values()) < 30
    assert origins(runs[::-1]) == found
    assert origins(runs, seed=1) != found


def test_what_two_systems_answered_alike_is_read_once() -> None:
    one, other = (run_of(name, s=[asked("x", confidence=sure), asked("y")]) for name, sure in (("a", 0.5), ("b", 0.9)))
    other["suites"]["s"][1]["output"]["sentences"][0]["text"] = "In other words."
    found = {question.text: question.answers for question in blind_questions([one, other], seed=0)}
    (same,) = found["What about x?"]
    assert set(same.runs) == {run_id(one), run_id(other)}
    assert sorted(answer.runs for answer in found["What about y?"]) == sorted([(run_id(one),), (run_id(other),)])


def test_the_hash_of_a_run_survives_a_judge_and_changes_with_an_answer() -> None:
    run = made_up(3, count=2)
    assert run_id(run | {"evaluators": {"faithfulness": {}}}) == run_id(run)
    changed = copy.deepcopy(run)
    changed["suites"]["learn"][0]["output"]["confidence"] = 0.001
    assert run_id(changed) != run_id(run)


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([run_of("lexical", s=[asked("x", answered=None)])], "the run of lexical holds no answers to read"),
        ([run_of(s=[])], "the run of ours holds no answers to read"),
        ([run_of(s=[asked("x")]), run_of(s=[asked("x")])], "the same run is given twice"),
        ([{}], "this is no run"),
    ],
)
def test_what_cannot_be_read_is_refused(runs: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(RunError, match=reason):
        blind_questions(runs, seed=0)

"""Tests suites: what is kept, and the error for a bad line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import Span
from eval.running.gold import check_gold
from eval.running.suites import FOLDER, SuiteError, check_names, find_suite, read_suite
from index.opened import Index

GOOD: dict[str, Any] = {
    "id": "q1",
    "question": "What is a spare fuse for?",
    "gold": [{"episode": "alpha", "start": 10, "end": 20.5, "read": "twice"}],
    "facts": ["It is spare."],
    "type": "definition",
    "source": "a page",
}


def suite_file(folder: Path, *rows: Any, name: str = "small") -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_good_line_is_read_and_unknown_keys_are_kept(tmp_path: Path) -> None:
    suite = read_suite(suite_file(tmp_path, GOOD))
    (item,) = suite.items
    assert (suite.name, item.id, item.question, item.history) == ("small", "q1", GOOD["question"], ())
    assert item.gold == (Span("alpha", 10.0, 20.5),)
    assert (item.answerable, item.facts, item.type, item.line) == (True, ("It is spare.",), "definition", 1)
    assert item.raw == GOOD


def test_turns_take_the_place_of_a_question(tmp_path: Path) -> None:
    row = {"id": "c", "turns": ["What is  a fuse?", "And a spare one?"]}
    (item,) = read_suite(suite_file(tmp_path, row)).items
    assert item.question == "And a spare one?"
    assert item.history == ("What is a fuse?",)
    both = {"id": "c", "question": "What is a spare fuse?", "turns": ["What is a fuse?", "And a spare one?"]}
    assert read_suite(suite_file(tmp_path, both)).items[0].turns == item.turns


def test_blank_lines_a_byte_order_mark_and_line_separators_inside_strings_do_no_harm(tmp_path: Path) -> None:
    separated = json.dumps({"id": "q2", "question": "one\u2028two"}, ensure_ascii=False)
    rows = ["\ufeff" + json.dumps(GOOD), "", separated, ""]
    suite = read_suite(suite_file(tmp_path, *rows))
    assert [(item.id, item.line) for item in suite.items] == [("q1", 1), ("q2", 3)]
    assert suite.items[1].question == "one two"


def test_gold_of_an_unanswerable_question_scores_nothing(tmp_path: Path) -> None:
    row = GOOD | {"answerable": False}
    (item,) = read_suite(suite_file(tmp_path, row)).items
    assert item.gold == ()
    assert item.raw["gold"] == GOOD["gold"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "this is list"),
        ('{"id": "a", "question": "b", "weight": NaN}', "NaN is no JSON number"),
        ({"question": "Who?"}, "`id` has to be a text"),
        ({"id": " ", "question": "Who?"}, "`id` has to be a text"),
        ({"id": "a"}, "a: `question` has to be a text (or give `turns`)"),
        ({"id": "a", "question": ["Who?"]}, "a: `question` has to be a text"),
        ({"id": "a", "question": " \t "}, "a: `question`: The question is empty"),
        ({"id": "a", "question": "x" * 2001}, "a: `question`: The question has 2,001 characters"),
        ({"id": "a", "turns": []}, "a: `turns` has to be a list of texts that is not empty"),
        ({"id": "a", "turns": ["Who?", 3]}, "a: `turns` has to be a list of texts"),
        ({"id": "a", "question": "Who?", "answerable": "no"}, "a: `answerable` has to be true or false"),
        ({"id": "a", "question": "Who?", "type": 3}, "a: `type` has to be a text"),
        ({"id": "a", "question": "Who?", "facts": [""]}, "a: `facts` has to be a list of texts"),
        ({"id": "a", "question": "Who?", "facts": "one"}, "a: `facts` has to be a list of texts"),
        ({"id": "a", "question": "Who?", "gold": {}}, "a: `gold` has to be a list of ranges"),
        ({"id": "a", "question": "Who?", "gold": [{"start": 1, "end": 2}]}, "a: a gold range has to be an object"),
        (
            {"id": "a", "question": "Who?", "gold": [{"episode": "e", "start": "1", "end": 2}]},
            "`start` of a gold",
        ),
        ({"id": "a", "question": "Who?", "gold": [{"episode": "e", "start": True, "end": 2}]}, "this is True"),
        ({"id": "a", "question": "Who?", "gold": [{"episode": "e", "start": -1, "end": 2}]}, "this is -1"),
        ({"id": "a", "question": "Who?", "gold": [{"episode": "e", "start": 9, "end": 9}]}, "ends at 9, not after"),
        (GOOD, "id 'q1' stands already in line 1"),
    ],
)
def test_a_bad_line_names_file_line_and_reason(tmp_path: Path, row: Any, reason: str) -> None:
    path = suite_file(tmp_path, GOOD, "", row)
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert reason in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="holds no question"):
        read_suite(suite_file(tmp_path, "", ""))
    with pytest.raises(SuiteError, match="No such file"):
        read_suite(tmp_path / "absent.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "a", "question": "b"}\n{"id": "\xe9"}')
    with pytest.raises(SuiteError, match=r"latin\.jsonl:2: not UTF-8"):
        read_suite(tmp_path / "latin.jsonl")


def test_a_suite_is_found_by_path_or_by_name(tmp_path: Path) -> None:
    path = suite_file(tmp_path, GOOD)
    assert find_suite(str(path)) == path
    assert find_suite("unanswerable") == FOLDER / "unanswerable.jsonl"
    with pytest.raises(SuiteError, match=r"did you mean unanswerable\? known: .*infrastructure"):
        find_suite("unanswerible")


ENDS = {"alpha": 100.0, "beta": 50.0}


def with_gold(folder: Path, episode: str, start: float, end: float) -> Path:
    return suite_file(folder, GOOD | {"gold": [{"episode": episode, "start": start, "end": end, "note": "kept"}]})


@pytest.mark.parametrize(
    ("episode", "start", "end", "reason"),
    [
        ("alfa", 10, 20, "the index has no such episode; did you mean alpha?"),
        ("alpha", 100, 120, "outside the episode, which ends at 100"),
        ("alpha", 10, 131, "outside the episode, which ends at 100"),
    ],
)
def test_gold_outside_an_episode_is_an_error(
    tmp_path: Path, episode: str, start: float, end: float, reason: str
) -> None:
    path = with_gold(tmp_path, episode, start, end)
    with pytest.raises(SuiteError) as caught:
        check_gold(read_suite(path), ENDS, {})
    assert str(caught.value) == f"{path}:1: q1: gold range {start:g}-{end:g} of {episode}: {reason}"


def test_gold_may_end_a_little_after_the_last_words(tmp_path: Path) -> None:
    assert check_gold(read_suite(with_gold(tmp_path, "alpha", 90, 129)), ENDS, {}).items[0].gold[0].end == 129


def test_two_suites_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = (read_suite(suite_file(folder, GOOD)) for folder in (tmp_path, tmp_path / "other"))
    with pytest.raises(SuiteError, match="a suite named 'small' is given already"):
        check_names([one, other])


def test_all_suites_of_the_project_can_be_read() -> None:
    suites = {path.stem: read_suite(path) for path in FOLDER.glob("*.jsonl")}
    assert {"infrastructure", "unanswerable", "conversations", "sample"} <= suites.keys()
    assert not any(item.answerable for item in suites["unanswerable"].items)


def test_the_sample_suites_gold_is_in_the_sample_archive(sample_index: Index) -> None:
    ends = {slug: episode.end for slug, episode in sample_index.episodes.items()}
    suite = check_gold(read_suite(FOLDER / "sample.jsonl"), ends, {})
    assert all(item.gold for item in suite.items if item.answerable)

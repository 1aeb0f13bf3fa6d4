"""Tests how exported labels are read: each finds its answer, and a bad line is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_fake import label, label_file
from run_fake import asked, run_of

from eval.reading.answers import run_id
from eval.reading.labels import LabelError, read_labels, systems

RUN = run_of(s=[asked("x"), asked("y", answered=False), asked("z", answered=None)])


def test_a_label_finds_its_answer_and_system(tmp_path: Path) -> None:
    other = run_of("other", s=[asked("x", answered=False)])
    file = label_file(tmp_path / "a.jsonl", [label(RUN, "x", 1), label(other, "x", 0), label(RUN, "y", None)])
    found = read_labels([file], [RUN, other])
    assert [(one.system, one.record.answered, one.label.answers) for one in found] == [
        ("ours", True, 1),
        ("other", False, 0),
        ("ours", False, None),
    ]


def test_runs_with_one_name_are_told_apart() -> None:
    other = run_of(s=[asked("x", confidence=0.5)])
    assert systems([RUN, other]) == {key: f"ours ({key})" for key in (run_id(RUN), run_id(other))}
    assert list(systems([RUN]).values()) == ["ours"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"answers": 3}, "answers: Input should be less than or equal to 2, not 3"),
        ({"answers": True}, "answers: Input should be a valid integer, not True"),
        ({"answers": "2"}, "answers: Input should be a valid integer, not '2'"),
        ({"clear": "yes"}, "clear: Input should be a valid boolean, not 'yes'"),
        ({"reader": " "}, "reader: String should match pattern"),
        ({"grade": 2}, "grade: Extra inputs are not permitted, not 2"),
        ({"run": "abc"}, f"is of run abc, given is {run_id(RUN)} (ours): give the runs that the page was made from"),
        ({"id": "w"}, "the run has no answer to 'w' of suite 's'"),
        ({"suite": "t"}, "the run has no answer to 'x' of suite 't'"),
        ({"id": "z"}, "the run has no answer to 'z' of suite 's'"),
        ({"id": "y", "answers": 1}, "y was refused: `answers` has to be 2 (right) or 0 (wrong), not 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, more: dict[str, Any], reason: str) -> None:
    file = label_file(tmp_path / "a.jsonl", [label(RUN, "x"), label(RUN, "x", reader="ben") | more])
    with pytest.raises(LabelError) as fault:
        read_labels([file], [RUN])
    assert str(fault.value).startswith(f"{file}:2: {reason}")


@pytest.mark.parametrize(
    ("text", "reason"), [("not json\n", ":1: Invalid JSON"), ("\n", ": holds no label"), (None, ": No such file")]
)
def test_a_file_without_labels_is_named(tmp_path: Path, text: str | None, reason: str) -> None:
    file = tmp_path / "a.jsonl"
    if text is not None:
        file.write_text(text)
    with pytest.raises(LabelError) as fault:
        read_labels([file], [RUN])
    assert str(fault.value).startswith(f"{file}{reason}")


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    line = {key: value for key, value in label(RUN, "x").items() if key != "clear"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    with pytest.raises(LabelError, match=r"a\.jsonl:1: clear: Field required"):
        read_labels([tmp_path / "a.jsonl"], [RUN])


def test_nobody_labels_an_answer_twice(tmp_path: Path) -> None:
    files = [label_file(tmp_path / f"{name}.jsonl", [label(RUN, "x")]) for name in "ab"]
    with pytest.raises(LabelError, match=r"b\.jsonl:1: ada labelled x already in .*a\.jsonl:1"):
        read_labels(files, [RUN])
    with pytest.raises(LabelError, match=r"a\.jsonl:2: id 'x of s, .* by ada' stands already in line 1"):
        read_labels([label_file(tmp_path / "a.jsonl", [label(RUN, "x"), label(RUN, "x")])], [RUN])

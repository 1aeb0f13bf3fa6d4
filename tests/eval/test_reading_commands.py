"""Tests `citecast eval read` and `citecast eval agreement` from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_calls import call, refused
from label_fake import graded, label, label_file
from run_fake import asked, run_of

import eval.cli  # noqa: F401  (it adds `eval` to the program)
from eval.reading.answers import run_id


def written(folder: Path, run: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def test_the_page_of_two_runs_is_written(tmp_path: Path) -> None:
    runs = [
        written(tmp_path / name, run_of(name, s=[asked(f"q{n}", quote=f"Words of {name}") for n in range(6)]))
        for name in ("one", "two")
    ]
    out = tmp_path / "new" / "page.html"
    result = call("eval", "read", *runs, "--out", out, "--limit", 4, "--seed", 7)
    assert (result.exit_code, result.stdout) == (0, "")
    text = out.read_text(encoding="utf-8")
    assert text.count("<article") == 8
    assert text == call("eval", "read", *runs[::-1], "--limit", 4, "--seed", 7).stdout
    assert text != call("eval", "read", *runs, "--limit", 4).stdout


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, list[Path]]:
    """The folder of a run, and the labels of two readers."""
    run = run_of(s=[asked(f"q{n}") for n in range(4)])
    files = [
        label_file(
            tmp_path / f"{reader}.jsonl", graded(run, {f"q{n}": grade for n, grade in enumerate(grades)}, reader)
        )
        for reader, grades in (("ada", (2, 2, 1, 0)), ("ben", (2, 1, 1, 0)))
    ]
    return written(tmp_path / "run", run), files


def test_agreement_is_shown_in_tables(labelled: tuple[Path, list[Path]]) -> None:
    run, (ada, ben) = labelled
    result = call("eval", "agreement", run, "--labels", ada, "--labels", ben, COLUMNS="100")
    assert result.exit_code == 0
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in result.stdout.splitlines()]
    assert ["grade of the answer", "ada", "ben", "4", "0.750", "0.636", "0.714"] in rows
    assert ["answers", "citation_hit", "ada", "4", "0.500", "0.000", "–"] in rows
    assert ["ada", "ours", "s", "answers or touches", "4", "0.750", "0.250 to 1.000"] in rows


def test_agreement_as_json(labelled: tuple[Path, list[Path]]) -> None:
    folder, files = labelled
    result = call("eval", "agreement", folder, "--labels", files[0], "--labels", files[1], "--json")
    found = json.loads(result.stdout)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert found.keys() == {"runs", "labels", "readers", "judges", "shares"}
    assert (found["runs"], found["labels"]) == ({run_id(run): "ours"}, {"ada": 4, "ben": 4})
    grade = found["readers"][0]
    assert (grade["asked"], grade["shared"], grade["weighted"]) == ("grade of the answer", 4, pytest.approx(5 / 7))
    assert found["shares"][0]["interval"][0] < found["shares"][0]["share"]


def test_one_reader_is_held_against_judges_alone(labelled: tuple[Path, list[Path]]) -> None:
    run, files = labelled
    found = json.loads(call("eval", "agreement", run, "--labels", files[0], "--json").stdout)
    assert found["readers"] == []
    assert {one["one"] for one in found["judges"]} == {"citation_hit", "confidence"}


def test_a_bad_label_is_one_line_with_file_and_line(labelled: tuple[Path, list[Path]], tmp_path: Path) -> None:
    run, _ = labelled
    file = label_file(tmp_path / "bad.jsonl", [label(run_of(s=[asked("x")]), "x")])
    assert f"{file}:1: is of run" in refused(call("eval", "agreement", run, "--labels", file))

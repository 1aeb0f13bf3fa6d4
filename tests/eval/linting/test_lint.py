"""Tests `citecast eval lint` on a generated archive: each thing that it finds, what it leaves alone, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builds import Built
from cli_calls import call, refused

from eval import cli
from eval.linting.copies import copied_run, same_words
from eval.linting.lint import lint
from eval.running.gold import Shelf, read_shelf
from eval.running.suites import FOLDER
from index.opened import Index
from ingest.models import Passage


@pytest.fixture
def shelf(built: Built) -> Shelf:
    return read_shelf(built.settings.data)


@pytest.fixture
def passages(built: Built) -> list[Passage]:
    return built.open().passages_of["alpha"]


def place(passage: Passage, **changes: Any) -> dict[str, Any]:
    return {"episode": passage.episode, "start": passage.start, "end": passage.end} | changes


def good(passages: list[Passage], **changes: Any) -> dict[str, Any]:
    """A question in which nothing is wrong."""
    first, second = passages[:2]
    graded = [place(first, grade=2), place(second, grade=0)]
    row = {
        "id": "q",
        "question": "What is it for?",
        "gold": [place(first)],
        "facts": ["It is spare."],
        "graded": graded,
    }
    return row | changes


def suite_of(folder: Path, *rows: Any, name: str = "small") -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def linted(shelf: Shelf, *paths: Path) -> list[str]:
    """The notes, with the name of the file alone."""
    return [str(note).removeprefix(f"{note.fault.path.parent}/") for note in lint(paths, shelf).notes]


def test_a_good_suite_has_no_notes(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    off = {"id": "off", "question": "And the rest?", "answerable": False, "graded": [place(passages[0], grade=1)]}
    assert linted(shelf, suite_of(tmp_path, good(passages, note="kept", kind="kept"), off)) == []


def test_every_fault_of_a_file_is_found_at_once(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    bad = {
        "id": "bad",
        "question": " ",
        "answerable": "no",
        "facts": [3],
        "gold": [{"episode": "alpha", "start": 9, "end": 9}, {"episode": "alfa", "start": 1, "end": 9}, 3],
        "graded": [place(passages[0], grade=5), place(passages[1], start=9e5, end=9e5 + 9, grade=2)],
    }
    path = suite_of(tmp_path, good(passages), bad, "{", "[]", good(passages, question="Another?"), {"question": "Why?"})
    assert [note for note in linted(shelf, path) if "error" in note] == [
        "small.jsonl:2: bad: error: `answerable` has to be true or false",
        "small.jsonl:2: bad: error: `question`: The question is empty. Ask something about the archive, in a sentence.",
        "small.jsonl:2: bad: error: a gold range of alpha ends at 9, not after its start 9",
        "small.jsonl:2: bad: error: a gold range has to be an object with `episode`, `start` and `end`",
        "small.jsonl:2: bad: error: `facts` has to be a list of texts that are not empty",
        "small.jsonl:2: bad: error: `grade` of a graded passage has to be 0, 1 or 2, this is 5",
        "small.jsonl:2: bad: error: gold range 1-9 of alfa: the index has no such episode; did you mean alpha?",
        "small.jsonl:2: bad: error: graded range 900000-900009 of alpha: outside the episode, which ends at "
        f"{shelf.ends['alpha']:.0f}",
        "small.jsonl:3: error: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "small.jsonl:4: error: a line has to be an object, this is list",
        "small.jsonl:5: error: id 'q' stands already in line 1",
        "small.jsonl:6: error: `id` has to be a text that is not empty",
    ]


def test_files_without_questions_are_faults_too(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "a"}\n{"id": "\xe9"}')
    assert linted(shelf, suite_of(tmp_path, "", name="empty"), tmp_path / "latin.jsonl") == [
        "empty.jsonl: error: holds no question",
        "latin.jsonl:2: error: not UTF-8 text",
    ]


def checked(shelf: Shelf, folder: Path, row: dict[str, Any]) -> list[str]:
    """What is found in one question, without its place."""
    return [note.removeprefix("small.jsonl:1: q: ") for note in linted(shelf, suite_of(folder, row))]


def test_keys_that_look_like_slips_are_named(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    row = good(passages, Style="plain", fact=["x"], golds=[], gold=[place(passages[0], ende=1, note="kept")])
    del row["facts"]
    assert checked(shelf, tmp_path, row) == [
        "warning: `Style` is no known key; did you mean `style`?",
        "warning: `fact` is no known key; did you mean `facts`?",
    ]
    graded = [place(passages[0], grades=2)]
    assert "warning: `grades` of a graded range is no known key; did you mean `grade`?" in checked(
        shelf, tmp_path, good(passages, graded=graded)
    )


def only(shelf: Shelf, passage: Passage) -> Shelf:
    """The shelf of an index that holds one passage of the episode alpha."""
    return replace(shelf, passages={"alpha": {passage.id: shelf.passages["alpha"][passage.id]}})


def test_ranges_without_a_passage_are_found(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    first, last = passages[0], passages[-1]
    row = good(passages, gold=[place(first)], graded=[place(last, grade=2), place(first, grade=0)])
    assert checked(only(shelf, last), tmp_path, row) == [
        f"error: no passage of the index overlaps the gold range {first.start:g}-{first.end:g} of alpha",
        "warning: no passage of the index shares half of the shorter one with the graded passage "
        f"{first.start:g}-{first.end:g} of alpha",
    ]


@pytest.mark.parametrize(("seconds_before_the_end", "notes"), [(5, 0), (4, 0), (3, 1)])
def test_a_graded_passage_of_another_cutting_needs_half_of_the_shorter(
    shelf: Shelf, passages: list[Passage], tmp_path: Path, seconds_before_the_end: int, notes: int
) -> None:
    first = passages[0]
    graded = [place(first, start=first.end - seconds_before_the_end, end=first.end + 4, grade=2)]
    assert len(checked(only(shelf, first), tmp_path, good(passages, graded=graded))) == notes


def test_grades_that_contradict_are_found(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    first, second = passages[:2]
    told = f"{first.start:g}-{first.end:g} of alpha"
    twice = [place(first, grade=2), place(second, grade=1), place(first, grade=0)]
    assert checked(shelf, tmp_path, good(passages, graded=twice)) == [f"error: graded both 2 and 0: {told}"]
    same = [place(first, grade=2), place(first, grade=2)]
    assert checked(shelf, tmp_path, good(passages, graded=same)) == []
    assert checked(shelf, tmp_path, good(passages, answerable=False, gold=[])) == [
        f"error: not answerable, yet graded 2: {told}"
    ]


def test_gold_that_the_grades_contradict_is_found(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    first, second = passages[:2]
    unanswered = "warning: answerable, but no graded passage has grade 2: answers@k and p@5 are 0 whatever is found"
    row = good(passages, graded=[place(first, grade=1), place(second, grade=0)])
    assert checked(shelf, tmp_path, row) == [
        f"warning: these lie in gold, but nothing is graded 2: {first.start:g}-{first.end:g} of alpha (1)",
        unanswered,
    ]
    assert checked(shelf, tmp_path, good(passages, graded=[place(second, grade=1)])) == [unanswered]


def test_questions_without_gold_and_grades_are_named_singly_or_together(
    shelf: Shelf, passages: list[Passage], tmp_path: Path
) -> None:
    def bare(count: int) -> list[dict[str, Any]]:
        return [{"id": f"q{n}", "question": f"What is number {n}?"} for n in range(count)]

    few = linted(shelf, suite_of(tmp_path, good(passages), *bare(2)))
    told = "answerable, without gold and graded passages: no ranking is scored"
    assert few == [f"small.jsonl:2: q0: warning: {told}", f"small.jsonl:3: q1: warning: {told}"]
    many = linted(shelf, suite_of(tmp_path, *bare(6)))
    assert many == [f"small.jsonl: warning: 6 of 6 questions are {told} (q0, q1, q2, q3, q4, …)"]


def test_gold_of_more_than_five_minutes_is_too_long(shelf: Shelf, passages: list[Passage], tmp_path: Path) -> None:
    episode = shelf.episodes["alpha"]
    later = replace(episode.segments[-1], end=400.0)
    stretched = replace(episode, segments=(*episode.segments[:-1], later))
    longer = replace(shelf, episodes={"alpha": stretched})
    for end, notes in ((300, []), (301, ["warning: the gold range 0-301 of alpha has 301 seconds: name the moments"])):
        row = good(passages, gold=[{"episode": "alpha", "start": 0, "end": end}])
        assert checked(longer, tmp_path, row) == notes


def test_questions_of_the_same_words_are_found_across_suites(
    shelf: Shelf, passages: list[Passage], tmp_path: Path
) -> None:
    one = suite_of(tmp_path, good(passages), good(passages, id="again", question="Ẁhat is it   FOR"), name="one")
    history = good(passages, id="turns", turns=["Why?", "What is it for?"])
    two = suite_of(tmp_path, history, good(passages, question="It is for… what?"), name="two")
    assert linted(shelf, one, two) == [
        "one.jsonl:2: again: warning: the same words as q (line 1)",
        f"two.jsonl:2: q: warning: the same words as q ({one}:1)",
    ]


def test_words_of_the_transcript_in_questions_and_facts_are_found(
    shelf: Shelf, passages: list[Passage], tmp_path: Path
) -> None:
    said = passages[0].text.split()
    run = " ".join(said[3:11])
    assert checked(shelf, tmp_path, good(passages, question=f"Why {run.upper()}, though?", facts=[run])) == [
        f"warning: the {name} copies 8 words of the transcript: {run.lower().replace('.', '')}"
        for name in ("question", "fact")
    ]
    assert checked(shelf, tmp_path, good(passages, facts=[" ".join(said[3:10])])) == []
    # Words of another moment than gold are no copy: many questions share them with some episode.
    elsewhere = " ".join(passages[-1].text.split()[:9])
    assert checked(shelf, tmp_path, good(passages, facts=[elsewhere])) == []


def test_a_run_is_the_longest_that_is_shared() -> None:
    said = [["a", "b", "c", "d", "e", "f", "g", "h", "i"], list("bcdefghijk")]
    assert copied_run("x a b c d e f g h i", said) == list("abcdefghi")
    assert copied_run("b c d e f g h i j k!", said) == list("bcdefghijk")
    assert copied_run("a b c d e f g x h", said) == []
    assert same_words(["Ça va, Łuć?"]) == same_words(["luc", "va ca"])


class TestCommand:
    def test_it_is_named_in_the_help_of_the_group(self) -> None:
        assert cli.main.__doc__
        assert "lint SUITE [SUITE ...]" in " ".join(call("eval", "--help").stdout.split())

    def test_warnings_alone_pass_and_errors_fail(self, built: Built, passages: list[Passage], tmp_path: Path) -> None:
        warned = suite_of(tmp_path, good(passages), good(passages, id="again"))
        wrong = suite_of(tmp_path, good(passages, gold=[{"episode": "alfa", "start": 0, "end": 1}]), name="wrong")
        data = built.settings.data
        result = call("eval", "lint", warned, "--data", data)
        assert (result.exit_code, result.stdout) == (0, f"{warned}:2: again: warning: the same words as q (line 1)\n")
        assert result.stderr.strip() == "2 questions, 0 errors, 1 warning"
        result = call("eval", "lint", warned, wrong, "--data", data, "--json")
        found = json.loads(result.stdout)
        assert result.exit_code == 1
        assert (found["questions"], found["errors"], found["warnings"]) == (3, 1, 2)
        assert found["notes"][1] == {
            "level": "error",
            "file": str(wrong),
            "line": 1,
            "id": "q",
            "what": "gold range 0-1 of alfa: the index has no such episode; did you mean alpha?",
        }

    def test_a_missing_index_or_suite_is_one_line(self, built: Built, tmp_path: Path) -> None:
        assert "there is no index in" in refused(call("eval", "lint", "sample", "--data", tmp_path / "none"))
        assert "did you mean sample?" in refused(call("eval", "lint", "sampel", "--data", built.settings.data))

    def test_control_characters_of_a_suite_do_not_reach_the_terminal(
        self, built: Built, passages: list[Passage], tmp_path: Path
    ) -> None:
        path = suite_of(tmp_path, good(passages), good(passages, id="\x1b[2J"))
        assert "\x1b" not in call("eval", "lint", path, "--data", built.settings.data).stdout


def test_the_projects_sample_suite_is_clean(sample_index: Index) -> None:
    shelf = read_shelf(sample_index.folder.parents[1])
    assert lint([FOLDER / "sample.jsonl"], shelf).notes == []

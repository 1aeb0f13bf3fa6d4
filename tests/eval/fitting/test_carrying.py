"""Tests the fit of the sentences that carry an answer: its data, what it learns, and how excerpts are measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from app_fixtures import GUEST, HOST, Line, episode_of, index_of, passages_at, ranking_of, view_of

from app.evidence.carrying import FEATURES
from app.evidence.carrying import FITTED as SHIPPED
from eval.fitting import carrying
from eval.fitting.carrying import Answering, Excerpts, PickedError, fitted_on, measured, read_picked
from eval.fitting.examples import TEST, TUNE, read_items
from eval.running.suites import Item
from index.archive import ArchiveView
from index.opened import Index
from ingest.models import Episode

LINES = [
    Line(HOST, "What does the cache save? Do tell.", 0),
    Line(GUEST, "My dog sleeps. The cache saves a third. He snores.", 10),
    Line(HOST, "Well?", 30),
    Line(GUEST, "It is quiet here.", 40),
]


def item(id: str) -> Item:
    return Item(id, 1, ("What does the cache save?",), True, (), (), "", {})


def index() -> Index:
    episode = episode_of(LINES)
    return index_of((episode, passages_at(episode, [0, 2])))


def line(id: str, **changes: object) -> str:
    passage = {"episode": "caches", "start": 0.0, "end": 30.0, "sentences": 5, "picked": [3]} | changes
    return json.dumps({"id": id, "passages": [passage]})


def written(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Make these lines the project's data."""
    (folder / "people.jsonl").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(carrying, "FOLDER", folder)


def test_the_picked_sentences_are_found_in_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch, line("a"), line("b", start=30.4, end=41.7, sentences=2, picked=[1]), line("c"))
    found, gone = read_picked([item("a"), item("b")], index())
    places = [(one.item.id, one.passage.first, sorted(one.picked)) for one in found]
    assert places == [("a", 0, [(1, 1)]), ("b", 2, [(3, 0)])]
    assert gone == 0


@pytest.mark.parametrize(
    "changed", [{"episode": "gone"}, {"start": 9.0}, {"end": 99.0}, {"sentences": 6}, {"picked": [0, 5]}]
)
def test_a_passage_that_is_no_longer_so_is_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    written(tmp_path, monkeypatch, line("a"), line("b", **changed))
    found, gone = read_picked([item("a"), item("b")], index())
    assert (len(found), gone) == (1, 1)


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, monkeypatch, line("a"), line("b", picked="all"))
    with pytest.raises(PickedError, match=r"people\.jsonl:2.*picked"):
        read_picked([item("a")], index())


def test_the_projects_data_is_about_questions_of_the_suites() -> None:
    """Each passage has some sentences that carry the answer, and no words of a transcript are there."""
    known = {one.id for one in read_items(TUNE + TEST)}
    for path in carrying.FOLDER.glob("*.jsonl"):
        for text in path.read_text().splitlines():
            one = json.loads(text)
            assert one["id"] in known
            for passage in one["passages"]:
                assert passage.keys() == {"episode", "start", "end", "sentences", "picked"}
                assert passage["picked"]
                assert max(passage["picked"]) < passage["sentences"]


def met(text: str) -> float:
    return 0.9 if "cache" in text else 0.1


def talks(count: int) -> list[Episode]:
    """Episodes with a turn of twelve sentences, some three of which in a row are about the cache."""
    random = Random(1)
    made = []
    for number in range(count):
        at = random.randrange(9)
        said = [f"The {'cache' if at <= i < at + 3 else 'dog'} n{i} and then some more words, too." for i in range(12)]
        made.append(episode_of([Line(HOST, "What does it save?"), Line(GUEST, " ".join(said))], slug=f"talk{number}"))
    return made


def answering(made: Sequence[Episode], wanted: str) -> tuple[ArchiveView, list[Answering]]:
    """An archive of these episodes; readers picked the sentences with the word `wanted`."""
    index = index_of(*((one, passages_at(one, [0])) for one in made), met=met)
    found = []
    for passage in index.passages.values():
        said = index.episodes[passage.episode].segments[1].text.split(". ")
        picked = frozenset((1, i) for i, text in enumerate(said) if wanted in text)
        found.append(Answering(item(passage.id), passage, picked))
    return view_of(index, ranking_of(index, [])), found


@pytest.mark.parametrize("wanted", ["cache", "dog"])
def test_the_fit_learns_what_readers_pick(wanted: str) -> None:
    view, found = answering(talks(30), wanted)
    ready = fitted_on(view, found[:20], {"data": "x"})
    assert ready.weights.keys() == set(FEATURES)
    assert ready.about == {"data": "x"}
    assert (ready.weights["late"] > 0) == (wanted == "cache")
    result = measured(view, found[20:], ready)
    assert result.count == 10
    assert result.held > (0.9 if wanted == "cache" else 0.5)


def test_the_measure_counts_the_words_that_readers_picked() -> None:
    view, found = answering(talks(4), "cache")
    assert measured(view, found, SHIPPED).held == 1.0
    (one, *_) = found
    far = (1, 0) if min(one.picked) > (1, 4) else (1, 11)
    result = measured(view, [Answering(one.item, one.passage, one.picked | {far}), *found[1:]], SHIPPED)
    assert result.carries == 1.0
    assert result.held == pytest.approx((3 + 3 / 4) / 4)


def test_figures_are_shown_in_words() -> None:
    assert str(Excerpts(4, 0.75, 0.5, 61.6)) == (
        "4 passages: the excerpt carries the answer in 0.750, holds 0.500 of the words that readers picked, "
        "and has 62 words"
    )

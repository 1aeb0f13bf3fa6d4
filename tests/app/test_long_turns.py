"""Tests that evidence for one question is cheap, however long a turn, a sentence or a host's question is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from builds import answerer_of
from fakes import CountingProgress, FakeEmbedder, settings_for, source_of, write_episode

from app.answering.finding import RANKED
from app.evidence.select import EvidenceSettings, gather_evidence
from index.building.build import build_index

WORDS = "the kiln keeps a glaze dry while ash from our old furnace turns clay and water into green glass".split()
WORD_COUNT = 14_000
QUESTION = "What does the ash of the old furnace do to a glaze?"
ANSWER = (
    "The ash of the old furnace turns a glaze green, and it takes away the shine that most people like so much, "
    "so I leave it out of the kiln in nearly every year."
)


def talk(each: int, ending: str = ".") -> str:
    """A talk of `WORD_COUNT` words, with a fixed number in each sentence."""
    random = Random(each)
    said = [" ".join(random.choice(WORDS) for _ in range(each)).capitalize() for _ in range(WORD_COUNT // each)]
    return " ".join(sentence + ending for sentence in said)


def lines_of(who: str, text: str, words: int) -> list[dict[str, object]]:
    """A talk cut into paragraphs with a fixed number of words."""
    parts = text.split()
    return [{"line": " ".join(parts[i : i + words]), "sec": i // 2, "who": who} for i in range(0, len(parts), words)]


CASES = {
    "ten words a sentence": lines_of("Longtalk", talk(10), 40),
    "one paragraph": lines_of("Longtalk", talk(10), WORD_COUNT),
    "one sentence": lines_of("Longtalk", talk(WORD_COUNT), WORD_COUNT),
    "one word a sentence": lines_of("Longtalk", talk(1), 40),
    "two words a paragraph": lines_of("Longtalk", talk(1), 2),
    "questions alone": lines_of("Longtalk", talk(6, "?"), 42),
    "a host's monologue before the answer": [
        *lines_of("Alexey", talk(10), 40),
        {"line": ANSWER, "sec": WORD_COUNT, "who": "Longtalk"},
    ],
}


@pytest.mark.parametrize("lines", CASES.values(), ids=CASES)
def test_evidence_of_fourteen_thousand_words_takes_less_than_a_second(
    tmp_path: Path, lines: Sequence[dict[str, object]]
) -> None:
    write_episode(tmp_path, "longtalk", transcript=[{"header": "Talk"}, *lines])
    settings = settings_for(tmp_path / "data")
    embedder = FakeEmbedder()
    build_index(source_of(tmp_path), settings, embedder, CountingProgress())
    answerer = answerer_of(settings, embedder)
    view = answerer.archive.view()
    ranking = view.search(QUESTION, k=RANKED)

    begun = time.thread_time()  # without the time of other tests' threads
    found = gather_evidence(view, ranking, EvidenceSettings())
    assert time.thread_time() - begun < 1
    assert all(run.words <= EvidenceSettings().lengths.run for run in found.runs)
    assert all(len(run.asked.split()) < 250 for run in found.runs)
    answer = answerer.ask(QUESTION)
    assert answer.citations or answer.nearest
    answerer.close()

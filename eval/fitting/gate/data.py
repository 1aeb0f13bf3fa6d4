"""Reads labelled sentences with the words of their quotes, and asks the gate about each.

    eval/support/*.jsonl, episodes of the index -> Case -> Judged

`pairs.jsonl` holds further corruptions, for tuning only: they were written together with the
rules of `app.support.contrast`, so no figure is measured on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.support.check import Gate, Verdict
from eval.fitting.gate.labelled import FOLDER, read_corruptions, read_sentences
from index.episodes import read_episodes
from index.manifest import current_generation
from ingest.models import Episode
from ingest.settings import Settings

SENTENCES, CORRUPTIONS, PAIRS = "sentences", "corruptions", "pairs"
FAITHFUL = "faithful"


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence. `kind`: its label, or for a pair `faithful` or the error; `good`: whether it should be shown."""

    id: str
    source: str
    split: str
    question: str
    sentence: str
    quotes: tuple[str, ...]
    kind: str
    good: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the gate's verdict; `features` by name, None if a rule decided instead."""

    case: Case
    verdict: Verdict
    features: Mapping[str, float] | None


def episodes_of(settings: Settings) -> dict[str, Episode]:
    """The episodes of the index; raises `IndexMissing`."""
    path = current_generation(settings.data) / "episodes.jsonl"
    return {episode.slug: episode for episode, _ in read_episodes(path)}


def cases(episodes: Mapping[str, Episode]) -> list[Case]:
    """All labelled sentences, then corruptions, then pairs; raises `SupportError` and `QuoteError`."""
    found = [
        Case(
            item.id, SENTENCES, item.split, item.question, item.text(episodes), item.quotes(episodes),
            item.label, item.label == "supported",
        )
        for item in read_sentences()
    ]  # fmt: skip
    return [*found, *_pairs(CORRUPTIONS, episodes), *_pairs(PAIRS, episodes)]


def _pairs(source: str, episodes: Mapping[str, Episode]) -> Iterator[Case]:
    seen: set[str] = set()
    for item in read_corruptions(FOLDER / f"{source}.jsonl"):
        quotes = item.quotes(episodes)
        if item.faithful not in seen:  # one sentence can have several corruptions
            yield Case(item.id, source, item.split, item.question, item.faithful, quotes, FAITHFUL, good=True)
        seen.add(item.faithful)
        yield Case(item.id, source, item.split, item.question, item.corrupted, quotes, item.kind, good=False)


def judge(gate: Gate, found: Sequence[Case]) -> list[Judged]:
    """The gate's verdict on each case."""
    return [Judged(case, *gate.weigh(case.sentence, case.quotes, case.question)) for case in found]

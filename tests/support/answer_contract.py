"""Checks an answer against the contract."""

from __future__ import annotations

from typing import Any

from app_fixtures import find_run

from app.answering.finding import NEAREST
from app.evidence.select import EvidenceSettings
from ingest.models import Episode, Role

CITATION = {
    "id": int,
    "episode": str,
    "title": str,
    "guests": list,
    "speaker": str,
    "chapter": str,
    "start": float,
    "end": float,
    "quote": str,
    "url": str,
    "page": str,
    "key": str,
    "asked": str,
    "estimated": bool,
    "before": str,
    "after": str,
}
# Only where the episode's date is known.
DATE = {"date": str, "date_kind": str}


ANSWER = {
    "question": str,
    "standalone_question": str,
    "answered": bool,
    "outcome": str,
    "sentences": list,
    "citations": list,
    "model": str,
    "confidence": float,
    "notes": list,
    "timings_ms": dict,
}


# Moments without a language model: how many, and words of all excerpts and of one with the words around it.
SETTINGS = EvidenceSettings()
# Seconds are shown rounded to a tenth.
TENTH = 0.05 + 1e-9


def check_citation(item: dict[str, Any], episode: Episode) -> None:
    """Check that a citation agrees with its episode: speaker, place, time and words."""
    assert {key: type(value) for key, value in item.items()} == CITATION | (DATE if episode.dated else {})
    assert (item.get("date"), item.get("date_kind")) == (episode.dated or (None, None))
    assert item["title"] == episode.title
    assert item["guests"] == list(episode.guests)
    assert item["speaker"] in item["guests"]
    assert 0 <= item["start"] <= item["end"] <= episode.end + TENTH
    assert find_run(episode, item["speaker"], item["quote"]), "whole sentences of one turn, word for word"
    around = " ".join(filter(None, (item["before"], item["quote"], item["after"])))
    assert find_run(episode, item["speaker"], around), "what is around it is said directly before and after it"
    assert len(around.split()) <= SETTINGS.lengths.run
    said_then = [
        (segment.speaker, segment.role)
        for segment in episode.segments
        if segment.start - TENTH <= item["start"] <= segment.end + TENTH
    ]
    assert (item["speaker"], Role.GUEST) in said_then
    assert item["chapter"] in [c.title for c in episode.chapters if c.start - TENTH <= item["start"] <= c.end + TENTH]
    assert item["key"] in item["quote"]
    assert item["page"] == f"https://example.org/sample/{episode.name}.html"
    assert item["url"] == item["page"], "the sample has no recording"
    host = " ".join(segment.text for segment in episode.segments if segment.role is Role.HOST)
    assert item["asked"] in host


def check_answer(shown: dict[str, Any], episodes: dict[str, Episode], words: int = SETTINGS.budget) -> None:
    """Check everything that the contract promises of one answer; `words`: the budget of all excerpts."""
    optional = set() if shown["answered"] else {"nearest"}
    if shown["outcome"] == "clarify":
        optional.add("choices")
    if shown["answered"] and shown["model"] != "extractive":
        optional |= {"usage", "gate"}
    assert shown.keys() == ANSWER.keys() | optional
    assert {key: type(shown[key]) for key in ANSWER} == ANSWER
    assert 0 <= shown["confidence"] <= 1
    assert {"retrieve", "first_sentence", "total"} <= shown["timings_ms"].keys()
    assert shown["timings_ms"]["retrieve"] <= shown["timings_ms"]["first_sentence"] <= shown["timings_ms"]["total"]
    cited = shown["citations"] if shown["answered"] else shown["nearest"]
    assert [item["id"] for item in cited] == list(range(1, len(cited) + 1))
    for item in cited:
        check_citation(item, episodes[item["episode"]])
    if shown["outcome"] != "refused":
        assert sum(len(item["quote"].split()) for item in cited) <= words
    for i, one in enumerate(cited):
        for other in cited[:i]:
            apart = one["end"] <= other["start"] + TENTH or other["end"] <= one["start"] + TENTH
            assert one["episode"] != other["episode"] or apart, "no two runs overlap"
    assert shown["answered"] == (shown["outcome"] == "answered")
    if not shown["answered"]:
        assert shown["citations"] == []
        assert bool(shown["sentences"]) == (shown["outcome"] in ("about_archive", "clarify"))
        assert bool(shown.get("choices")) == (shown["outcome"] == "clarify")
        assert all(sentence["citations"] == [] and sentence["support"] == 1.0 for sentence in shown["sentences"])
        assert len(shown["nearest"]) <= {"nearest": SETTINGS.most, "refused": NEAREST}.get(shown["outcome"], 0)
        assert shown["nearest"] or shown["outcome"] != "nearest"
        return
    assert shown["sentences"]
    assert shown["citations"]
    quotes = {item["id"]: item["quote"] for item in shown["citations"]}
    for sentence in shown["sentences"]:
        assert sentence.keys() == {"text", "citations", "support"}
        assert 0 <= sentence["support"] <= 1
        assert sentence["citations"]
        assert set(sentence["citations"]) <= quotes.keys()
        assert any(sentence["text"] in quotes[number] for number in sentence["citations"])

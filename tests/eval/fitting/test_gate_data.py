"""Tests labelled sentences: quotes are found without their words; bad lines are refused with file, line and reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from app_fixtures import GUEST, HOST, NOBODY, OTHER, Line, episode_of, gather, index_of, passages_at, ranking_of
from hypothesis import given
from hypothesis import strategies as st

from app.evidence.moment import Lengths
from app.evidence.select import EvidenceSettings
from eval.fitting.gate.labelled import (
    FOLDER,
    QuoteError,
    QuoteRef,
    SupportError,
    checksum,
    read_corruptions,
    read_sentences,
)
from ingest.text import sentences

EPISODE = episode_of(
    [
        Line(HOST, "What does the cache save? It saves a third of the bill."),
        Line(GUEST, "It saves a third of the bill. We keep a week of answers in it. Nobody asks twice."),
        Line(GUEST, "Then we throw them away. Café visitors never notice."),
        Line(NOBODY, "Nobody knows who said this."),
        Line(OTHER, "I would not keep a cache at all. Disks are cheap. They fail, though."),
    ]
)
EPISODES = {EPISODE.slug: EPISODE}


def ref_of(text: str, episode: str = EPISODE.slug) -> QuoteRef:
    """How the files name a quote."""
    return QuoteRef(episode=episode, start=5.0, end=10.0, words=len(text.split()), sha256=checksum(text))


@pytest.mark.parametrize(
    "text",
    [
        "It saves a third of the bill.",
        "Nobody asks twice. Then we throw them away. Café visitors never notice.",
        "Disks are cheap. They fail, though.",
    ],
)
def test_a_quote_is_found_again_from_its_name(text: str) -> None:
    assert ref_of(text).text(EPISODES) == text


@pytest.mark.parametrize(
    "text",
    [
        "What does the cache save?",
        "Nobody knows who said this.",
        "saves a third of the bill.",
        "Café visitors never notice. I would not keep a cache at all.",
        "It saves a fifth of the bill.",
    ],
)
def test_other_words_than_a_guests_whole_sentences_are_not_found(text: str) -> None:
    with pytest.raises(QuoteError, match=r"caches, 5-10 s: no guest's \d+ words there have the checksum"):
        ref_of(text).text(EPISODES)


def test_an_unknown_episode_is_named_with_the_nearest() -> None:
    with pytest.raises(QuoteError, match=r"no episode cache; did you mean caches\?"):
        ref_of("Disks are cheap.", "cache").text(EPISODES)
    with pytest.raises(QuoteError, match="ingest the archive"):
        ref_of("Disks are cheap.", "zzz").text({})


@given(st.data())
def test_every_run_of_a_turns_sentences_is_found(data: Any) -> None:
    turn = data.draw(st.sampled_from([1, 3]))
    said = [text for segment in EPISODE.segments if segment.turn == turn for text in sentences(segment.text)]
    begin = data.draw(st.integers(0, len(said) - 1))
    text = " ".join(said[begin : data.draw(st.integers(begin + 1, len(said)))])
    assert ref_of(text).text(EPISODES) == text


def test_what_an_answer_rests_on_can_be_named() -> None:
    def met(text: str) -> float:
        return 1.0 if "week" in text or "cheap" in text else 0.1

    index = index_of((EPISODE, passages_at(EPISODE, [0, 2])), met=met)
    runs = gather(index, ranking_of(index, list(index.passages)), EvidenceSettings(lengths=Lengths(shortest=6)))
    assert runs
    for run in runs:
        assert ref_of(run.text).text(EPISODES) == run.text


REF: dict[str, Any] = {"episode": "caches", "start": 5.0, "end": 10, "words": 7, "sha256": "0" * 64}
SENTENCE = {
    "id": "s1",
    "question": "What does it save?",
    "sentence": "It saves a third.",
    "label": "partly",
    "fault": "scope",
    "cites": [REF],
    "model": "a model",
    "split": "tune",
    "reader": 2,
}
CORRUPTION = {
    "id": "c1",
    "kind": "number",
    "faithful": "It saves a third.",
    "corrupted": "It saves a half.",
    "cites": [REF],
    "split": "test",
}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def copied(begin: Any, end: Any) -> dict[str, Any]:
    return {"parts": [{"quote": REF, "from": begin, "to": end}], "sha256": "0" * 64}


def test_a_sentence_is_put_together_from_its_own_words_and_a_quotes(tmp_path: Path) -> None:
    quote = ref_of("It saves a third of the bill. We keep a week of answers in it.").model_dump()
    whole = "The cache saves a third of the bill; they keep a week of answers."
    last = {"quote": quote, "from": 8, "to": 13}
    parts = ["The cache", {"quote": quote, "from": 1, "to": 6}, "bill; they", last, "answers."]
    wording = {"parts": parts, "sha256": hashlib.sha256(whole.encode()).hexdigest()}
    path = write(tmp_path / "s.jsonl", SENTENCE | {"sentence": wording}, SENTENCE | {"id": "s2"})
    with pytest.raises(QuoteError, match="the parts of a sentence do not give the one with the checksum"):
        read_sentences(path)[0].text(EPISODES)
    last["to"] = 12
    path = write(tmp_path / "s.jsonl", SENTENCE | {"sentence": wording}, SENTENCE | {"id": "s2"})
    first, second = read_sentences(path)
    assert first.text(EPISODES) == whole
    assert second.text({}) == "It saves a third."
    with pytest.raises(QuoteError, match="ingest the archive"):
        first.text({})


def test_a_sentence_may_copy_the_host(tmp_path: Path) -> None:
    asked = "What does the cache save?"
    quote = ref_of(asked)
    with pytest.raises(QuoteError, match="no guest's 5 words"):
        quote.text(EPISODES)
    part = {"quote": quote.model_dump(), "from": 0, "to": 5}
    wording = {"parts": [part], "sha256": hashlib.sha256(asked.encode()).hexdigest()}
    (item,) = read_sentences(write(tmp_path / "s.jsonl", SENTENCE | {"sentence": wording}))
    assert item.text(EPISODES) == asked


def test_good_files_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", SENTENCE, "", SENTENCE | {"id": "s2", "label": "supported", "fault": None})
    first, second = read_sentences(path)
    assert (first.id, first.label, first.fault, first.split) == ("s1", "partly", "scope", "tune")
    assert first.cites == (QuoteRef(**REF),)
    assert (second.label, second.fault) == ("supported", None)
    (corruption,) = read_corruptions(write(tmp_path / "c.jsonl", CORRUPTION | {"question": "What?"}))
    assert (corruption.kind, corruption.corrupted) == ("number", "It saves a half.")
    assert corruption.question == "What?"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "id: String should match"),
        ({"question": None}, "question: Input should be a valid string, not None"),
        ({"sentence": "  "}, "sentence."),
        ({"sentence": {"parts": [], "sha256": "0" * 64}}, "parts: Tuple should have at least 1 item"),
        ({"sentence": {"parts": ["a"], "sha256": "0"}}, "sha256: String should match pattern"),
        ({"sentence": {"parts": [" "], "sha256": "0" * 64}}, "parts.0"),
        ({"sentence": {"parts": [{"quote": 5}], "sha256": "0" * 64}}, "quote: Input should be an object, not 5"),
        ({"sentence": copied(0, 8)}, "within its quote's 7 words, this is from 0 to 8"),
        ({"sentence": copied(3, 3)}, "this is from 3 to 3"),
        ({"sentence": copied(-1, 3)}, "from: Input should be greater than or equal to 0, not -1"),
        ({"sentence": copied(True, 3)}, "from: Input should be a valid integer, not True"),
        ({"label": "maybe"}, "label: Input should be 'supported', 'partly' or 'unsupported', not 'maybe'"),
        ({"label": None}, "label: Input should be"),
        ({"label": "supported"}, "`fault` has to be null for a supported sentence alone, this is 'scope'"),
        ({"fault": None}, "`fault` has to be null for a supported sentence alone, this is None"),
        ({"model": 5}, "model: Input should be a valid string, not 5"),
        ({"split": "dev"}, "split: Input should be 'tune' or 'test', not 'dev'"),
        ({"cites": []}, "cites: Tuple should have at least 1 item"),
        ({"cites": REF}, "cites: Input should be a valid"),
        ({"cites": [5]}, "cites.0: Input should be an object, not 5"),
        ({"cites": [REF | {"episode": ""}]}, "cites.0.episode: String should match"),
        ({"cites": [REF | {"start": "5"}]}, "start: Input should be a valid number, not '5'"),
        ({"cites": [REF | {"end": float("nan")}]}, "end: Input should be a finite number, not nan"),
        ({"cites": [REF | {"end": float("inf")}]}, "end: Input should be a finite number, not inf"),
        ({"cites": [REF | {"start": True}]}, "start: Input should be a valid number, not True"),
        ({"cites": [REF | {"start": 11}]}, "ends at 10, before its start 11"),
        ({"cites": [REF | {"words": 0}]}, "words: Input should be greater than or equal to 1, not 0"),
        ({"cites": [REF | {"words": True}]}, "words: Input should be a valid integer, not True"),
        ({"cites": [REF | {"sha256": "0" * 63}]}, "sha256: String should match"),
        ({"cites": [REF | {"sha256": "G" * 64}]}, "sha256: String should match"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "s.jsonl", SENTENCE | {"id": "s0"}, "", SENTENCE | change)
    with pytest.raises(SupportError) as raised:
        read_sentences(path)
    assert str(raised.value).startswith(f"{path}:3: ")
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": ""}, "kind: String should match"),
        ({"faithful": None}, "faithful: Input should be a valid string"),
        ({"corrupted": CORRUPTION["faithful"]}, "says the same"),
        ({"split": None}, "split: Input should be"),
        ({"cites": []}, "cites"),
    ],
)
def test_a_bad_corruption_is_named(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "c.jsonl", CORRUPTION | change)
    with pytest.raises(SupportError, match=":1: ") as raised:
        read_corruptions(path)
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["{"], "Invalid JSON"),
        (["[" * 100_000], "Invalid JSON"),
        (["[]"], "Input should be an object"),
        ([SENTENCE, SENTENCE], ":2: id 's1' stands already in line 1"),
        ([""], ": holds no line"),
        ([SENTENCE, SENTENCE | {"id": "s2", "split": "test"}], "s2: question 'What does it save?' is in both splits"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, rows: list[Any], reason: str) -> None:
    path = write(tmp_path / "s.jsonl", *rows)
    with pytest.raises(SupportError) as raised:
        read_sentences(path)
    assert str(path) in str(raised.value)
    assert reason in str(raised.value)


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(SupportError, match="No such file"):
        read_sentences(tmp_path / "none.jsonl")
    path = tmp_path / "s.jsonl"
    path.write_bytes(json.dumps(SENTENCE).encode() + b"\n\xff\xfe")
    with pytest.raises(SupportError, match=":2: not UTF-8 text"):
        read_sentences(path)


@pytest.mark.parametrize(("name", "read"), [("sentences", read_sentences), ("corruptions", read_corruptions)])
def test_the_projects_own_files_are_good(name: str, read: Any) -> None:
    path = FOLDER / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("not labelled yet")
    assert read(path)

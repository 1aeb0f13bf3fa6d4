"""Tests the bench of relevance on the sample archive, with a server that counts the words that both texts share."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from builds import Built
from llm_fakes import Call, FakeServer, serving
from typer.testing import CliRunner, Result

from app.compose import open_archive
from eval.bench import relevance
from eval.bench.relevance import FIRST, prompt
from eval.running.suites import find_suite, read_suite
from index.archive import Archive
from ingest.settings import Settings
from ingest.text import STOP_WORDS, words

QUESTIONS = 6


def shared(text: str) -> float:
    """The share of the question's words that the passage has."""
    question, passage = re.split(r"^Passage .*$", text, maxsplit=1, flags=re.MULTILINE)
    wanted = set(words(question.removeprefix("Question:"))) - STOP_WORDS
    return len(wanted & set(words(passage))) / max(1, len(wanted))


def counting(call: Call) -> None:
    """The act of a server that says yes the more surely, the more words are shared."""
    chance = 0.05 + 0.9 * shared(call.body["messages"][-1]["content"])
    top = [{"token": "Yes", "logprob": math.log(chance)}, {"token": "No", "logprob": math.log(1 - chance)}]
    call.head(kind="application/json")
    call.send_raw(json.dumps({"choices": [{"logprobs": {"content": [{**top[0], "top_logprobs": top}]}}]}))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(FakeServer(counting)) as started:
        yield started


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Questions of the sample, where what comes before the gold does not answer, and one that nobody answers."""
    items = [item for item in read_suite(find_suite("sample")).items if item.gold and not item.history]
    lines = [
        {
            "id": f"q{n}",
            "question": item.question,
            "gold": item.raw["gold"],
            "graded": [{"episode": item.gold[0].episode, "start": 0, "end": max(1, item.gold[0].start), "grade": 0}],
        }
        for n, item in enumerate(items)
    ]
    lines = [*lines[: QUESTIONS - 1], {"id": "none", "question": "What does a Zorblatt weigh?", "answerable": False}]
    path = tmp_path / "asked.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _loaded_once(sample_built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(settings: Settings) -> Archive:
        return open_archive(settings, sample_built.embedder)

    monkeypatch.setattr(relevance, "open_archive", opened)


def call(built: Built, out: Path, *args: str) -> Result:
    app = typer.Typer()
    app.command()(relevance.main)
    return CliRunner().invoke(app, ["--data", str(built.settings.data), "--out", str(out), *args])


def test_every_passage_is_read_once_and_the_figures_are_written(
    server: FakeServer, suite: Path, sample_built: Built, tmp_path: Path
) -> None:
    result = call(sample_built, tmp_path / "found.json", "--model", server.url, "--suite", str(suite))
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["model"] == "server:fake-1b"
    ours = found["suites"]["asked"]
    assert (ours["questions"], ours["passages"], ours["unsaid"]) == (QUESTIONS, QUESTIONS * FIRST, 0)
    assert len(server.calls) == QUESTIONS * FIRST
    assert ours["ms"]["n"] == QUESTIONS - 1
    # Words in common say something about the answer, and the product's order is the judge's.
    assert ours["orders"]["model"]["auroc"] > 0.6
    for one in ours["readings"]:
        assert one["judge"] == sorted(one["judge"], reverse=True)
        assert len(set(one["model"])) > 1 or one["id"] == "none"
    for part in ("asked", "judge", "model", "mix", "AUROC", "answers@1", "ms per passage"):
        assert part in result.stdout


def test_a_limit_takes_questions_from_the_whole_suite(
    server: FakeServer, suite: Path, sample_built: Built, tmp_path: Path
) -> None:
    result = call(sample_built, tmp_path / "x" / "f.json", "--model", server.url, "--suite", str(suite), "--limit", "2")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "x" / "f.json").read_text(encoding="utf-8"))["suites"]["asked"]
    assert [one["id"] for one in found["readings"]] == ["q0", "q3"]
    assert list(found["orders"]) == ["judge", "model"]


def test_the_model_reads_who_speaks_and_no_token_of_a_template(sample_built: Built) -> None:
    view = open_archive(sample_built.settings, sample_built.embedder).view()
    passage = next(one.passage for one in view.search("What does it cost?", FIRST).passages)
    _, asked = prompt("Is it <|im_end|> cheap?", passage, view.index)
    lines = asked.content.split("\n")
    assert lines[0] == "Question: Is it ‹|im_end|› cheap?"
    run = view.index.episodes[passage.episode].segments[passage.first : passage.last]
    assert [line.partition(":")[0] for line in lines[3 : 3 + len(run)]] == [one.role.value.capitalize() for one in run]


def thinking(call: Call) -> None:
    """The act of a model that thinks first."""
    top = [{"token": "<think>", "logprob": 0.0}]
    call.head(kind="application/json")
    call.send_raw(json.dumps({"choices": [{"logprobs": {"content": [{**top[0], "top_logprobs": top}]}}]}))


def test_a_model_that_says_neither_yes_nor_no_ends_the_measuring(
    suite: Path, sample_built: Built, tmp_path: Path
) -> None:
    with serving(FakeServer(thinking)) as server:
        result = call(sample_built, tmp_path / "f.json", "--model", server.url, "--suite", str(suite))
    assert result.exit_code == 1
    assert "says neither yes nor no at first" in " ".join(result.output.split())
    assert len(server.calls) == FIRST  # it stops at the first question
    assert not (tmp_path / "f.json").exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--suite", "sample"), "gives no log-probabilities here"),
        (("--suite", "sample", "--model", "http://127.0.0.1:9/v1#m"), "does not answer"),
        (("--suite", "peple-test", "--model", "http://127.0.0.1:9/v1#m"), "did you mean people-test"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    args: tuple[str, ...], told: str, sample_built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.bench.yes_no._WAIT", 0.01)
    result = call(sample_built, tmp_path / "f.json", *args)
    assert result.exit_code == 1
    assert told in " ".join(result.output.split())
    assert result.output.startswith("citecast: ")

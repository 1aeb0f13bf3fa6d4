"""Tests LlamaIndex's evaluators on finished runs: separate scores; an unclear verdict is a failure, never a zero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_calls import call
from fakes import CountingProgress
from llm_fakes import FakeServer, ScriptedEngine, serving, smollm2, speak
from run_fake import SECRET, asked, run_of

import eval.cli  # noqa: F401  (it adds `eval` to the program)
from app.llm.choose import load_engine
from app.llm.engine import Engine, EngineTimeout, Request
from eval.comparing.export import ragas
from eval.running.judges import JudgeError
from eval.running.llamaindex_evaluators import KEY, KINDS, judge_run, open_judge
from ingest.settings import Settings


def a_run() -> dict[str, Any]:
    """Two answers, a refusal that is right and an answer that should have been one."""
    return run_of(learn=[asked("a"), asked("b")], off=[asked("c", answerable=False, answered=False)])


def saying(*words: str | Exception) -> Engine:
    """A judge that says these in turn, then repeats the last one."""
    left = list(words)
    return ScriptedEngine(lambda _: [left.pop(0) if len(left) > 1 else left[0]])


class Other(ScriptedEngine):
    name = "scripted:other"


def judged(engine: Engine, *names: str, run: dict[str, Any] | None = None) -> dict[str, Any]:
    return judge_run(a_run() if run is None else run, names, engine, CountingProgress())


def aggregate(engine: Engine, name: str) -> dict[str, Any]:
    return dict(judged(engine, name)[name]["aggregates"]["learn"])


@pytest.mark.parametrize(
    ("name", "words", "score"),
    [
        ("faithfulness", "YES", 1), ("faithfulness", "NO, it does not.", 0), ("relevancy", "Yes, no doubt.", 1),
        ("answer-relevancy", "Good. [RESULT] 2", 1), ("answer-relevancy", "So so. [RESULT] 1", 0.5),
        ("context-relevancy", "Fine. [RESULT] 3", 0.75), ("correctness", "4.5\nNearly all of it.", 4.5),
        ("correctness", "1\nNothing of it.", 1),
    ],
)  # fmt: skip
def test_verdicts(name: str, words: str, score: float) -> None:
    found = aggregate(saying(words), name)
    assert (found["mean"], found["judged"], found["failures"]) == (score, 2, 0)
    assert found["interval"] == [score, score]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("faithfulness", ""), ("faithfulness", "Yesterday was fine."), ("faithfulness", "No. Well, yes."),
        ("relevancy", "I cannot say."), ("answer-relevancy", "Good."), ("answer-relevancy", "[RESULT] 9"),
        ("context-relevancy", "Superb. [RESULT] 9"), ("correctness", "five"), ("correctness", "good\nindeed"),
        ("correctness", "9\nBeyond all measure."), ("correctness", "0\nNothing."), ("correctness", "nan\nx"),
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_a_failure_and_in_no_mean(name: str, words: str) -> None:
    assert aggregate(saying(words), name) == {"judged": 0, "failures": 2}


def test_a_judge_that_breaks_off_is_a_failure_of_that_answer_alone() -> None:
    found = judged(saying("YES", EngineTimeout("too slow")), "faithfulness")["faithfulness"]
    assert found["aggregates"]["learn"] == {"judged": 1, "failures": 1, "mean": 1.0, "interval": [1.0, 1.0]}
    assert "too slow" in found["suites"]["learn"]["b"]["failure"]


def test_the_judge_sees_question_answer_and_quotes() -> None:
    llm = ScriptedEngine(["YES"])
    judged(llm, "faithfulness", "relevancy")
    said = [request.messages[-1]["content"] for request in llm.requests]
    assert len(said) == 4
    assert all(f"{SECRET}." in words and f"Before it. {SECRET}" in words for words in said)
    assert "What about a?" in said[2]


def test_correctness_holds_the_answer_against_the_facts() -> None:
    run = a_run()
    run["suites"]["learn"][1]["item"]["facts"] = []
    llm = ScriptedEngine(["3\nPartly."])
    found = judged(llm, "correctness", run=run)["correctness"]
    assert "The keeper owns fuses." in llm.requests[0].messages[-1]["content"]
    assert found["aggregates"]["learn"]["judged"] == 1


def test_refusals_are_not_judged() -> None:
    found = judged(saying("YES"), "faithfulness")["faithfulness"]
    assert found["suites"]["off"] == {}
    assert found["aggregates"]["off"] == {"judged": 0, "failures": 0}


def test_a_run_of_rankings_has_nothing_to_judge() -> None:
    run = run_of(learn=[asked("a", answered=None)])
    assert judged(saying("YES"), "faithfulness", run=run)["faithfulness"]["suites"] == {"learn": {}}


def test_our_own_measures_are_left_as_they_were() -> None:
    run, before = a_run(), a_run()
    judged(saying("YES"), "faithfulness", run=run)
    assert {key: value for key, value in run.items() if key != KEY} == before
    assert run[KEY]["faithfulness"]["judge"] == "scripted:model"
    assert ragas(run) == ragas(before)


def test_verdicts_are_kept_and_failures_tried_again() -> None:
    run = a_run()
    judged(saying("YES", "dunno"), "faithfulness", run=run)
    second = ScriptedEngine(["NO"])
    found = judged(second, "faithfulness", run=run)["faithfulness"]["suites"]["learn"]
    assert len(second.requests) == 1
    assert [found["a"]["score"], found["b"]["score"]] == [1, 0]


def test_another_judge_judges_all_anew_and_other_evaluators_stay() -> None:
    run = a_run()
    judged(saying("YES"), "faithfulness", "relevancy", run=run)
    found = judged(Other(["NO"]), "faithfulness", run=run)
    assert [found[name]["judge"] for name in ("faithfulness", "relevancy")] == ["scripted:other", "scripted:model"]
    assert found["faithfulness"]["aggregates"]["learn"]["mean"] == 0


def test_interrupted_it_keeps_what_was_judged() -> None:
    asked_before: list[Request] = []

    def until_the_second(request: Request) -> list[str | Exception]:
        asked_before.append(request)
        if len(asked_before) > 1:
            raise KeyboardInterrupt
        return ["YES"]

    run = a_run()
    with pytest.raises(KeyboardInterrupt):
        judged(ScriptedEngine(until_the_second), "faithfulness", run=run)
    assert run[KEY]["faithfulness"]["aggregates"]["learn"]["judged"] == 1


def test_progress_tells_of_every_answer() -> None:
    progress = CountingProgress()
    judge_run(a_run(), ["faithfulness"], saying("YES"), progress)
    assert progress.stages == [("scripted:model: faithfulness", 2)]
    assert progress.done["scripted:model: faithfulness"] == 2


def test_unknown_evaluators_and_judges() -> None:
    with pytest.raises(JudgeError, match="faithfulness, relevancy"):
        judged(saying("YES"), "faithful")
    with pytest.raises(JudgeError, match="--judge-model"):
        open_judge(Settings(), "extractive")
    with pytest.raises(JudgeError, match="no model server"):
        open_judge(Settings(), "http://127.0.0.1:9/v1")


def test_with_the_small_real_model() -> None:
    """It is a poor judge, but its output is a verdict or a failure."""
    engine = load_engine(Settings(model=f"llama:{smollm2()}", threads=1, model_seconds=300))
    assert engine
    found = judged(engine, "faithfulness", "correctness", run=run_of(learn=[asked("a")]))
    for name in ("faithfulness", "correctness"):
        figures = found[name]["aggregates"]["learn"]
        assert figures["judged"] + figures["failures"] == 1
        low, high = KINDS[name].bounds or (0, 1)
        assert all(low <= one.get("score", low) <= high for one in found[name]["suites"]["learn"].values())


# On the command line.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(a_run()), encoding="utf-8")
    return tmp_path


def test_a_finished_run_is_judged_and_kept(folder: Path) -> None:
    with serving(FakeServer(speak("YES"))) as server:
        judging = ("eval", "judge", folder, "--evaluator", "faithfulness", "--judge-model", server.url)
        result = call(*judging)
        assert result.exit_code == 0, result.output
        assert "faithfulness, learn: 1.000 [1.000 1.000] (2 answers judged, 0 failures of the judge" in result.stdout
        asked_then = len(server.calls)
        again = json.loads(call(*judging, "--json").stdout)
        assert len(server.calls) == asked_then + 1, "only to warm up"
    assert again["faithfulness"]["judge"] == "server:fake-1b"
    kept = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert kept[KEY]["faithfulness"]["suites"]["learn"]["a"]["score"] == 1
    assert kept["aggregates"] == a_run()["aggregates"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--evaluator", "faithfulness"], "--judge-model"), (["--judge-model", "extractive"], "--evaluator"),
        (["--evaluator", "x", "--judge-model", "extractive"], "no evaluator 'x'"),
        (["--evaluator", "relevancy", "--judge-model", "gpt-9"], "gpt-9"),
        (["--evaluator", "relevancy", "--judge-model", "extractive"], "is none"),
    ],
)  # fmt: skip
def test_wrong_calls_are_told_before_anything_is_run(folder: Path, arguments: list[str], told: str) -> None:
    before = (folder / "run.json").read_bytes()
    for command in (["judge", folder], ["infrastructure", "--out", folder / "new"]):
        result = call("eval", *command, *arguments)
        if command[0] == "judge" or told != "is none":
            assert (result.exit_code, told in result.stderr.replace("\n", " ")) == (1, True), result.output
            assert not (folder / "new").exists()
    assert (folder / "run.json").read_bytes() == before

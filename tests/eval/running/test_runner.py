"""Tests what a run writes, resumes and prints; on a generated archive, and once on the sample with the real model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builds import Built
from cli_calls import call
from fakes import CountingProgress, FakeEmbedder, make_archive, settings_for, source_of

from eval import cli
from eval.running.judges import EmbeddingJudge, LexicalJudge
from eval.running.runner import EvalError, Plan, evaluate
from eval.running.specs import UnknownSystem, parse_spec
from eval.running.suites import FOLDER, SuiteError, read_suite
from index.building.build import build_index
from index.opened import Index

METRICS = set(
    "hit@1 hit@5 hit@10 mrr@10 ndcg@10 coverage@5 episode_hit@5 citation_hit citation_precision citation_recall "
    "citation_iou citation_offset_s support_precision support_recall facts_recall refusal_precision refusal_recall "
    "refusal_f1 refusal_auroc latency_p50_ms latency_p95_ms".split()
)


def write_suite(folder: Path, index: Index, name: str = "small", count: int = 4) -> Path:
    """Questions that repeat the words of passages, whose time range is gold, and one about nothing."""
    rows: list[dict[str, Any]] = []
    for number, passage in enumerate(list(index.passages.values())[:count]):
        words = passage.text.split()
        rows.append(
            {
                "id": f"q{number}",
                "question": " ".join(words[:25]),
                "gold": [{"episode": passage.episode, "start": passage.start, "end": passage.end}],
                "facts": [" ".join(words[20:35])],
                "type": "how" if number % 2 else "why",
                "note": number,
            }
        )
    rows.append({"id": "none", "question": "Zzyzx qwfp arst?", "answerable": False, "gold": [], "type": "off"})
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def plan_of(built: Built, tmp_path: Path) -> Callable[..., Plan]:
    """Plans on the generated archive; `changes` replace parts of the plan."""

    def make(*systems: str, **changes: Any) -> Plan:
        suite = read_suite(write_suite(tmp_path, built.open()))
        specs = tuple(parse_spec(name) for name in systems or ["ours"])
        plan: dict[str, Any] = {"suites": (suite,), "specs": specs, "judge": LexicalJudge(), "out": tmp_path / "out"}
        return Plan(**plan | {"flags": {"data": built.settings.data}} | changes)

    return make


def run_with(built: Built, plan: Plan, progress: CountingProgress | None = None) -> list[dict[str, Any]]:
    return evaluate(plan, progress or CountingProgress(), lambda settings: built.embedder)


def test_run_json_holds_everything_that_was_asked_for(built: Built, plan_of: Callable[..., Plan]) -> None:
    plan = plan_of()
    (run,) = run_with(built, plan)
    assert json.loads((plan.out / "run.json").read_text()) == run
    assert (plan.out / "report.html").read_text().startswith("<!doctype html>")
    assert (run["system"], run["model"]) == ("ours", "extractive")
    assert run["settings"]["judge"] == "lexical"
    assert run["settings"]["evidence_words"] == built.settings.evidence_words
    assert run["manifest"] == built.open().manifest.to_json()
    assert {"python", "torch", "code"} <= run["versions"].keys()
    (rows,) = run["suites"].values()
    assert [row["id"] for row in rows] == ["q0", "q1", "q2", "q3", "none"]
    first = rows[0]
    assert first["item"]["note"] == 0
    assert first["scores"]["hit@5"] == 1.0
    assert first["ranking"][0].keys() == {"id", "episode", "start", "end", "score"}
    assert first["relevant"] == [next(iter(built.open().passages))]
    assert {"question", "answered", "sentences", "citations", "confidence", "timings_ms"} <= first["output"].keys()
    assert run["aggregates"]["small"]["hit@5"] == 1.0
    assert run["intervals"]["small"]["hit@5"] == [1.0, 1.0]
    assert run["by_type"]["small"].keys() == {"how", "off", "why"}
    assert run["judge_failures"] == 0
    assert not (plan.out / "partial.jsonl").exists()


def test_several_systems_write_a_folder_each_and_share_the_suite(built: Built, plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("ours", "lexical", "dense", "llamaindex", "ours:evidence_words=60")
    runs = run_with(built, plan)
    folders = ["ours", "lexical", "dense", "llamaindex", "ours-evidence_words-60"]
    assert [json.loads((plan.out / name / "run.json").read_text())["system"] for name in folders] == [
        run["system"] for run in runs
    ]
    assert runs[4]["settings"]["evidence_words"] == 60
    for run in runs[1:4]:
        found = run["aggregates"]["small"]
        assert found["hit@10"] == 1.0
        assert not any(key.startswith(("citation", "refusal", "facts", "support")) for key in found)


def test_several_suites_are_also_scored_together(built: Built, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    other = read_suite(write_suite(tmp_path, built.open(), name="other", count=2))
    plan = plan_of()
    (run,) = run_with(built, plan_of(suites=(plan.suites[0], other)))
    assert run["aggregates"].keys() == run["intervals"].keys() == {"small", "other", "all"}
    assert run["suites"].keys() == {"small", "other"}
    assert "refusal_auroc" in run["aggregates"]["all"]


def test_a_limit_takes_the_first_questions_and_a_setting_holds_for_all(
    built: Built, plan_of: Callable[..., Plan]
) -> None:
    flags = {"data": built.settings.data, "evidence_words": "90"}
    (run,) = run_with(built, plan_of(limit=2, flags=flags))
    assert [row["id"] for row in run["suites"]["small"]] == ["q0", "q1"]
    assert (run["settings"]["limit"], run["settings"]["evidence_words"]) == (2, 90)


class Stops(CountingProgress):
    """Presses Ctrl+C after a number of questions."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def advance(self, steps: int) -> None:
        super().advance(steps)
        self._left -= steps
        if not self._left:
            raise KeyboardInterrupt


def without_times(run: dict[str, Any]) -> dict[str, Any]:
    rows = [row | {"output": row["output"] | {"timings_ms": {}}} for row in run["suites"]["small"]]
    return {"rows": rows, "means": {k: v for k, v in run["aggregates"]["small"].items() if "latency" not in k}}


def test_a_stopped_run_goes_on_where_it_was(built: Built, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    plan = plan_of()
    with pytest.raises(KeyboardInterrupt):
        run_with(built, plan, Stops(after=3))
    kept = (plan.out / "partial.jsonl").read_text()
    assert len(kept.split()) > 0
    assert not (plan.out / "run.json").exists()
    # The incomplete last line of a killed process is skipped.
    (plan.out / "partial.jsonl").write_text(kept + '\n{"key": "small/q3')
    before = len(built.embedder.embedded)  # type: ignore[attr-defined]
    (resumed,) = run_with(built, plan)
    asked_again = built.embedder.embedded[before:]  # type: ignore[attr-defined]
    questions = [item.question for item in plan.suites[0].items]
    assert not set(questions[:3]) & set(asked_again)
    assert set(questions[3:]) <= set(asked_again)
    (whole,) = run_with(built, plan_of(out=tmp_path / "whole"))
    assert without_times(resumed) == without_times(whole)


def test_fresh_forgets_and_another_setting_does_not_reuse(built: Built, plan_of: Callable[..., Plan]) -> None:
    for changes in ({"fresh": True}, {"flags": {"data": built.settings.data, "evidence_words": "70"}}):
        with pytest.raises(KeyboardInterrupt):
            run_with(built, plan_of(), Stops(after=3))
        before = len(built.embedder.embedded)  # type: ignore[attr-defined]
        run_with(built, plan_of(**changes))
        assert plan_of().suites[0].items[0].question in built.embedder.embedded[before:]  # type: ignore[attr-defined]


def test_gold_that_is_wrong_is_told_before_anything_is_asked(
    built: Built, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"id": "x", "question": "Why?", "gold": [{"episode": "alpha", "start": 0, "end": 9e5}]}))
    plan = plan_of()
    with pytest.raises(SuiteError, match=r"bad\.jsonl:1: x: gold range 0-900000 of alpha: outside the episode"):
        run_with(built, plan_of(suites=(plan.suites[0], read_suite(path))))
    assert not (plan.out / "partial.jsonl").exists()


def test_plans_that_cannot_be(built: Built, plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    with pytest.raises(UnknownSystem, match="given twice"):
        run_with(built, plan_of("ours", "ours"))
    pooled = read_suite(write_suite(tmp_path, built.open(), name="all"))
    with pytest.raises(SuiteError, match="'all' has to be run alone"):
        run_with(built, plan_of(suites=(pooled, plan_of().suites[0])))
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="file"):
        run_with(built, plan_of(out=tmp_path / "file"))


def test_a_duplicates_gold_counts_for_the_episode_that_was_kept(tmp_path: Path) -> None:
    root = make_archive(tmp_path / "archive", ["alpha", "beta"])
    copy = (root / "_podcast" / "alpha.md").read_text().replace("2024-02-03", "2024-03-03")
    (root / "_podcast" / "copy.md").write_text(copy)
    settings, embedder = settings_for(tmp_path / "data"), FakeEmbedder()
    report = build_index(source_of(root), settings, embedder, CountingProgress())
    assert report.duplicates == [("copy", "alpha")]
    built = Built(settings, embedder, report)
    path = write_suite(tmp_path, built.open(), count=1)
    path.write_text(path.read_text().replace('"alpha"', '"copy"'))
    plan = Plan((read_suite(path),), (parse_spec("ours"),), LexicalJudge(), tmp_path / "out", {"data": settings.data})
    (run,) = run_with(built, plan)
    assert run["suites"]["small"][0]["scores"]["hit@5"] == 1.0
    assert run["suites"]["small"][0]["item"]["gold"][0]["episode"] == "alpha"


def test_the_sample_suite_with_the_real_model(sample_built: Built, tmp_path: Path) -> None:
    plan = Plan(
        suites=(read_suite(FOLDER / "sample.jsonl"),),
        specs=(parse_spec("ours"), parse_spec("lexical")),
        judge=EmbeddingJudge(sample_built.embedder),
        out=tmp_path,
        flags={"data": sample_built.settings.data},
    )
    ours, lexical = evaluate(plan, CountingProgress(), lambda settings: sample_built.embedder)
    found = ours["aggregates"]["sample"]
    assert found.keys() >= METRICS
    assert found["hit@5"] >= 0.9
    assert found["citation_hit"] >= 0.5
    assert found["support_recall"] >= 0.9
    assert 0.3 < found["facts_recall"] <= 1.0
    # The gate checks how good the refusals are; here they must be better than chance.
    assert found["refusal_auroc"] > 0.5
    assert lexical["aggregates"]["sample"]["hit@10"] > 0.7
    assert all(low <= found[key] <= high for key, (low, high) in ours["intervals"]["sample"].items())


def test_the_command_prints_one_object_or_a_list(sample_built: Built, tmp_path: Path) -> None:
    common = ["sample", "--out", str(tmp_path), "--data", str(sample_built.settings.data), "--limit", "2"]
    common += ["--judge", "lexical", "--json"]
    one = json.loads(call("eval", *common, "--set", "evidence_words=100").stdout)
    assert one.keys() == {"system", "model", "suites"}
    assert (one["system"], one["model"]) == ("ours", "extractive")
    assert one["suites"]["sample"]["latency_p50_ms"] > 0
    several = json.loads(call("eval", "run", *common, "--system", "lexical", "--system", "dense").stdout)
    assert [(run["system"], run["model"]) for run in several] == [("lexical", "none"), ("dense", "none")]
    result = call("eval", "compare", str(tmp_path / "lexical"), str(tmp_path / "dense" / "run.json"))
    assert result.exit_code == 0
    assert "hit@5" in result.stdout
    gate = call("eval", "gate", str(tmp_path / "lexical"), "--baseline", str(tmp_path / "lexical"))
    assert (gate.exit_code, gate.stdout.splitlines()[0]) == (0, "gate: passed")


def test_the_table_shows_each_measure(sample_built: Built, tmp_path: Path) -> None:
    data = str(sample_built.settings.data)
    result = call("eval", "sample", "--out", str(tmp_path), "--data", data, "--limit", "3", "--judge", "lexical")
    assert result.exit_code == 0
    for key in ("hit@1", "citation_hit", "latency_p95_ms"):
        assert key in result.stdout
    assert "latency_embed" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["infrastruct", "--out", "x"], "did you mean infrastructure?"),
        (["sample", "--out", "x", "--system", "bm25"], "no system is named 'bm25'"),
        (["sample", "--out", "x", "--judge", "gpt"], "no judge is named 'gpt'"),
        (["sample", "--out", "x", "--set", "evidence_words"], "is not KEY=VALUE"),
        (["sample", "--out", "x", "--set", "evidence_wrds=9"], "evidence_wrds"),
        (["compare", "absent", "absent"], "absent: No such file or directory; `citecast eval SUITE --out DIR`"),
        (["gate", "pyproject.toml", "--baseline", "pyproject.toml"], "pyproject.toml: not a run"),
    ],
)
def test_faults_are_one_line_and_status_1(arguments: list[str], reason: str) -> None:
    result = call("eval", *arguments)
    assert result.exit_code == 1
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_without_an_output_folder_the_call_is_wrong() -> None:
    assert call("eval", "sample").exit_code == 2


def test_help_names_every_command_and_option() -> None:
    # Another process, to test the entry point of `citecast`.
    code = "from eval.cli import main; main()"
    top = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True).stdout
    assert {"ingest", "ask", "serve", "eval"} <= set(top.split())
    group, run = (" ".join(call("eval", *arguments).stdout.split()) for arguments in (["--help"], ["run", "--help"]))
    assert all(name in group for name in ("compare", "gate", "SUITE [SUITE ...] --out DIR"))
    assert all(f"--{name}" in run for name in ("out", "json", "system", "set", "judge", "limit", "fresh", "resume"))
    assert cli.main.__doc__

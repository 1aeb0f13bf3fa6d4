"""Tests the commands for finished runs: exports, baselines, comparison, and a gate that can fail."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from builds import Built
from cli_calls import call, commands
from fakes import CountingProgress
from run_fake import SECRET, asked, made_up, run_of

from eval.cli import SuiteGroup  # it adds `eval` to the program
from eval.running.judges import LexicalJudge
from eval.running.runner import Plan, evaluate
from eval.running.specs import parse_spec
from eval.running.suites import FOLDER, read_suite
from index.embedder import Embedder, Encoded


@pytest.mark.parametrize(("function", "help"), SuiteGroup.lazy.items())
def test_the_list_of_commands_says_what_the_commands_own_help_says(function: str, help: str) -> None:
    assert commands(commands()["eval"])[function.partition(":")[2]].help == help


def written(folder: Path, run: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of two suites."""
    return written(tmp_path / "run", made_up(3, count=6))


class TestExport:
    def test_ragas_is_a_sample_a_line(self, run: Path) -> None:
        result = call("eval", "export", run, "--format", "ragas")
        samples = [json.loads(line) for line in result.stdout.splitlines()]
        assert (result.exit_code, len(samples)) == (0, 12)
        keys = ("user_input", "response", "retrieved_contexts", "reference")
        assert tuple(samples[0]) == (*keys, "retrieved_context_ids", "reference_context_ids")

    def test_trec_files_hold_all_suites_or_one(self, run: Path) -> None:
        ranked = call("eval", "export", run, "--format", "trec-run").stdout.splitlines()
        judged = call("eval", "export", run, "--format", "trec-qrels").stdout.splitlines()
        assert len({line.split()[0] for line in ranked}) == 12
        # Only answerable questions have gold.
        assert len({line.split()[0] for line in judged}) == 6
        one = call("eval", "export", run, "--format", "trec-run", "--suite", "off").stdout.splitlines()
        assert {line.split()[0] for line in one} == {f"off-{n:03d}" for n in range(6)}

    def test_ids_that_two_suites_share_have_to_be_told_apart(self, tmp_path: Path) -> None:
        run = written(tmp_path, run_of(s=[asked("x")], t=[asked("x")]))
        result = call("eval", "export", run, "--format", "trec-run")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "two suites have a question 'x': give one with --suite s or t" in " ".join(result.stderr.split())
        assert call("eval", "export", run, "--format", "trec-run", "--suite", "t").exit_code == 0
        assert call("eval", "export", run, "--format", "ragas").exit_code == 0

    def test_markdown_holds_the_figures_and_no_quote(self, run: Path) -> None:
        text = call("eval", "export", run, "--format", "markdown").stdout
        assert text.startswith("### Evaluation: ours")
        assert "| Hit@5 |" in text
        assert SECRET not in text
        one = call("eval", "export", run, "--format", "markdown", "--suite", "learn").stdout
        assert "off" not in one.split("<details>")[0].split()

    def test_a_file_is_written_with_its_folder_and_standard_output_stays_empty(self, run: Path, tmp_path: Path) -> None:
        out = tmp_path / "new" / "samples.jsonl"
        result = call("eval", "export", run / "run.json", "--format", "ragas", "--out", out)
        assert (result.exit_code, result.stdout) == (0, "")
        assert "Written to" in result.stderr
        assert out.read_text(encoding="utf-8") == call("eval", "export", run, "--format", "ragas").stdout

    @pytest.mark.parametrize("name", ["ours:evidence_words=60", "ours-evidence_words-60"])
    def test_of_several_systems_one_is_named(self, tmp_path: Path, name: str) -> None:
        written(tmp_path / "dense", run_of("dense", s=[asked("x", answered=None)]))
        written(tmp_path / "ours-evidence_words-60", run_of("ours:evidence_words=60", s=[asked("x")]))
        found = call("eval", "export", tmp_path, "--format", "trec-run", "--system", name).stdout
        assert found.split("\n")[0].endswith(" ours:evidence_words=60")

    def test_of_several_systems_none_is_guessed(self, tmp_path: Path) -> None:
        for name in ("dense", "ours"):
            written(tmp_path / name, run_of(name, s=[asked("x")]))
        result = call("eval", "export", tmp_path, "--format", "markdown")
        assert result.exit_code == 1
        assert f"holds runs of several systems; give one: {tmp_path / 'dense'}" in result.stderr.replace("\n", " ")
        result = call("eval", "export", tmp_path, "--format", "markdown", "--system", "lexical")
        assert "no run of the system 'lexical'; there is: dense, ours" in " ".join(result.stderr.split())


class TestBaseline:
    def test_the_gate_reads_it_and_it_holds_no_words(self, run: Path, tmp_path: Path) -> None:
        file = tmp_path / "baseline.json"
        assert call("eval", "baseline", run, "--out", file).exit_code == 0
        text = file.read_text(encoding="utf-8")
        assert text == call("eval", "baseline", run).stdout
        assert SECRET not in text
        assert "lighthouse" not in text
        result = call("eval", "gate", run, "--baseline", file)
        assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "gate: passed")

    def test_it_keeps_nothing_to_export(self, run: Path, tmp_path: Path) -> None:
        call("eval", "baseline", run, "--out", tmp_path / "b.json")
        result = call("eval", "export", tmp_path / "b.json", "--format", "ragas")
        assert result.exit_code == 1
        assert "give the run.json that `citecast eval SUITE --out DIR` wrote" in " ".join(result.stderr.split())


class TestJson:
    def test_a_comparison(self, run: Path, tmp_path: Path) -> None:
        other = written(tmp_path / "other", made_up(4, count=6))
        found = json.loads(call("eval", "compare", run, other, "--json").stdout)
        assert found.keys() == {"a", "b", "level", "suites", "questions", "missing"}
        assert found["suites"]["learn"]["hit@1"]["questions"] == 6

    def test_a_gate(self, tmp_path: Path) -> None:
        good = written(tmp_path / "good", run_of(s=[asked(f"q{n}") for n in range(10)]))
        bad = written(tmp_path / "bad", run_of(s=[asked(f"q{n}", rank=2) for n in range(9)]))
        passed = call("eval", "gate", good, "--baseline", good, "--json")
        assert passed.exit_code == 0
        assert json.loads(passed.stdout)["passed"] is True
        failed = call("eval", "gate", bad, "--baseline", good, "--json")
        found = json.loads(failed.stdout)
        assert failed.exit_code == 1
        assert found["passed"] is False
        assert found["problems"] == ["s, questions only in A: q9"]
        assert [(fall["suite"], fall["metric"]) for fall in found["falls"]] == [("s", "hit@1"), ("s", "mrr@10")]


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["baseline", "absent"], 1, "absent: No such file or directory; `citecast eval SUITE --out DIR` makes one"),
        (["baseline", "RUN", "--out", "RUN"], 1, "Is a directory; give another --out FILE"),
        (["export", "RUN", "--format", "ragas", "--suite", "t"], 1, "no suite t; it has: learn, off"),
        (
            ["export", "RUN", "--format", "ragas", "--system", "dense"],
            1,
            "no run of the system 'dense'; there is: ours",
        ),
        (["export", "pyproject.toml", "--format", "ragas"], 1, "pyproject.toml: not a run"),
        (["export", "RUN"], 2, "--format"),
        (["export", "RUN", "--format", "csv"], 2, "trec-qrels"),
    ],
)
def test_faults_say_what_to_do(run: Path, arguments: list[str], status: int, reason: str) -> None:
    result = call("eval", *(str(run) if argument == "RUN" else argument for argument in arguments))
    assert result.exit_code == status
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


class TestGate:
    """The gate fails only if the ranking is worse."""

    def ranks(self, seed: int = 0) -> list[int]:
        return random.Random(seed).choices([1, 2, 3, 6, 0], [60, 15, 10, 5, 10], k=80)

    def gated(self, tmp_path: Path, before: list[int], after: list[int]) -> Any:
        for name, ranks in (("before", before), ("after", after)):
            written(tmp_path / name, run_of(s=[asked(f"q{n}", rank=rank) for n, rank in enumerate(ranks)]))
        call("eval", "baseline", tmp_path / "before", "--out", tmp_path / "baseline.json")
        return call("eval", "gate", tmp_path / "after", "--baseline", tmp_path / "baseline.json")

    def test_a_ranking_that_is_worse_on_an_eighth_of_the_questions_fails(self, tmp_path: Path) -> None:
        before = self.ranks()
        after = [rank + 1 if rank and number % 8 == 0 else rank for number, rank in enumerate(before)]
        result = self.gated(tmp_path, before, after)
        assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "gate: failed")
        assert "- s got worse: mrr@10 from" in result.stdout

    @pytest.mark.parametrize("seed", range(10))
    def test_noise_passes(self, tmp_path: Path, seed: int) -> None:
        before, dice = self.ranks(), random.Random(seed)
        # As many get better as worse: three pairs of questions change places.
        after, moved = list(before), dice.sample(range(80), 6)
        for one, other in zip(moved[:3], moved[3:], strict=True):
            after[one], after[other] = after[other], after[one]
        assert self.gated(tmp_path, before, after).exit_code == 0

    def test_a_real_system_that_no_longer_reads_the_question_fails(self, sample_built: Built, tmp_path: Path) -> None:
        def measured(name: str, embedder: Embedder) -> Path:
            plan = Plan(
                suites=(read_suite(FOLDER / "sample.jsonl"),),
                specs=(parse_spec("ours"),),
                judge=LexicalJudge(),
                out=tmp_path / name,
                flags={"data": sample_built.settings.data},
                limit=12,
            )
            evaluate(plan, CountingProgress(), lambda settings: embedder)
            return plan.out

        good = measured("good", sample_built.embedder)
        file = tmp_path / "baseline.json"
        call("eval", "baseline", good, "--out", file)
        again = call("eval", "gate", measured("again", sample_built.embedder), "--baseline", file, "--json")
        assert again.exit_code == 0
        changes = json.loads(again.stdout)["comparison"]["suites"]["sample"]
        # The same answers each time: only latency differs.
        assert {key for key, one in changes.items() if one["difference"]} <= {"latency_p50_ms", "latency_p95_ms"}
        result = call("eval", "gate", measured("bad", Deaf()), "--baseline", file)
        assert result.exit_code == 1
        assert "- sample got worse: hit@1 from" in result.stdout


class Deaf(Embedder):
    """Embeds the same words for every question."""

    def embed_query(self, text: str) -> Encoded:
        return super().embed_query("something about something")

"""Tests the bench without measuring: statistics, targets, table rows, and the edits to the archive's copy."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import read_episode
from rich.console import Console

from eval.bench import run as bench
from eval.bench.figures import Figure, Machine, Target, amount, spread, table, this_machine
from eval.bench.process import ProcessFailed, measure
from eval.bench.stages import QUICK, Bench, copy_archive, some_episodes, suite_questions, with_sentence
from eval.environment import parse_cpuinfo
from ingest.formats.jekyll import episode_files
from ingest.formats.people import read_people
from ingest.sources.open import SAMPLE, sample_source


def a_bench(folder: Path) -> Bench:
    machine = Machine("a processor", "an OS", 2, 8.0, False, True, 0.1, {})
    return Bench(folder, bench.SUITES / "sample.jsonl", QUICK, machine, lambda _: None)


def test_spread_interpolates_and_needs_a_value() -> None:
    assert spread([float(n) for n in range(101, 0, -1)]) == {"n": 101, "p50": 51, "p95": 96, "min": 1, "max": 101}
    assert spread([10.0, 20.0])["p95"] == pytest.approx(19.5)
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.4512, "ms", "0.45 ms"),
        (12.34, "s", "12.3 s"),
        (1312.4, "s", "1,312 s"),
        (4.0, "x", "4x"),
        (25, "ms", "25 ms"),
    ],
)
def test_amounts_have_three_digits(value: float, unit: str, shown: str) -> None:
    assert amount(value, unit) == shown


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        (Figure("Search", 21.04, "ms", Target(25), "a note"), ("Search", "< 25 ms", "21.0 ms", "met", "a note")),
        (Figure("Cold", 8.0, "s", Target(8)), ("Cold", "< 8 s", "8 s", "missed", "")),
        (Figure("Ratio", 4.0, "x", Target(4, at_least=True)), ("Ratio", "≥ 4x", "4x", "met", "")),
        (Figure("Ratio", 3.9, "x", Target(4, at_least=True)), ("Ratio", "≥ 4x", "3.90x", "missed", "")),
        (Figure("Ingest", 312.0, "s"), ("Ingest", "", "312 s", "", "")),
    ],
)
def test_a_ceiling_is_missed_at_the_bound_and_a_floor_met(figure: Figure, row: tuple[str, ...]) -> None:
    assert figure.row() == row


def test_the_table_shows_figures_and_failures() -> None:
    console = Console(file=io.StringIO(), width=140)
    console.print(
        table("Bench", "a machine", [Figure("Search", 30, "ms", Target(25))], {"Cold": "Bad: first\nthe end"})
    )
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for part in ("Bench", "a machine", "Search", "< 25 ms", "30 ms", "missed", "Cold", "failed", "the end"):
        assert part in text


def test_a_figure_as_json() -> None:
    assert Figure("Ratio", 3.14159, "x", Target(4, at_least=True), "note").to_json() == {
        "name": "Ratio", "value": 3.1416, "unit": "x",
        "target": 4, "at_least": True, "verdict": "missed", "note": "note",
    }  # fmt: skip
    assert Figure("Known", 1.0, "s").to_json()["target"] is None


def test_this_machine_is_described_by_its_first_processor() -> None:
    two = "model name\t: AMD EPYC\nflags\t\t: fpu avx512_bf16\nprocessor\t: 1\nflags\t\t: x\n"
    assert parse_cpuinfo(two) == ("AMD EPYC", frozenset({"fpu", "avx512_bf16"}))
    assert parse_cpuinfo("") == ("", frozenset())
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gb > 0.1
    assert machine.versions["qdrant-edge-py"] == "0.9.0"
    assert machine.processor in machine.line


def test_a_sentence_is_added_to_every_sample_episode_and_nothing_else_changes(tmp_path: Path) -> None:
    copy_archive(sample_source().parts, tmp_path / "archive")
    people, _ = read_people(SAMPLE)
    for file in [file for file in episode_files(tmp_path / "archive") if not file.template]:
        before = read_episode(file, people).episode
        file.path.write_text(with_sentence(file.read(), "This is new."), encoding="utf-8")
        after = read_episode(file, people).episode
        changed = [i for i, (a, b) in enumerate(zip(before.segments, after.segments, strict=True)) if a.text != b.text]
        assert len(changed) == 1
        assert after.segments[changed[0]].text == f"This is new. {before.segments[changed[0]].text}"
    with pytest.raises(ValueError, match="no paragraph"):
        with_sentence("---\ntitle: Nothing said\n---\n", "This is new.")


def test_a_copy_holds_the_named_episodes_and_all_guests(tmp_path: Path) -> None:
    parts = sample_source().parts
    names = some_episodes(parts, 3)
    assert names == some_episodes(parts, 3)
    assert names is not None
    copy_archive(parts, tmp_path / "archive", 3)
    assert sorted(path.stem for path in (tmp_path / "archive" / "_podcast").iterdir()) == names
    assert len(list((tmp_path / "archive" / "_people").iterdir())) == len(list((SAMPLE / "_people").glob("*.md")))
    assert some_episodes(parts, 100) is some_episodes(parts, None) is None


def test_questions_of_the_suites() -> None:
    assert len(suite_questions(bench.SUITES / "infrastructure.jsonl")) == 90
    assert len(suite_questions(bench.SUITES / "sample.jsonl")) >= 2


def test_a_process_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITECAST_PASSAGE_WORDS", "40")
    code = (
        "import json, os, sys, time; held = b'x' * 200_000_000; time.sleep(0.2); print('working', file=sys.stderr);"
        "print('first line'); print(json.dumps({'own': [k for k in os.environ if k.startswith('CITECAST_')]}))"
    )
    heard: list[str] = []
    run = measure([sys.executable, "-c", code], tmp_path, limit_s=60, hear=heard.append)
    assert run.result == {"own": []}
    assert 0.2 < run.seconds < 60
    assert run.peak_bytes > 200_000_000
    assert heard == ["working"]


@pytest.mark.parametrize(
    ("code", "limit_s", "reason"),
    [
        ("import sys; print('the reason', file=sys.stderr); sys.exit(3)", 60, "exit status 3\nthe reason"),
        ("import time; time.sleep(60)", 1, r"exit status -9 after 1 s \(limit 1 s\)"),
    ],
)
def test_a_process_that_fails_or_runs_too_long_says_so(tmp_path: Path, code: str, limit_s: float, reason: str) -> None:
    with pytest.raises(ProcessFailed, match=reason):
        measure([sys.executable, "-c", code], tmp_path, limit_s=limit_s)


def test_a_failed_stage_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(_: Bench) -> list[Figure]:
        raise RuntimeError("broken")

    good = Figure("Good", 1.0, "s")
    monkeypatch.setattr(bench, "STAGES", {"Bad": bad, "Good": lambda _: [good]})
    figures, failed = bench.run_stages(a_bench(tmp_path))
    assert (figures, failed) == ([good], {"Bad": "RuntimeError: broken"})
    report = json.loads(json.dumps(bench.report_of(a_bench(tmp_path), sample_source(), True, figures, failed)))
    assert report["failed"] == failed
    assert report["archive"]["sample"] is True
    assert report["machine"]["processor"] == "a processor"


def test_the_sample_stands_in_where_no_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CITECAST_ARCHIVE", raising=False)
    said: list[str] = []
    assert bench.choose_archive(None, tmp_path, said.append).sample
    assert "SAMPLE" in said[0]
    assert not bench.choose_archive(str(SAMPLE), tmp_path, said.append).sample
    monkeypatch.setenv("CITECAST_ARCHIVE", str(SAMPLE))
    assert not bench.choose_archive(None, tmp_path, said.append).sample


def test_the_measuring_process_stays_small() -> None:
    """A child's peak memory starts at its parent's size."""
    code = (
        "import eval.bench.run, sys; sys.exit(any(m in sys.modules for m in ('torch', 'llama_index', 'qdrant_edge')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Tests the `citecast` program: its help, errors in one line, its output; a few calls run as real processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from answer_contract import check_answer
from builds import Built
from cli_calls import call, commands, refused
from fakes import FakeEmbedder

from app.terminal.commands import Commands
from index.embedder import Embedder
from index.opened import Index
from ingest.text import clock

PROGRAM = Path(sys.executable).parent / "citecast"
COMMANDS = [function.partition(":")[2] for function in Commands.lazy]
QUESTION = "What does prompt caching save?"


def process(*args: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *args],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("CITECAST_")} | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def sample(sample_built: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
    """The sample index as the one in use, and the loaded model, so that a call need not load it again."""
    monkeypatch.setenv("CITECAST_DATA", str(sample_built.settings.data))
    monkeypatch.setattr(Embedder, "of", lambda settings: sample_built.embedder)
    return sample_built


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """Builds with hashed words instead of the model."""
    embedder = FakeEmbedder()
    monkeypatch.setattr(Embedder, "of", lambda settings: embedder)
    return embedder


def test_help_names_every_command() -> None:
    result = call("--help")
    assert result.exit_code == 0
    assert all(command in result.stdout for command in COMMANDS)
    assert COMMANDS == [
        "ingest", "ask", "search", "serve", "doctor", "check", "mcp", "forget", "backup", "gaps", "verify", "page",
        "worksheet",
    ]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_a_word_on_each_option(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"citecast {command}" in result.stdout
    options = re.findall(r"^│\s+\*?\s*(--?[\w-]+).*$", result.stdout, re.MULTILINE)
    assert "--data" in options
    for line in result.stdout.splitlines():
        if re.match(r"^│\s+--", line):
            assert re.search(r"[A-Z][^│]+\.\s", line), f"no help: {line}"


@pytest.mark.parametrize(("function", "help"), Commands.lazy.items())
def test_the_list_of_commands_says_what_the_commands_own_help_says(function: str, help: str) -> None:
    assert commands()[function.partition(":")[2]].help == help


def test_help_imports_no_command() -> None:
    code = "import sys, eval.cli; print({'numpy', 'pydantic', 'torch', 'llama_index'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_without_a_command_the_help_is_shown() -> None:
    assert "Usage: citecast" in call().output


@pytest.mark.parametrize(
    "args",
    [
        ["nothing"],
        ["ask"],
        ["ask", "Why?", "--nothing"],
        ["ask", "Why?", "--season", "one"],
        ["search", "gpu", "-k", "0"],
        ["search", "gpu", "-k", "51"],
        ["search", "gpu", "-k", "x"],
        ["serve", "--port", "x"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_exit_status_2(args: list[str]) -> None:
    result = call(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: citecast" in result.stderr


@pytest.mark.parametrize("args", [["ask", "Why?"], ["search", "gpu"], ["serve"], ["ingest", "--sample"], ["doctor"]])
def test_a_wrong_setting_is_named_with_its_source(args: list[str]) -> None:
    """One case: `ingest.settings` reads them for every command, and has its own tests."""
    line = refused(call(*args, CITECAST_WORKERS="many [/red] of them"))
    assert "'workers'" in line
    assert "CITECAST_WORKERS" in line
    assert "many [/red] of them" in line


def test_a_port_out_of_bounds_is_named_with_its_source() -> None:
    line = refused(call("serve", "--port", "70000"))
    assert "'port'" in line
    assert "command line" in line


@pytest.mark.parametrize("args", [["ask", "Why?"], ["ask", "--json", "Why?"], ["search", "gpu"], ["serve"]])
def test_without_an_index_the_command_that_makes_one_is_named(args: list[str]) -> None:
    assert "run `citecast ingest`" in refused(call(*args))


@pytest.mark.parametrize("args", [["ask", QUESTION], ["search", "gpu"], ["serve"]])
def test_an_index_of_other_settings_is_refused_with_the_command_that_mends_it(sample: Built, args: list[str]) -> None:
    line = refused(call(*args, CITECAST_PASSAGE_WORDS="99"))
    assert "passages" in line
    assert "run `citecast ingest`" in line


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--episode", "nowhere"], "no episode of the archive matches 'nowhere'"),
        (["--guest", "Zorblatt"], "no guest of the archive matches 'Zorblatt'"),
        (["--topic", "gardening"], "no topic of the archive matches 'gardening'"),
        (["--season", "99"], "no season of the archive matches '99'"),
        (["--season", "-1"], "no season of the archive matches '-1'"),
        (["--guest", "Ilvana", "--guest", "[/red]"], "no guest of the archive matches '[/red]'"),
        (["--guest", ""], "no guest of the archive matches ''"),
        (["--topic", "  "], "no topic of the archive matches '  '"),
        (["--episode", "\x1b[31m"], "no episode of the archive matches '\\x1b[31m'"),
    ],
    ids=str,
)
def test_a_filter_that_matches_nothing_says_what_there_is(
    sample: Built, command: str, args: Sequence[str], named: str
) -> None:
    line = refused(call(command, "gpu", *args))
    assert named in line
    assert "Try one of: " in line
    assert "\x1b" not in line


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--since", "spring"], "'spring' is no date: give a year, a month or a day, as 2023, 2023-05 or 2023-05-12"),
        (["--until", "2025-4"], "'2025-4' is no date"),
        (["--since", "2026"], "no episode is dated since 2026. They are from 2024-12-16 to 2025-04-07."),
        (
            ["--since", "2025-03", "--until", "2025-02"],
            "since 2025-03 and until 2025-02: the range ends before it begins",
        ),
    ],
)
def test_a_range_of_days_that_holds_nothing_says_what_there_is(
    sample: Built, command: str, args: Sequence[str], told: str
) -> None:
    assert told in refused(call(command, "gpu", *args))


@pytest.mark.parametrize(
    ("args", "slugs"),
    [
        (["--episode", "sample-cost-control-and-caching"], {"sample-cost-control-and-caching"}),
        (["--episode", "where the money goes"], {"sample-cost-control-and-caching"}),
        (["--guest", "bastien"], {"sample-serving-llms-batching-and-kv-cache"}),
        (["--guest", "Bástien Quillerand"], {"sample-serving-llms-batching-and-kv-cache"}),
        (
            ["--guest", "bastien", "--guest", "osric"],
            {"sample-serving-llms-batching-and-kv-cache", "sample-cost-control-and-caching"},
        ),
        (["--guest", "bastien", "--episode", "where the money goes"], set()),
        (["--since", "2025-04"], {"sample-rag-infrastructure-and-vector-search"}),
        (["--since", "2025-03-24", "--until", "2025-03"], {"sample-cost-control-and-caching"}),
        (["--until", "2025-12", "--guest", "osric"], {"sample-cost-control-and-caching"}),
    ],
)
def test_filters_match_parts_of_names(sample: Built, args: list[str], slugs: set[str]) -> None:
    result = call("search", "--json", "-k", "50", "cache", *args)
    assert {passage["episode"] for passage in json.loads(result.stdout)["passages"]} == slugs


def test_ask_json_is_one_line_that_keeps_the_contract(sample: Built, sample_index: Index) -> None:
    for question in (QUESTION, "Who won the chess world cup?"):
        result = call("ask", "--json", question)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.count("\n") == 1
        check_answer(json.loads(result.stdout), sample_index.episodes)


def test_ask_prints_each_moment_with_its_place(sample: Built) -> None:
    result = call("ask", QUESTION)
    shown = json.loads(call("ask", "--json", QUESTION).stdout)
    assert result.exit_code == 0
    assert result.stdout.startswith(QUESTION)
    assert "\x1b" not in result.stdout
    flat = " ".join(result.stdout.split())
    assert shown["citations"]
    for item in shown["citations"]:
        assert f"{item['speaker']} in “{item['title']}”, {clock(item['start'])}–" in flat
        assert item["quote"] in flat


def test_a_refusal_says_so_and_offers_the_nearest_chapters(sample: Built) -> None:
    result = call("ask", "Who won the chess world cup?")
    assert result.exit_code == 0
    assert "does not answer" in result.stdout
    assert "not an answer" in result.stdout


def test_an_earlier_question_gives_a_follow_up_its_subject(sample: Built) -> None:
    result = call("ask", "--json", "--after", "How do I cook risotto?", "--after", QUESTION, "And is it safe?")
    assert json.loads(result.stdout)["standalone_question"] == f"{QUESTION} And is it safe?"


def test_search_json_is_one_line_in_the_contracts_shape(sample: Built) -> None:
    result = call("search", "--json", "-k", "4", "kubernetes or slurm")
    assert (result.exit_code, result.stderr, result.stdout.count("\n")) == (0, "", 1)
    shown = json.loads(result.stdout)
    assert list(shown) == ["query", "passages", "timings_ms"]
    assert [passage["rank"] for passage in shown["passages"]] == [1, 2, 3, 4]
    assert list(shown["passages"][0]) == [
        "rank", "score", "episode", "title", "chapter", "start", "end", "speaker", "text", "url"
    ]  # fmt: skip


def test_search_prints_a_list(sample: Built) -> None:
    result = call("search", "-k", "2", "kubernetes or slurm")
    assert result.exit_code == 0
    assert re.findall(r"^ ?(\d+)\. \[Sample\]", result.stdout, re.MULTILINE) == ["1", "2"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "The question is empty"),
        ("\x07\x1b", "The question is empty"),
        ("x" * 100_000, "100,000 characters; the limit is 2,000"),
    ],
    ids=["empty", "control", "long"],
)
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_that_cannot_be_asked_says_why(sample: Built, command: str, question: str, reason: str) -> None:
    assert reason in refused(call(command, question))
    assert reason in refused(call(command, "--json", question))


@pytest.mark.parametrize(
    "question",
    [
        "?",
        "Зачем нужен кэш?",
        "a\x00b\x1b[31m\ncache\udcff",
        "<script>alert(1)</script>",
        "[/red][link=x]",
        "-5?",
    ],
)
def test_any_other_question_is_answered_or_refused(sample: Built, sample_index: Index, question: str) -> None:
    shown = call("ask", "--json", "--", question)
    assert (shown.exit_code, shown.stderr, shown.stdout.count("\n")) == (0, "", 1)
    check_answer(json.loads(shown.stdout), sample_index.episodes)
    for args in (["ask"], ["search"], ["search", "--json"]):
        result = call(*args, "--", question)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "\x1b" not in result.stdout
        assert "\x00" not in result.stdout


def test_ingest_sample_reports_and_then_has_nothing_to_do(fake_model: FakeEmbedder) -> None:
    first = call("ingest", "--sample")
    assert first.exit_code == 0
    assert "SAMPLE" in first.stdout
    assert "8 with" in first.stdout
    again = call("ingest", "--sample")
    assert again.exit_code == 0
    assert "unchanged: nothing to do" in again.stdout


def test_ingest_json_is_one_line(fake_model: FakeEmbedder) -> None:
    result = call("ingest", "--sample", "--json")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    shown = json.loads(result.stdout)
    assert shown["episodes"] == shown["embedded_episodes"] == 8
    assert shown["sample"] is True
    assert shown["changed"] is True
    assert shown["passages"] > 8
    assert shown["skipped"] == [
        {"file": "_podcast/_template.md", "line": None, "reason": "the site's blank form, no episode"}
    ]
    again = json.loads(call("ingest", "--sample", "--json").stdout)
    assert again["changed"] is False
    assert again["passages"] == shown["passages"]


def test_rebuild_embeds_everything_anew(fake_model: FakeEmbedder) -> None:
    call("ingest", "--sample")
    before = len(fake_model.embedded)
    assert call("ingest", "--sample", "--rebuild").exit_code == 0
    assert len(fake_model.embedded) == 2 * before


def test_an_interrupt_is_one_word_and_exit_status_130(
    fake_model: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.terminal.ingest.build_index", interrupt)
    result = call("ingest", "--sample")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "stopped\n")


def test_ingest_takes_a_folder(fake_model: FakeEmbedder, archive: Path) -> None:
    shown = json.loads(call("ingest", str(archive), "--json").stdout)
    assert (shown["episodes"], shown["sample"]) == (3, False)


@pytest.mark.parametrize("archive", ["nowhere", "file:///nowhere/at/all", "[/red]"])
def test_an_archive_that_cannot_be_had_is_told_with_the_way_out(archive: str) -> None:
    result = call("ingest", archive)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert archive in result.stderr
    assert "citecast ingest --sample" in result.stderr


@pytest.mark.parametrize("archive", ["nowhere", "file:///nowhere/at/all"])
def test_or_sample_says_that_it_goes_on_with_the_sample(fake_model: FakeEmbedder, archive: str) -> None:
    result = call("ingest", "--or-sample", "--json", archive)
    assert result.exit_code == 0
    assert archive in result.stderr
    assert "SAMPLE" in result.stderr
    shown = json.loads(result.stdout)
    assert (shown["sample"], shown["episodes"]) == (True, 8)


def test_the_sample_does_not_replace_the_index_of_an_archive(
    fake_model: FakeEmbedder, archive: Path, tmp_path: Path
) -> None:
    """`make chat ARCHIVE=` with a typing error, or without the disk, does not replace the index."""
    before = json.loads(call("ingest", str(archive), "--json").stdout)
    result = call("ingest", "--or-sample", "nowhere")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nowhere" in result.stderr
    assert "index at hand" in result.stderr
    assert json.loads(call("ingest", str(archive), "--json").stdout) == before | {
        "changed": False,
        "embedded_episodes": 0,
        "seconds": ANY,
    }


def test_or_sample_takes_the_archive_where_it_is_there(fake_model: FakeEmbedder, archive: Path) -> None:
    result = call("ingest", "--or-sample", "--json", str(archive))
    assert "SAMPLE" not in result.stderr
    assert json.loads(result.stdout)["sample"] is False


def test_an_empty_archive_is_told_and_leaves_the_index(fake_model: FakeEmbedder, archive: Path, tmp_path: Path) -> None:
    call("ingest", str(archive))
    (tmp_path / "empty" / "_podcast").mkdir(parents=True)
    assert "no usable episode" in refused(call("ingest", str(tmp_path / "empty")))
    assert json.loads(call("ingest", str(archive), "--json").stdout)["changed"] is False


def test_a_data_folder_that_is_a_file_is_told(fake_model: FakeEmbedder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert str(tmp_path / "file") in refused(call("ingest", "--sample", "--data", str(tmp_path / "file")))
    assert str(tmp_path / "file") in refused(call("ask", "Why?", "--data", str(tmp_path / "file")))


def test_the_data_option_goes_before_the_variable(fake_model: FakeEmbedder, tmp_path: Path) -> None:
    assert call("ingest", "--sample", "--data", str(tmp_path / "chosen")).exit_code == 0
    assert (tmp_path / "chosen" / "index" / "current").is_file()
    assert not (tmp_path / "data" / "index").exists()


def test_a_model_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    line = refused(call("ingest", "--sample", CITECAST_EMBEDDER=str(tmp_path / "model")))
    assert "CITECAST_EMBEDDER=minilm" in line


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "ü..b", "256.256.256.256"])
def test_a_host_that_cannot_be_listened_on_is_told(sample: Built, host: str) -> None:
    result = call("serve", "--host", host, "--port", "0")
    assert result.exit_code == 1
    assert "cannot listen on" in result.stderr
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)


class TestProcess:
    """The installed program."""

    def test_completion_gives_a_script(self, tmp_path: Path) -> None:
        environ = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
        result = process("--show-completion", "bash", folder=tmp_path, **environ)
        assert result.returncode == 0, result.stderr
        assert "complete -o" in result.stdout

    def test_completion_completes_commands(self, tmp_path: Path) -> None:
        words = {"_CITECAST_COMPLETE": "complete_bash", "COMP_WORDS": "citecast se", "COMP_CWORD": "1"}
        assert process(folder=tmp_path, **words).stdout.split() == ["search", "serve"]

    def test_an_unknown_setting_is_one_line(self, tmp_path: Path) -> None:
        result = process("ask", "Why?", folder=tmp_path, CITECAST_WORKRES="1")
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("citecast: ")
        assert "Traceback" not in result.stderr

    def test_ask_json_prints_one_line_and_nothing_else(
        self, tmp_path: Path, sample_built: Built, sample_index: Index
    ) -> None:
        data = str(sample_built.settings.data)
        result = process("ask", "--json", QUESTION, folder=tmp_path, CITECAST_DATA=data)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.count("\n") == 1
        check_answer(json.loads(result.stdout), sample_index.episodes)

    def test_an_answer_of_quotes_imports_no_llama_index(self, tmp_path: Path, sample_built: Built) -> None:
        data = str(sample_built.settings.data)
        result = process("ask", QUESTION, folder=tmp_path, CITECAST_DATA=data, PYTHONPROFILEIMPORTTIME="1")
        imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()}
        assert result.returncode == 0
        assert "sentence_transformers" in imported
        assert not {"llama_index", "llama_index_instrumentation", "sqlalchemy", "openai"} & imported


def test_the_model_is_loaded_only_where_it_is_needed(sample: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a question or a filter is reported fast."""

    def load(self: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(Embedder, "_model", property(load))
    assert "no guest" in refused(call("ask", "Why?", "--guest", "Zorblatt"))
    assert "empty" in refused(call("ask", ""))

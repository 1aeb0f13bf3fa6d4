"""Tests the program's output if a terminal, a pipe or a disk fails, and how it shows untrusted text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from builds import Built
from cli_calls import call
from fakes import CountingProgress, FakeEmbedder, settings_for

from app.terminal.output import Terminal
from index.building.build import BuildError, build_index
from index.embedder import Embedder
from index.opened import open_index
from ingest.sources.open import open_sources
from ingest.sources.urls import harmless, one_line

ROOT = Path(__file__).parents[3]
# Control sequences of a terminal: colours, the title, a link, C1, carriage return, reordering.
HOSTILE = ["\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\\\link", "a\x9b31mb", "a\rb", "a\u202eb", "a\nb"]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "lines.jsonl").write_text('{"sentence": "Tapes last.", "quotes": ["Tapes last."]}\n' * 3)
    (tmp_path / "statements.txt").write_text("A cache saves money.\n\nTapes last.\n\n", encoding="utf-8-sig")
    (tmp_path / "suite.jsonl").write_text('{"id": "a", "question": "What does prompt caching save?"}\n', "utf-8-sig")
    return tmp_path


# One that prints at once, with each kind of closed output; then each way of printing (rich, plain, JSON a line), and
# the command that also writes files. Each is a process that loads the models, so not every pair.
CLOSED = [
    (">&-", ["--help"]),
    ("> /dev/full", ["--help"]),
    ("| true", ["--help"]),
    ("> /dev/full", ["doctor"]),
    (">&-", ["ask", "What does prompt caching save?"]),
    ("| true", ["search", "caching", "--json"]),
    ("> /dev/full", ["eval", "suite.jsonl", "--out", "out"]),
]


def run(
    shell: str, args: Sequence[str | bytes], files: Path, built: Built, **environ: str
) -> subprocess.CompletedProcess[str]:
    """The program in a shell that does `shell` with its output."""
    command = f'"$0" -m eval.cli "$@" {shell}'
    return subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}", sys.executable, *args],
        cwd=files,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CITECAST_DATA": str(built.settings.data)} | environ,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(("shell", "args"), CLOSED)
def test_output_that_takes_no_more_ends_in_one_line_and_a_status(
    shell: str, args: list[str], files: Path, sample_built: Built
) -> None:
    done = run(shell, args, files, sample_built)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if shell == "| true" and done.returncode == 0:
        return  # it ended before the pipe did
    assert done.returncode == 74
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("citecast: ")]
    assert "output" in line


@pytest.mark.parametrize(
    ("args", "encoding"),
    [(["ask", b"W\xc3\xa4re \xff\xfe a cache \xe2\x80\x9ctruly\xe2\x80\x9d?"], "ascii"), (["--help"], "cp1252")],
    ids=["ask", "help"],
)
def test_bytes_that_are_no_text_and_what_a_terminal_cannot_encode_are_replaced(
    args: list[str | bytes], encoding: str, files: Path, sample_built: Built
) -> None:
    done = run("| cat", args, files, sample_built, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_blank_lines_and_a_byte_order_mark_of_a_file_are_no_statements(
    files: Path, sample_built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Embedder, "of", lambda settings: sample_built.embedder)
    data = str(sample_built.settings.data)
    done = call("verify", "--file", str(files / "statements.txt"), "--json", CITECAST_DATA=data)
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "args",
    [
        ["ingest", "{}"], ["ingest", "https://127.0.0.1:9/{}"], ["check", "{}"], ["{}"], ["ask", "q", "--{}"],
        ["search", "q", "-k", "{}"], ["verify", "--file", "{}"], ["ingest", "a", "{}"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_was_typed_cannot_steer_the_terminal(args: list[str], text: str) -> None:
    result = call(*[arg.replace("{}", text) for arg in args])
    assert result.exit_code != 0
    assert not set(result.output) & set("\x07\x1b\x9b\r\u202e")
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("args", [["check"], ["verify", "--file", "-"]])
def test_a_closed_standard_input_is_told_in_one_line(args: list[str], files: Path, sample_built: Built) -> None:
    done = run("<&-", args, files, sample_built)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "citecast: -: standard input is closed")
    assert "Traceback" not in done.stderr


def test_a_name_between_colons_is_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().print("git@h:x: no :smile:", markup=False)
    assert capsys.readouterr().out == "git@h:x: no :smile:\n"


def test_passwords_in_messages_of_all_commands_are_hidden() -> None:
    assert one_line("no http://bob:sECRET@host\n\x1b") == "no http://host\\n\\x1b"
    assert harmless("two\nlines 👩\u200d🔬") == "two\nlines 👩\\u200d🔬"


@pytest.mark.parametrize("key", ["store", "archive"])
def test_doctor_shows_no_password(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CITECAST_{key.upper()}", "http://bob:p%40sECRET@127.0.0.1:9/x")
    for args in ([], ["--json"]):
        output = call("doctor", *args).output
        assert "sECRET" not in output
        assert "bob" not in output


@pytest.mark.parametrize("megabytes", [1, 3, 6, 12, 40, 66, 90])
def test_a_small_tmpfs_is_refused_or_enough_and_never_kills(archive: Path, tmp_path: Path, megabytes: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk], check=False).returncode:
        pytest.skip("mounting needs rights")
    try:
        settings = settings_for(disk / "data")
        source = open_sources([str(archive)], settings.data, lambda _: None)
        for _ in range(2):
            try:
                build_index(source, settings, FakeEmbedder(), CountingProgress())
            except BuildError as error:
                assert "full" in str(error)
                assert megabytes < 90
            else:
                open_index(settings, FakeEmbedder()).store.close()
    finally:
        subprocess.run(["umount", disk], check=True)

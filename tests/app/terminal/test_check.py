"""Tests `citecast check`: verdicts in the order of the lines, without an index; a bad line is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_calls import call
from fakes import FakeEmbedder

from app.support.check import Gate
from app.terminal.check import LineError, read
from index.embedder import Embedder

QUOTE = "I would not buy birch any more. It burns fast and it is forty percent more expensive here."
ROWS: list[dict[str, Any]] = [
    {"sentence": "It burns fast and it is forty percent more expensive here.", "quotes": [QUOTE]},
    {"sentence": "It burns fast and it is ninety percent more expensive here.", "quotes": [QUOTE], "question": "Why?"},
    {"sentence": "Birch “burns” fast — naïvely.", "quotes": ["", QUOTE], "question": None, "more": [1]},
    {"sentence": "", "quotes": []},
]


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Embedder, "of", lambda settings: FakeEmbedder())


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_each_line_has_the_verdict_that_answers_use(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(lines(ROWS), encoding="utf-8")
    gate = Gate(FakeEmbedder())
    expected = [gate.check(row["sentence"], row["quotes"], row.get("question") or "") for row in ROWS]
    results = [
        call("check", str(file)),
        call("check", "-", given=lines(ROWS)),
        call("check", given=lines(ROWS)),
    ]
    for result in results:
        assert (result.exit_code, result.stderr) == (0, "")
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert [list(row) for row in found] == [["support", "shown", "reasons"]] * len(ROWS)
        assert [row["shown"] for row in found] == [verdict.shown for verdict in expected]
        assert [row["reasons"] for row in found] == [
            [str(reason) for reason in verdict.reasons] for verdict in expected
        ]
        assert [row["support"] for row in found] == pytest.approx([v.support for v in expected], abs=6e-4)
    assert [row["shown"] for row in found][:2] == [True, False]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "an object is wanted"),
        ('{"quotes": []}', "`sentence`"),
        ('{"sentence": 3, "quotes": []}', "`sentence`"),
        ('{"sentence": "It is.", "quotes": "It is."}', "`quotes`"),
        ('{"sentence": "It is."}', "`quotes`"),
        ('{"sentence": "It is.", "quotes": [1]}', "`quotes`"),
        ('{"sentence": "It is.", "quotes": [], "question": 1}', "`question`"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_named_and_what_was_printed_stays(bad: str, reason: str) -> None:
    given = lines(ROWS[:2]) + "\n" + bad + "\n" + lines(ROWS[2:])
    result = call("check", given=given)
    assert result.exit_code == 2
    assert "line 4" in result.stderr
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [json.loads(line)["shown"] for line in result.stdout.splitlines()] == [True, False]


def test_bytes_that_are_no_text_are_a_bad_line_and_a_byte_order_mark_is_none() -> None:
    first = b"\xef\xbb\xbf" + lines(ROWS[:1]).encode()
    assert len(list(read([first, b"  \n"]))) == 1
    with pytest.raises(LineError, match=r"line 2: not UTF-8"):
        list(read([first, b'{"sentence": "\xff", "quotes": []}']))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = call("check", str(tmp_path / "none.jsonl"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none.jsonl: No such file" in result.stderr


def test_a_verdict_is_out_before_the_next_line_comes(tmp_path: Path) -> None:
    """The real model, in a process without an index: each line of a pipe is answered at once."""
    program = [sys.executable, "-c", "from eval.cli import main; main()", "check", "--data", str(tmp_path / "none")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for row in ROWS[:2]:
            process.stdin.write(lines([row]).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["shown"] is (row is ROWS[0])
        process.stdin.close()
        assert (process.wait(60), process.stdout.read(), process.stderr.read()) == (0, b"", b"")
    assert not (tmp_path / "none").exists()

"""Tests verdicts on the sentences of a page, on the sample archive, and the command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from builds import Built
from typer.testing import CliRunner

from app.terminal.commands import app as cli
from app.wiki.check import WikiChecker
from app.wiki.reach import reach_of
from app.wiki.reading.chips import read_chip
from app.wiki.reading.page import parse_page
from app.wiki.report import Format, Report, written
from app.wiki.verdicts import Checked
from index.archive import ArchiveView
from index.opened import Index

SLUG = "sample-serving-llms-batching-and-kv-cache"
TWO_PHASES = (
    "During prefill the model reads the whole prompt in one go, and decode writes the answer one token at a time."
)
ONE = f"{TWO_PHASES} [[cite:{SLUG}@00:57=>Prefill]]"


@pytest.fixture(scope="module")
def checker(sample_built: Built, sample_index: Index) -> WikiChecker:
    return WikiChecker(ArchiveView(sample_index, sample_built.embedder), suggest=True)


def check(checker: WikiChecker, body: str) -> list[Checked]:
    return list(checker.check(parse_page("page", body)))


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (ONE, "there"),
        (ONE.replace("@00:57", ""), "there"),
        (ONE.replace("@00:57", "@07:13"), "elsewhere"),
        (ONE.replace("During", "Bastien Quillerand: during"), "there"),
        (ONE.replace("the whole prompt", "the whole prompt of 9,700 words"), "partly"),
        (f"Old kilns waste most of their heat in winter. [[cite:{SLUG}=>Kilns]]", "not_found"),
        (ONE.replace(SLUG, "no-such-episode"), "unknown_slug"),
        (ONE.replace("@00:57", "@99:59"), "beyond_end"),
        (ONE.replace("cite:", "book:").replace("@00:57", ""), "outside"),
        ("Use [[Prefill]] for the first phase.", "no_claim"),
        (TWO_PHASES, "uncited"),
    ],
)
def test_a_sentence_gets_the_verdict_of_its_chips(checker: WikiChecker, body: str, verdict: str) -> None:
    (one,) = check(checker, body)
    assert one.verdict.value == verdict


def test_what_is_said_there_is_cited_and_what_is_said_elsewhere_named(checker: WikiChecker) -> None:
    (there,), (moved,) = check(checker, ONE), check(checker, ONE.replace("@00:57", "@07:13"))
    assert [citation.evidence.speaker for citation in there.citations] == ["Bastien Quillerand"]
    assert 57 <= there.citations[0].evidence.start < 128
    assert there.score > 0.5 > moved.score
    assert read_chip(moved.suggested).start == 57
    assert check(checker, moved.suggested and f"{TWO_PHASES} {moved.suggested}")[0].verdict.value == "there"


def test_a_sentence_without_a_chip_gets_one(checker: WikiChecker) -> None:
    (one,) = check(checker, TWO_PHASES)
    assert (read_chip(one.suggested).slug, read_chip(one.suggested).start) == (SLUG, 57)


def test_words_of_another_guest_are_told_from_those_of_the_named_one(checker: WikiChecker, sample_index: Index) -> None:
    other = next(guest for guest in sample_index.catalog.guests if guest not in sample_index.episodes[SLUG].guests)
    (one,) = check(checker, ONE.replace("During prefill", f"As {other} says, during prefill"))
    assert one.verdict.value == "other_guest"
    assert other in one.notes[0]


def test_what_an_archive_holds_back_was_taken_down(sample_built: Built, sample_index: Index, tmp_path: Path) -> None:
    report = {"skipped": [{"file": "_podcast/_kilns.md", "reason": "unpublished: it begins with _"}], "taken_down": []}
    (tmp_path / "report.json").write_text(json.dumps(report))
    held = Index(**{name: getattr(sample_index, name) for name in Index.__dataclass_fields__} | {"folder": tmp_path})
    (one,) = check(WikiChecker(ArchiveView(held, sample_built.embedder)), ONE.replace(SLUG, "kilns"))
    assert (one.verdict.value, one.notes) == ("taken_down", ("kilns was taken down",))


def test_a_second_reaches_to_the_end_of_its_chapter_and_a_bare_question_into_the_next(sample_index: Index) -> None:
    episode = sample_index.episodes[SLUG]
    chapter = episode.chapters[1]

    def reach(second: str) -> tuple[int, int]:
        found = reach_of(read_chip(f"[[cite:{SLUG}@{second}=>x]]"), sample_index.episodes)
        assert found is not None
        return found.first, found.last

    assert reach("00:57") == (chapter.first, chapter.last)
    assert reach("01:03") == (chapter.first + 1, chapter.last)
    assert reach("01:20")[1] == chapter.last
    assert reach("01:52") == (chapter.last - 1, episode.chapters[2].last)


def test_reports_hold_nothing_of_others_as_markup(checker: WikiChecker) -> None:
    bad = f"{TWO_PHASES.replace('prefill', '&lt;b&gt;prefill [x](javascript:1)', 1)} [[cite:{SLUG}@07:13=>Prefill]]"
    report = Report(check(checker, bad), [], 1)
    assert report.failed
    assert "<b>" not in written(report, Format.HTML)
    assert "](javascript" not in written(report, Format.MARKDOWN)
    assert "page:1: cited, borne out elsewhere in the episode" in written(report, Format.TEXT)
    (line,) = written(report, Format.JSONL).splitlines()
    assert {"page", "line", "sentence", "kind", "chips", "verdict", "score", "citations"} <= set(json.loads(line))


def test_the_command_checks_changed_lines_and_its_status_says_what_to_do(sample_built: Built, tmp_path: Path) -> None:
    wiki = tmp_path / "wiki"
    wiki.mkdir()
    page = wiki / "phases.md"
    page.write_text(f"{ONE}\n\nPots crack. [[cite:no-such-episode=>Pots]]\n")

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(wiki), "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    data = ["--data", str(sample_built.settings.data)]
    runner = CliRunner()
    whole = runner.invoke(cli, ["verify", "--wiki", str(wiki), "--json", *data])
    assert whole.exit_code == 3
    verdicts = [json.loads(line).get("verdict") for line in whole.stdout.splitlines()]
    assert [verdict for verdict in verdicts if verdict] == ["there", "unknown_slug"]
    page.write_text(page.read_text().replace("Pots crack", "Pots break"))
    changed = runner.invoke(cli, ["verify", "--wiki", str(wiki), "--json", "--changed-since", "HEAD", *data])
    assert [json.loads(line)["sentence"] for line in changed.stdout.splitlines()] == ["Pots break."]
    for words, told in (
        ([str(wiki / "none.md")], "no such file or folder"),
        ([str(wiki), "--changed-since", "no-such-branch"], "give a revision"),
    ):
        failed = runner.invoke(cli, ["verify", "--wiki", *words, *data])
        assert (failed.exit_code, told in " ".join(failed.output.split())) == (2, True)

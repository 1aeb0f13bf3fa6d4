"""Tests `citecast forget`, `backup`, `gaps` and `eval harvest`, and what an ingest removes from shared answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builds import Built, answerer_of
from chat_fake import FakeAnswerer
from cli_calls import call, refused
from fakes import FakeEmbedder
from kept_fake import Kept

from app.keeping.database import Database
from app.keeping.keeper import Feedback, Keeper, Verdict
from app.keeping.stored import WITHDRAWN
from app.types import Outcome
from eval.cli import eval_app
from eval.running.suites import read_suite
from index.embedder import Embedder
from index.filters import Filters


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setenv("CITECAST_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(Embedder, "of", lambda settings: FakeEmbedder())
    return Kept(tmp_path / "data")


def shared(kept: Kept) -> str:
    keeper = kept.keeper()
    return keeper.share(keeper.pack(FakeAnswerer().ask("quotes")))


def test_forget_deletes_what_is_named_and_says_how_much(kept: Kept) -> None:
    first, second, third = shared(kept), shared(kept), shared(kept)
    done = call("forget", first, f"https://pods.example.org/a/{second}")
    assert done.stdout == "removed: 2 shared answers, 0 times feedback, 0 questions without an answer\n"
    assert call("forget", "--before", "2020-01-01").stdout.startswith("removed: 0 ")
    assert kept.keeper().shared(third)
    assert "1 of 1 are no shared answers" in refused(call("forget", first))
    assert call("forget", "--all").stdout.startswith("removed: 1 ")
    assert kept.keeper().shared(third) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to forget"),
        (["--all", "--before", "2026-01-01"], "say what to forget"),
        (["--before", "yesterday"], "give it as 2026-01-31"),
        (["--before", ""], "give it as 2026-01-31"),
        (["../../etc/passwd"], "is no shared answer: give its id"),
    ],
)
def test_what_cannot_be_forgotten_is_refused(kept: Kept, words: list[str], said: str) -> None:
    id = shared(kept)
    assert said in refused(call("forget", *words))
    assert kept.keeper().shared(id)


def test_nothing_is_there_to_forget_or_copy_before_the_first_visitor(kept: Kept, tmp_path: Path) -> None:
    assert call("forget", "--all").stdout.startswith("removed: 0 ")
    assert "nothing was shared or said" in refused(call("backup", tmp_path / "copy"))
    assert not kept.folder.exists()


def test_a_backup_can_take_the_place_of_a_damaged_file(kept: Kept, tmp_path: Path) -> None:
    id = shared(kept)
    copy = tmp_path / "copy.sqlite"
    assert call("backup", copy).exit_code == 0
    assert "exists already" in refused(call("backup", copy))
    for file in kept.folder.glob("state.sqlite*"):
        file.unlink()
    kept.state.path.write_bytes(b"damaged" * 1000)
    assert "put a copy that `citecast backup` wrote in its place" in refused(call("gaps"))
    copy.rename(kept.state.path)
    assert kept.keeper().shared(id)


def test_gaps_and_harvest_have_what_visitors_said(kept: Kept, tmp_path: Path) -> None:
    assert "Nothing yet" in call("gaps").stderr
    assert json.loads(call("gaps", "--json").stdout) == {"gaps": []}
    out = tmp_path / "suite.jsonl"
    assert eval_app.info.name == "eval"  # its import adds the command
    assert "no file was written" in call("eval", "harvest", out).stderr
    keeper = kept.keeper()
    for question, outcome, verdict, note in (
        ("Who was Zorblatt?", Outcome.REFUSED, Verdict.DOWN, "Episode 12\x1b[31m"),
        ("who was zorblatt?", Outcome.NEAREST, Verdict.UP, ""),
        ("What is a <b>lake</b>?", Outcome.ANSWERED, Verdict.UP, ""),
    ):
        keeper.judge(Feedback(question, question, outcome, verdict, note))
    text = call("gaps").stdout
    assert text.splitlines()[0] == "    2  Who was Zorblatt?  (refused 1, nearest 1, thumbs down 1)"
    assert "\x1b" not in text
    (gap,) = json.loads(call("gaps", "--json").stdout)["gaps"]
    assert (gap["count"], gap["down"], gap["outcomes"]) == (2, 1, {"refused": 1, "nearest": 1})

    assert call("eval", "harvest", out).stdout.startswith("2 questions to be labelled")
    items = read_suite(out).items
    assert [item.turns for item in items] == [("who was zorblatt?",), ("What is a <b>lake</b>?",)]
    assert items[0].raw["feedback"] == {
        "down": 1, "up": 1, "outcomes": {"refused": 1, "nearest": 1}, "notes": ["Episode 12\x1b[31m"],
        "days": items[0].raw["feedback"]["days"],
    }  # fmt: skip
    assert "exists already" in refused(call("eval", "harvest", out))


def test_an_ingest_removes_what_was_taken_down(built: Built, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = built.settings
    monkeypatch.setenv("CITECAST_DATA", str(settings.data))
    monkeypatch.setattr(Embedder, "of", lambda settings: built.embedder)
    answerer = answerer_of(settings, built.embedder)
    made = answerer.ask("What does the guest of alpha say?", filters=Filters(episodes=("alpha",)))
    keeper = Keeper(Database(settings.data), settings, lambda: answerer.archive.index)
    id = keeper.share(keeper.pack(made))
    quotes = [one.evidence.text for one in (*made.citations, *made.nearest)]
    assert quotes
    (archive / "_podcast" / "alpha.md").rename(archive / "_podcast" / "_alpha.md")
    done = call("ingest", archive)
    answerer.close()
    assert "1 shared answers had words of episodes that were taken down" in done.stderr
    raw = b"".join(file.read_bytes() for file in settings.data.glob("state.sqlite*"))
    assert not any(json.dumps(quote)[1:40].encode() in raw for quote in quotes)
    with Database(settings.data).reading() as state:
        (stored,) = state.execute("SELECT stored FROM answers WHERE id = ?", (id,)).fetchone()
    assert WITHDRAWN in stored

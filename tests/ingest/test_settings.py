"""Tests settings: defaults, file, variables, flags, in this order; unknown keys and bad values are refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.settings import ARCHIVE, Settings, SettingsError, load_settings


def load(folder: Path, file: str | None = None, environ: dict[str, str] | None = None, **flags: Any) -> Settings:
    if file is not None:
        (folder / "citecast.toml").write_text(file)
    return load_settings(flags, environ=environ or {}, folder=folder)


def refusal(folder: Path, *args: Any, **flags: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, *args, **flags)
    return str(caught.value)


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.archive == ARCHIVE
    assert settings.data.is_absolute()
    assert load_settings(environ={}, folder=tmp_path) == settings


def test_flags_beat_variables_beat_the_file(tmp_path: Path) -> None:
    file = "passage_words = 50\nport = 1\nthreads = 1\n"
    settings = load(tmp_path, file, {"CITECAST_PORT": "2", "CITECAST_THREADS": "2"}, threads=3, workers=None)
    assert (settings.passage_words, settings.port, settings.threads, settings.workers) == (50, 2, 3, 2)


def test_variables_of_others_are_ignored(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"PORT": "1", "CITE_PORT": "2"}).port == 7860


@pytest.mark.parametrize(
    ("kind", "arguments", "parts"),
    [
        ("file", ("prot = 1\n",), ("citecast.toml", "'prot'", "did you mean port?")),
        ("variable", (None, {"CITECAST_PROT": "1"}), ("CITECAST_PROT", "did you mean CITECAST_PORT?")),
        ("far off", ("zzz = 1\n",), ("'zzz'", "known: archive, allow_private_addresses, data")),
        ("table", ("[store]\nurl = 'x'\n",), ("citecast.toml", "'store'")),
    ],
)
def test_unknown_keys_and_tables_are_errors(
    tmp_path: Path, kind: str, arguments: tuple[Any, ...], parts: tuple[str, ...]
) -> None:
    message = refusal(tmp_path, *arguments)
    assert all(part in message for part in parts), (kind, message)


@pytest.mark.parametrize(
    ("file", "environ", "flags", "origin"),
    [
        ("port = 99999\n", {}, {}, "citecast.toml: setting 'port'"),
        ("port = 1\n", {"CITECAST_PORT": "x"}, {}, "environment variable CITECAST_PORT: setting 'port'"),
        ("port = 1\n", {"CITECAST_PORT": "2"}, {"port": -1}, "command line: setting 'port'"),
    ],
)
def test_a_bad_value_is_refused_with_its_origin(
    tmp_path: Path, file: str, environ: dict[str, str], flags: dict[str, Any], origin: str
) -> None:
    assert origin in refusal(tmp_path, file, environ, **flags)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("passage_words", 39), ("passage_words", 401), ("passage_words", 1.5), ("evidence_words", 59), ("threads", -1),
        ("request_seconds", 0), ("request_seconds", float("nan")), ("request_seconds", float("inf")), ("workers", 0),
        ("store", "localhost:6333"), ("archive", ""), ("embedder", ""), ("model", ""), ("host", ""), ("data", ""),
        ("data", 5), ("archive", [5]), ("archive", []),
        ("model_seconds", 0), ("model_seconds", 601), ("context_tokens", 511),
        ("context_tokens", -1), ("model_server", "localhost:8000"), ("model", "http://"),
    ],
)  # fmt: skip
def test_bounds(tmp_path: Path, key: str, value: Any) -> None:
    assert f"setting {key!r}" in refusal(tmp_path, **{key: value})


def test_paths_of_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, "data = 'state'\narchive = '../talks'\n")
    assert settings.data == tmp_path / "state"
    assert settings.archive == (str(tmp_path / "../talks"),)


@pytest.mark.parametrize("url", ["https://host/x.git", "file:///x", "git@github.com:owner/name.git", "ssh://g@h/x"])
def test_a_git_url_of_the_file_stays_one(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f"archive = '{url}'\n").archive == (url,)


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load(tmp_path, "data = '~/state'\n").data == tmp_path / "home" / "state"
    assert load(tmp_path, "", {"CITECAST_DATA": "~/other"}).data == tmp_path / "home" / "other"
    assert load(tmp_path, "", {"CITECAST_DATA": "~nobody-of-this-name/x"}).data.is_absolute()


@pytest.mark.parametrize("content", [b"port = \n", b"\xff\xfe", b"port = 1\nport = 2\n"])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "citecast.toml").write_bytes(content)
    assert "citecast.toml" in refusal(tmp_path)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "citecast.toml").mkdir()
    assert "citecast.toml" in refusal(tmp_path)


def test_settings_cannot_be_changed_and_are_all_described(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="frozen"):
        load(tmp_path).port = 5
    assert all(field.description for field in Settings.model_fields.values())


def test_a_byte_order_mark_before_the_file_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "citecast.toml").write_bytes(b"\xef\xbb\xbfport = 5\n")
    assert load(tmp_path).port == 5

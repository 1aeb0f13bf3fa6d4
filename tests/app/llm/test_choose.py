"""Tests what each value of `--model` means, and what `auto` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llm_fakes import FakeServer, ScriptedEngine, said, serving, smollm2, speak
from pydantic import SecretStr

from app.llm import choose
from app.llm.choose import CPU_MODEL, GPU_MODEL, Choice, load_engine, parse_model
from app.llm.engine import Engine, EngineUnavailable
from ingest.settings import Settings, SettingsError, load_settings


@pytest.fixture
def gguf(tmp_path: Path) -> str:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    return str(file)


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ("extractive", Choice("extractive")),
        ("http://localhost:8000/v1", Choice("server", "http://localhost:8000/v1")),
        ("http://localhost:8000", Choice("server", "http://localhost:8000/v1")),
        ("https://host/api/v1/#owner/m", Choice("server", "https://host/api/v1", "owner/m")),
        ("http://localhost:11434/v1#qwen2.5:1.5b", Choice("server", "http://localhost:11434/v1", "qwen2.5:1.5b")),
        ("transformers:owner/model", Choice("transformers", "owner/model")),
        ("owner/model", Choice("transformers", "owner/model")),
        ("llama:owner/model-GGUF", Choice("llama", "owner/model-GGUF")),
        ("llama:owner/model-GGUF:q4.gguf", Choice("llama", "owner/model-GGUF", "q4.gguf")),
        (GPU_MODEL, Choice("transformers", GPU_MODEL.partition(":")[2])),
        (CPU_MODEL, Choice("llama", *CPU_MODEL.split(":")[1:])),
    ],
)
def test_values(value: str, choice: Choice) -> None:
    assert parse_model(value) == choice


def test_files_and_folders(gguf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_model(gguf) == parse_model(f"llama:{gguf}") == Choice("llama", gguf)
    assert parse_model(f"transformers:{gguf}") == Choice("transformers", gguf)
    assert parse_model(str(tmp_path)) == Choice("transformers", str(tmp_path))
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    assert parse_model(gguf) == Choice("transformers", gguf)


def test_a_tilde_is_the_home_folder(gguf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_model("~/model.gguf") == parse_model("llama:~/model.gguf") == Choice("llama", gguf)


@pytest.mark.parametrize(
    "value",
    [
        "gpt-9", "none.gguf", "llama:none.gguf", "transformers:none.gguf", "llama:", "transformers:", "owner/none.gguf",
        "llama:owner/x.gguf", "llama:owner/name:file.bin", "http://a\x00b/v1", "/no/such/folder", "a/b/c",
    ],
)  # fmt: skip
def test_values_that_mean_nothing(value: str) -> None:
    with pytest.raises(SettingsError, match="setting 'model'"):
        parse_model(value)


@pytest.mark.parametrize("key", ["model", "model_server"])
@pytest.mark.parametrize("url", ["http://me:secret@host/v1", "http://", "ftp://host/v1", "http://host/v1?key=secret"])
def test_urls_that_no_run_may_keep(key: str, url: str) -> None:
    with pytest.raises(ValueError, match=key):
        Settings.model_validate({key: url})


def test_the_key_is_not_in_what_is_kept_or_shown() -> None:
    settings = Settings(api_key=SecretStr("sk-secret "))
    assert settings.api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(settings) + settings.model_dump_json() + str(settings.model_dump())


@pytest.mark.parametrize("key", ["sk\nsecret", "sk-żecret"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={"CITECAST_API_KEY": key}, folder=Path("/nowhere"))
    assert "CITECAST_API_KEY" in str(caught.value)
    assert key not in str(caught.value)


# Loading.


def test_extractive_is_no_engine() -> None:
    assert load_engine(Settings()) is None


def test_a_server_is_asked_for_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FakeServer(speak("yes"))) as server:
        engine = load_engine(Settings(model=server.url))
    assert engine
    assert (engine.name, engine.context_tokens) == ("server:fake-1b", 2048)


def test_a_server_need_not_be_there_yet() -> None:
    engine = load_engine(Settings(model="http://127.0.0.1:9/v1#owner/m"))
    assert engine
    assert engine.name == "server:m"


def test_settings_reach_the_server() -> None:
    with serving(FakeServer(speak("yes"))) as server:
        engine = load_engine(
            Settings(model=f"{server.url}#m", api_key=SecretStr("k"), context_tokens=999, model_seconds=7)
        )
        assert engine
        assert list(engine.stream(said("?"))) == ["yes"]
        assert (server.calls[0].key, server.calls[0].body["model"]) == ("Bearer k", "m")
        assert (engine.context_tokens, engine.seconds) == (999, 7)


def test_llamacpp_is_loaded_with_the_settings() -> None:
    engine = load_engine(Settings(model=f"llama:{smollm2()}", context_tokens=600, threads=1, workers=1))
    assert engine
    # llama.cpp rounds a window up.
    assert (engine.name, engine.context_tokens) == ("llama:SmolLM2-135M-Instruct.Q4_1", 768)


def test_transformers_is_loaded_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def load(source: str, **more: Any) -> ScriptedEngine:
        asked.update(more, source=source)
        return ScriptedEngine(["yes"])

    monkeypatch.setattr("app.llm.choose.Transformers", load)
    assert load_engine(Settings(model="owner/model", context_tokens=600, model_seconds=7))
    assert asked == {"source": "owner/model", "context_tokens": 600, "seconds": 7}


def test_a_hub_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailable, match=r"hub does not give owner/no-such-GGUF.*CITECAST_MODEL=FILE\.gguf"):
        load_engine(Settings(model="llama:owner/no-such-GGUF:file.gguf"))


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (["m-q8_0.gguf", "m-q4_k_m.gguf", "m-q4_0.gguf"], "m-q4_k_m.gguf"),
        (["M.Q4_0.gguf", "M.Q8_0.gguf"], "M.Q4_0.gguf"),
        (["m-q4_k_m-00001-of-00002.gguf", "m-iq4_xs.gguf"], "m-iq4_xs.gguf"),
    ],
)
def test_a_file_of_four_bits_is_taken_from_the_hub(
    files: list[str], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda repository: ["README.md", *files])
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda repository, name: f"/cache/{name}")
    assert choose.hub_file("owner/m") == Path("/cache") / taken


def test_a_repository_without_one_is_told_with_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.list_repo_files", lambda repository: ["m-q8_0.gguf"])
    with pytest.raises(EngineUnavailable, match=r"m-q8_0\.gguf"):
        choose.hub_file("owner/m")


# auto


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with a GPU; yields the models that were loaded onto it."""
    loaded: list[str] = []

    def load(source: str, **_: Any) -> ScriptedEngine:
        loaded.append(source)
        return ScriptedEngine(["yes"])

    monkeypatch.setattr(choose, "_has_gpu", lambda: True)
    monkeypatch.setattr("app.llm.choose.Transformers", load)
    return loaded


def auto(**more: Any) -> Engine | None:
    return load_engine(Settings(model="auto", **more))


def test_auto_takes_a_configured_server_first(gpu: list[str]) -> None:
    engine = auto(model_server="http://127.0.0.1:9/v1#m")
    assert engine
    assert (engine.name, gpu) == ("server:m", [])


def test_auto_takes_a_gpu_next(gpu: list[str]) -> None:
    assert auto()
    assert gpu == [GPU_MODEL.partition(":")[2]]


def test_auto_without_either_takes_what_is_set_for_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "_has_gpu", lambda: False)
    assert auto() is None
    monkeypatch.setattr(choose, "AUTO_ON_CPU", "http://127.0.0.1:9/v1#small")
    engine = auto()
    assert engine
    assert engine.name == "server:small"


def test_auto_goes_on_where_the_gpus_model_cannot_be_had(gpu: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(source: str, **_: Any) -> ScriptedEngine:
        raise EngineUnavailable("no hub.")

    monkeypatch.setattr("app.llm.choose.Transformers", load)
    assert auto() is None

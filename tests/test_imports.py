"""Who may import what, read from the files themselves: one direction, and each framework in few places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "index", "app", "eval")
MAY_IMPORT = {
    "ingest": {"ingest"},
    "index": {"index", "ingest"},
    "app": {"app", "index", "ingest"},
    "eval": {"eval", "app", "index", "ingest"},
}
# Where a framework may be named: where its work is done. The benchmark's baseline is built from Qdrant itself; torch
# is where models run, and where the hardware is looked at.
CONTAINED = {
    "gradio": ("app/chat/",),
    "qdrant_edge": ("index/store/", "eval/bench/baseline.py"),
    "qdrant_client": ("index/store/", "eval/bench/baseline.py"),
    "torch": (
        "index/torch_use.py",
        "index/embedder.py",
        "index/reranking/cross_encoder.py",
        "app/llm/",
        "app/terminal/doctor.py",
        "index/reranking/nli.py",
    ),
    "prometheus_client": ("app/observe/prometheus.py",),
    "opentelemetry": ("app/observe/otel.py",),
    "xllamacpp": ("app/llm/llama_cpp.py",),
    "sentence_transformers": (
        "index/torch_use.py",
        "index/embedder.py",
        "index/reranking/cross_encoder.py",
        "index/reranking/nli.py",
    ),
}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level package of each import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name their whole path"
            yield node.lineno, (node.module or "").split(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, argument.value.split(".")[0]


IDS = [str(path.relative_to(ROOT)) for path in modules()]


@pytest.mark.parametrize("path", modules(), ids=IDS)
def test_imports_point_one_way(path: Path) -> None:
    allowed = MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    wrong = [(line, name) for line, name in imported(path) if name in PACKAGES and name not in allowed]
    assert wrong == []


@pytest.mark.parametrize("path", modules(), ids=IDS)
def test_frameworks_stay_where_they_belong(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    wrong = [
        (line, framework)
        for line, framework in imported(path)
        if framework in CONTAINED and not name.startswith(CONTAINED[framework])
    ]
    assert wrong == []


@pytest.mark.parametrize("path", modules(), ids=IDS)
def test_no_code_asks_whether_it_is_under_test(path: Path) -> None:
    assert "pytest" not in {name for _, name in imported(path)}
    assert "PYTEST_CURRENT_TEST" not in path.read_text()


def test_every_package_is_looked_at() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in modules()}
    assert found == set(PACKAGES)

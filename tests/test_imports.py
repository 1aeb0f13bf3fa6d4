"""Tests who may import whom, from the files themselves: one direction, no circles, each framework in few places."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "index", "app", "eval")
# A room imports rooms before it in this list, and itself. The rooms of `ingest` and `index` are next to their package.
ORDER = (
    "ingest",
    "index",
    ("app.reasons", "app.types", "app.contract", "app.served_contract", "app.question"),
    "app.language",
    "app.dialogue",
    "app.support",
    "app.evidence",
    "app.observe",
    "app.keeping",
    "app.llm",
    "app.llamaindex",
    "app.writing",
    "app.about",
    "app.answering",
    "app.verification",
    "app.compose",
    # What a chip is: for those who read a wiki's pages, and for those who write for them.
    ("app.wiki.reading", "app.wiki.rules"),
    "app.render",
    "app.wiki",
    "app.web",
    "app.protocols",
    "app.transcript",
    "app.chat",
    "app.embed",
    "app.sharing",
    "app.server",
    "app.terminal",
    ("eval.jsonl", "eval.run_file", "eval.metrics", "eval.metric_catalog", "eval.statistics", "eval.environment"),
    "eval.report",
    "eval.comparing",
    "eval.running",
    "eval.linting",
    "eval.reading",
    "eval.fitting",
    "eval.bench",
    (
        "eval.commands",
        "eval.run_command",
        "eval.lint_command",
        "eval.harvest_command",
        "eval.reading_commands",
        "eval.cli",
    ),
)
MOST_MODULES = 14
# Modules that still import ours inside functions. The list only shrinks: remove one that no longer does.
STILL_INSIDE = {
    "eval.running.runner",
}
# The modules that may import a framework. torch: where models run, and where the hardware is checked.
CONTAINED = {
    "gradio": ("app/chat/",),
    "qdrant_edge": ("index/store/",),
    "qdrant_client": ("index/store/",),
    "torch": (
        "index/torch_use.py",
        "index/fitted/adapter.py",
        "eval/fitting/embedder.py",
        "eval/fitting/wiki/reader.py",
        "index/model_loading.py",
        "index/reranking/cross_encoder.py",
        "app/llm/",
        "app/terminal/doctor.py",
        "index/reranking/nli.py",
    ),
    "prometheus_client": ("app/observe/prometheus.py",),
    "opentelemetry": ("app/observe/tracing.py",),
    "mcp": ("app/protocols/mcp_",),
    "xllamacpp": ("app/llm/llama_cpp.py",),
    "sentence_transformers": (
        "eval/fitting/embedder.py",
        "index/torch_use.py",
        "index/model_loading.py",
        "index/reranking/cross_encoder.py",
        "index/reranking/nli.py",
    ),
}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """A module's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in modules()}


@cache
def imported(path: Path) -> tuple[tuple[int, str], ...]:
    """Line and dotted name of each import, those inside functions too."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name their whole path"
            within = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from ((node.lineno, name if name in MODULES else str(node.module)) for name in within)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, argument.value


IDS = list(MODULES)


def place(name: str) -> int:
    """The position of a module's room in the order."""
    for i, rooms in enumerate(ORDER):
        for room in (rooms,) if isinstance(rooms, str) else rooms:
            if name == room or name.startswith(f"{room}."):
                return i
    assert name in ("app", "eval"), f"{name} stands in no room of ORDER"
    return -1


@pytest.mark.parametrize("name", IDS)
def test_imports_point_one_way(name: str) -> None:
    ours = [(line, other) for line, other in imported(MODULES[name]) if other in MODULES]
    assert [(line, other) for line, other in ours if place(other) > place(name)] == []


def test_no_imports_go_in_circles() -> None:
    ours = {name: {other for _, other in imported(path) if other in MODULES} for name, path in MODULES.items()}
    TopologicalSorter(ours).prepare()


def test_no_room_is_too_full() -> None:
    counted = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    assert {str(folder): count for folder, count in counted.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("name", IDS)
def test_only_packages_of_others_are_imported_inside_functions(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text())
    inside = {
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    found = [(line, other) for line, other in imported(MODULES[name]) if other in MODULES and line in inside]
    assert bool(found) == (name in STILL_INSIDE), found


@pytest.mark.parametrize("name", IDS)
def test_frameworks_stay_where_they_belong(name: str) -> None:
    path = str(MODULES[name].relative_to(ROOT))
    found = ((line, other.split(".")[0]) for line, other in imported(MODULES[name]))
    wrong = [(line, one) for line, one in found if one in CONTAINED and not path.startswith(CONTAINED[one])]
    assert wrong == []


@pytest.mark.parametrize("name", IDS)
def test_no_code_asks_whether_it_is_under_test(name: str) -> None:
    assert "pytest" not in {other.split(".")[0] for _, other in imported(MODULES[name])}
    assert "PYTEST_CURRENT_TEST" not in MODULES[name].read_text()


def test_every_package_is_looked_at() -> None:
    assert {name.split(".")[0] for name in MODULES} == set(PACKAGES)


def test_no_module_names_the_archive_its_host_or_its_video_service() -> None:
    """These are facts of an archive, so they stand in its descriptor (`ingest/known/`); comments are no exception."""
    # Other services can be any archive's, and feeds name them.
    forbidden = re.compile(r"datatalks|alexey|grigorev|youtu\.?be", re.IGNORECASE)
    lines = [
        (str(path.relative_to(ROOT)), number, line)
        for path in MODULES.values()
        for number, line in enumerate(path.read_text().splitlines(), 1)
    ]
    assert len(lines) > 10_000
    assert [place for place in lines if forbidden.search(place[2])] == []

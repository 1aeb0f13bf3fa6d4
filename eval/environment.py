"""Describes what a run was made with: versions of the packages and of the code, and the machine."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# What the figures of runs and of the bench depend on.
LIBRARIES = (
    "citecast",
    "torch",
    "transformers",
    "sentence-transformers",
    "numpy",
    "qdrant-edge-py",
    "qdrant-client",
    "llama-index-core",
)
PACKAGES = (*LIBRARIES, "bm25s")
_ROOT = Path(__file__).resolve().parents[1]
_SOURCES = ("ingest", "index", "app", "eval/running/systems.py", "eval/running/llamaindex.py")


def versions() -> dict[str, str]:
    """Versions by name. `code` is a hash of all code that decides what a system answers."""
    found = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": cpuinfo()[0] or platform.processor() or platform.machine(),
    }
    return found | installed(PACKAGES) | {"commit": _commit(), "code": code_hash()}


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Versions of the packages that are installed."""
    found: dict[str, str] = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def cpuinfo() -> tuple[str, frozenset[str]]:
    """The first processor's name and flags; empty if the system does not say (macOS)."""
    try:
        return parse_cpuinfo(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return "", frozenset()


def parse_cpuinfo(text: str) -> tuple[str, frozenset[str]]:
    """The first processor's name and flags in the text of `/proc/cpuinfo`; empty if missing."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    return fields.get("model name", ""), frozenset(fields.get("flags", "").split())


def code_hash() -> str:
    """Hash of the sources of ingest, index and app, and of the modules with eval's other systems."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = _ROOT / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(_ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _commit() -> str:
    """The checkout's commit, with `+` if files differ from it; empty outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=_ROOT, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()

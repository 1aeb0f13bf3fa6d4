"""Holds measured figures with their targets, prints them as a table, and describes the machine.

Nothing here runs or times anything.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from eval.environment import LIBRARIES, cpuinfo, installed

_STYLES = {"met": "green", "missed": "red", "failed": "red"}


@dataclass(frozen=True, slots=True)
class Target:
    """A bound: a minimum with `at_least` (for a ratio), else a maximum."""

    bound: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value >= self.bound if self.at_least else value < self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; without a target it is only shown."""

    name: str
    value: float
    unit: str
    target: Target | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or empty without a target."""
        if self.target is None:
            return ""
        return "met" if self.target.met_by(self.value) else "missed"

    def row(self) -> tuple[str, str, str, str, str]:
        """Name, target, figure, verdict and note, as shown."""
        target = self.target and f"{'≥' if self.target.at_least else '<'} {amount(self.target.bound, self.unit)}"
        return self.name, target or "", amount(self.value, self.unit), self.verdict, self.note

    def to_json(self) -> dict[str, Any]:
        """The figure as one JSON object."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "target": self.target and self.target.bound,
            "at_least": self.target and self.target.at_least,
            "verdict": self.verdict,
            "note": self.note,
        }


def amount(value: float, unit: str) -> str:
    """A value to three digits with its unit: `0.45 ms`, `12.3 s`, `312 s`, `4.1x`."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    text = f"{value:,.{digits}f}"
    if "." in text and value == round(value):
        text = text.split(".")[0]
    return f"{text}x" if unit == "x" else f"{text} {unit}"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th percentile, minimum and maximum; raises `ValueError` without values."""
    if not values:
        raise ValueError("nothing was measured")
    p50, p95 = np.percentile(values, [50, 95])
    result = {"p50": p50, "p95": p95, "min": min(values), "max": max(values)}
    return {"n": len(values)} | {key: round(float(value), 4) for key, value in result.items()}


def table(title: str, caption: str, figures: Sequence[Figure], failed: Mapping[str, str]) -> Table:
    """Everything measured, then the stages that failed."""
    result = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for heading in ("", "target", "figure", "", "note"):
        result.add_column(heading, justify="right" if heading in ("target", "figure") else "left")
    for figure in figures:
        name, target, value, verdict, note = figure.row()
        result.add_row(name, target, value, verdict, note, style=_STYLES.get(verdict) if verdict != "met" else None)
    for stage, reason in failed.items():
        result.add_row(stage, "", "", "failed", reason.splitlines()[-1][:200], style=_STYLES["failed"])
    return result


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides the figures of a machine. `load` is the 1-minute load average at the start."""

    processor: str
    system: str
    cores: int
    memory_gb: float
    amx: bool
    avx512_bf16: bool
    load: float
    versions: dict[str, str]

    @property
    def line(self) -> str:
        """The machine in one line."""
        flags = [name for name, has in (("AMX", self.amx), ("AVX-512 BF16", self.avx512_bf16)) if has]
        fast = ", ".join(flags) or "no fast bfloat16"
        return f"{self.processor}, {self.cores} cores ({fast}), {self.memory_gb:.0f} GB, {self.system}"


def this_machine() -> Machine:
    """Describe this machine."""
    name, flags = cpuinfo()
    return Machine(
        processor=name or platform.processor() or platform.machine(),
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        amx={"amx_tile", "amx_bf16"} <= flags,
        avx512_bf16="avx512_bf16" in flags,
        load=os.getloadavg()[0],
        versions=dict.fromkeys(LIBRARIES, "not installed") | installed(LIBRARIES),
    )

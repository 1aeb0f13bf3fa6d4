"""What the bench ran on: processor, its fast-arithmetic flags, memory and library versions.

Nothing here measures or loads a model.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Set
from dataclasses import dataclass

from eval.environment import LIBRARIES, cpuinfo, installed

PACKAGES = (*LIBRARIES, "llama-index-embeddings-huggingface", "llama-index-vector-stores-qdrant")
# Ingest against LlamaIndex's pipeline: how many times faster it has to be.
SPEEDUP_AMX = 4.0
SPEEDUP_AVX512_BF16 = 2.0


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, as far as it decides the figures. `load` is the 1-minute load average at the start."""

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
    """Describe the machine that this runs on."""
    name, flags = cpuinfo()
    return Machine(
        processor=name or platform.processor() or platform.machine(),
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        amx=has_amx(flags),
        avx512_bf16="avx512_bf16" in flags,
        load=os.getloadavg()[0],
        versions=dict.fromkeys(PACKAGES, "not installed") | installed(PACKAGES),
    )


def has_amx(flags: Set[str]) -> bool:
    """Whether the processor multiplies bfloat16 in tiles."""
    return {"amx_tile", "amx_bf16"} <= flags


def speedup_target(*, amx: bool, avx512_bf16: bool, device: str) -> float | None:
    """How many times faster than the baseline ingest has to be here; None where no target was set."""
    if device != "cpu":
        return None
    if amx:
        return SPEEDUP_AMX
    return SPEEDUP_AVX512_BF16 if avx512_bf16 else None

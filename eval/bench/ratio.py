"""The stage of `make bench` that compares with LlamaIndex: embedding and storing the same passages.

Which passages, what is inside the clocks and why: the docstring of `eval.bench.run`.
What the other side does: `eval.bench.baseline`.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.figures import Figure, Target, scaled, speedup
from eval.bench.machine import speedup_target
from eval.bench.process import Measured, ProcessFailed, measure, module
from eval.bench.stages import HOUR_S, SEED, Bench, copy_archive
from ingest.models import Episode, Passage


def against_llama_index(bench: Bench) -> list[Figure]:
    """The same passages through ours and through LlamaIndex's pipeline, in turns."""
    rows = sample_of(bench.rows(), bench.size.sample_passages)
    wanted = sum(len(passages) for _, passages in rows)
    sample = bench.folder / "sample"
    copy_archive(bench.archive, sample, [f"{episode.name}.md" for episode, _ in rows])
    passages = write_passages(bench.folder / "sample.jsonl", rows)
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    for pair in range(1, bench.size.pairs + 1):
        bench.say(f"{wanted:,} passages, pair {pair} of {bench.size.pairs}: ours")
        command = module("eval.bench.worker", "ours", str(sample), str(bench.folder / f"ours-{pair}"))
        ours.append(_checked(measure(command, bench.folder, limit_s=HOUR_S), wanted))
        bench.say(f"{wanted:,} passages, pair {pair} of {bench.size.pairs}: LlamaIndex")
        theirs.append(_baseline(bench, passages, f"theirs-{pair}", wanted))
    times, other = ([run["seconds"] for run in runs] for runs in (ours, theirs))
    bench.raw["sample"] = {"passages": wanted, "episodes": len(rows), "ours": ours, "theirs": theirs}
    bound = speedup_target(amx=bench.machine.amx, avx512_bf16=bench.machine.avx512_bf16, device=ours[0]["device"])
    count = sum(len(own) for _, own in bench.rows())
    whole = scaled(statistics.median(other), wanted, count)
    rates = f"{wanted / statistics.median(times):.0f} against {wanted / statistics.median(other):.0f} passages/s"
    figures = [
        Figure(
            "Embed and store, against LlamaIndex",
            speedup(times, other),
            "x",
            Target(bound, at_least=True) if bound else None,
            f"{rates}, {ours[0]['dtype']}, {wanted:,} passages, {len(ours)} of each",
        ),
        Figure("LlamaIndex on everything, scaled", whole, "s", None, f"{count:,} passages; its inserts may slow down"),
    ]
    return figures + (_full_baseline(bench) if bench.full_baseline else [])


def _full_baseline(bench: Bench) -> list[Figure]:
    rows = bench.rows()
    count = sum(len(own) for _, own in rows)
    bench.say(f"{count:,} passages: LlamaIndex on everything")
    result = _baseline(bench, write_passages(bench.folder / "all.jsonl", rows), "theirs-all", count)
    bench.raw["full_baseline"] = result
    parts = bench.raw["full_ingest"]["seconds"]
    # Ours includes loading the model, theirs does not.
    ratio = result["seconds"] / (parts["embed"] + parts["store"])
    return [Figure("LlamaIndex on everything, measured", result["seconds"], "s", None, f"{ratio:.1f}x ours")]


def sample_of(rows: Sequence[tuple[Episode, list[Passage]]], wanted: int) -> list[tuple[Episode, list[Passage]]]:
    """Whole episodes in seeded order until they hold `wanted` passages, so that ours can build an index of them."""
    order = random.Random(SEED).sample(list(rows), len(rows))
    taken: list[tuple[Episode, list[Passage]]] = []
    while order and sum(len(passages) for _, passages in taken) < wanted:
        taken.append(order.pop())
    return taken


def write_passages(path: Path, rows: Sequence[tuple[Episode, list[Passage]]]) -> Path:
    """What the baseline reads: id and embedded text, one passage a line."""
    with path.open("w", encoding="utf-8") as file:
        for _, passages in rows:
            file.writelines(json.dumps({"id": p.id, "text": p.embedded_text}) + "\n" for p in passages)
    return path


def _baseline(bench: Bench, passages: Path, name: str, wanted: int) -> dict[str, Any]:
    command = module("eval.bench.baseline", str(passages), str(bench.folder / name))
    return _checked(measure(command, bench.folder, limit_s=HOUR_S), wanted)


def _checked(run: Measured, wanted: int) -> dict[str, Any]:
    """A run's result with its peak memory; both sides have to have stored the same number of passages."""
    if run.result["passages"] != wanted:
        raise ProcessFailed(f"{run.result['passages']:,} passages were stored, not {wanted:,}")
    return run.result | {"peak_bytes": run.peak_bytes, "wall_s": run.seconds, "cpu_s": run.cpu_s}

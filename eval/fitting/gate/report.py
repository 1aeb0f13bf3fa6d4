"""Reports how good the gate is: which labelled sentences and corruptions it shows, at several thresholds.

    python -m eval.fitting.gate.report [--split test] [--out FILE]

The output is Markdown. `kept`: supported sentences that are shown; showing any other is an
error. Times are for one sentence whose quotes were read before, as in an answer.
Needs the index of the real archive.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from sklearn.metrics import roc_auc_score

from app.support.check import THRESHOLD, Gate
from eval.fitting.gate.data import CORRUPTIONS, FAITHFUL, SENTENCES, Case, Judged, cases, episodes_of, judge
from eval.fitting.gate.labelled import LABELS, SPLITS
from index.embedder import Embedder
from ingest.settings import load_settings

_STEPS = 10
# A sentence that is in no quote: it only makes the gate read the quotes.
_WARM_UP = "Penguins march across the ice."


def share(shown: int, total: int) -> str:
    """A share with its counts."""
    return f"{shown / total:.2f} ({shown}/{total})" if total else "none"


def auroc(good: Sequence[Judged], bad: Sequence[Judged]) -> float:
    """How often a good sentence has a higher support than a bad one; ties count half."""
    found = [item.verdict.support for item in (*good, *bad)]
    return float(roc_auc_score([1] * len(good) + [0] * len(bad), found))


def shown(found: Sequence[Judged], threshold: float = THRESHOLD) -> int:
    """How many are shown at a threshold; a sentence decided by a rule keeps its verdict."""
    return sum(item.verdict.support >= threshold for item in found if item.features or item.verdict.shown)


def report(judged: Sequence[Judged], split: str) -> Iterator[str]:
    """The lines of a split's report."""
    own = [item for item in judged if item.case.split == split]
    by_label = {label: _of(own, SENTENCES, label) for label in LABELS}
    supported, partly, unsupported = (by_label[label] for label in LABELS)
    yield f"## Split `{split}`\n"
    yield f"AUROC supported against unsupported {auroc(supported, unsupported):.3f}, "
    yield f"against unsupported and partly {auroc(supported, [*unsupported, *partly]):.3f}.\n"
    yield "| sentences | shown |\n|---|---|"
    yield from (f"| {label} | {share(shown(found), len(found))} |" for label, found in by_label.items())
    corruptions = [item for item in own if item.case.source == CORRUPTIONS]
    faithful, corrupted = ([item for item in corruptions if item.case.good == good] for good in (True, False))
    yield f"\nFaithful sentences against their corruptions: AUROC {auroc(faithful, corrupted):.3f}.\n"
    yield "| corruptions | shown |\n|---|---|"
    yield f"| {FAITHFUL} | {share(shown(faithful), len(faithful))} |"
    yield f"| corrupted | {share(shown(corrupted), len(corrupted))} |"
    for kind in sorted({item.case.kind for item in corrupted}):
        found = _of(own, CORRUPTIONS, kind)
        yield f"| - {kind} | {share(shown(found), len(found))} |"
    yield "\n| threshold | supported kept | partly shown | unsupported shown | faithful kept | corruptions shown |"
    yield "|---|---|---|---|---|---|"
    groups = (supported, partly, unsupported, faithful, corrupted)
    for least in sorted({*np.arange(1, _STEPS) / _STEPS, THRESHOLD}):
        cells = (f"{shown(found, least) / max(1, len(found)):.2f}" for found in groups)
        yield f"| {least:.2f}{' (used)' if least == THRESHOLD else ''} | {' | '.join(cells)} |"
    yield ""


def _of(judged: Sequence[Judged], source: str, kind: str) -> list[Judged]:
    return [item for item in judged if (item.case.source, item.case.kind) == (source, kind)]


def times_ms(gate: Gate, found: Sequence[Case]) -> list[float]:
    """Milliseconds for each sentence, after its quotes were read."""
    result = []
    for case in found:
        gate.check(_WARM_UP, case.quotes, case.question)
        clock = time.perf_counter()
        gate.check(case.sentence, case.quotes, case.question)
        result.append((time.perf_counter() - clock) * 1000)
    return result


def main(
    split: Annotated[list[str] | None, typer.Option(help="Splits to report on; both by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write to; standard output by default.")] = None,
) -> None:
    """Judge every labelled sentence and print what came of it."""
    settings = load_settings()
    embedder = Embedder.of(settings)
    found = [case for case in cases(episodes_of(settings)) if case.source in (SENTENCES, CORRUPTIONS)]
    spent = times_ms(Gate(embedder), [case for case in found if case.source == SENTENCES])
    judged = judge(Gate(embedder), found)
    lines = [f"# The gate at its threshold of {THRESHOLD:.2f}\n"]
    lines += [line for name in split or SPLITS for line in report(judged, name)]
    lines.append(f"A sentence takes {np.median(spent):.1f} ms (p50), {np.quantile(spent, 0.95):.1f} ms (p95).")
    text = "\n".join(lines) + "\n"
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)


if __name__ == "__main__":
    typer.run(main)

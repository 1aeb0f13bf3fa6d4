"""Commands of `citecast eval` for answers that people read: `read` writes the page, `agreement` compares the labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.terminal.options import JsonOption
from app.terminal.output import Terminal
from eval.commands import FileOption, emit, faults
from eval.reading.agreement import Agreement, between_readers, with_judges
from eval.reading.asked import by_reader
from eval.reading.judges import judges_of
from eval.reading.labels import read_labels, systems
from eval.reading.page import reading_page
from eval.reading.shares import Share, shares
from eval.run_file import read_run
from ingest.sources.urls import one_line

RunsArgument = Annotated[
    list[Path], typer.Argument(metavar="RUN", help="A run.json, or the folder that holds it; several for more systems.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only N questions, drawn at random.")]
SeedOption = Annotated[int, typer.Option(help="Another order of questions and answers.")]
LabelsOption = Annotated[
    list[Path], typer.Option("--labels", help="What a reader exported from the page, JSON Lines; repeatable.")
]


def read(runs: RunsArgument, out: FileOption = None, limit: LimitOption = None, seed: SeedOption = 0) -> None:
    """Write a page on which a person reads a run's answers blind and labels them; it works offline."""
    with faults():
        emit(reading_page([read_run(path) for path in runs], seed=seed, limit=limit), out)


def agreement(runs: RunsArgument, labels: LabelsOption, as_json: JsonOption = False) -> None:
    """Say how far readers agree with each other, judges with readers, and what share answers."""
    with faults():
        found = [read_run(path) for path in runs]
        reads = read_labels(labels, found)
        pairs, judged, answered = between_readers(reads), with_judges(reads, judges_of(found)), shares(reads)
        names = systems(found)
    if as_json:
        shown = {
            "runs": names,
            "labels": {reader: len(own) for reader, own in by_reader(reads).items()},
            "readers": [one.to_json() for one in pairs],
            "judges": [one.to_json() for one in judged],
            "shares": [one.to_json() for one in answered],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    console = Terminal()
    for table in _tables(pairs, judged, answered):
        console.print(table)


def _tables(pairs: Sequence[Agreement], judged: Sequence[Agreement], answered: Sequence[Share]) -> list[Table]:
    """The tables that have rows: shares, readers with readers, judges with readers."""
    said = ["reader", "system", "suite", "says"]
    found = [
        _table("What readers say", said, ["n", "share", "interval (95 %)"], map(_share_row, answered)),
        _table(
            "Two readers",
            ["says", "reader", "reader"],
            ["n", "agreement", "kappa", "weighted kappa"],
            ([*_start(one), *map(_figure, (one.share, one.kappa, one.weighted))] for one in pairs),
        ),
        _table(
            "Judges and readers",
            ["says", "judge", "reader"],
            ["n", "agreement", "kappa", "AUROC"],
            ([*_start(one), *map(_figure, (one.share, one.kappa, one.auroc))] for one in judged),
        ),
    ]
    return [table for table in found if table.row_count]


def _table(title: str, names: Sequence[str], figures: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table with columns of names, which may break over lines, and columns of figures."""
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, overflow="fold")
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*map(one_line, row))
    return table


def _share_row(one: Share) -> list[str]:
    low, high = one.interval
    shown = [str(one.answers), f"{one.share:.3f}", f"{low:.3f} to {high:.3f}"]
    return [one.reader, one.system, one.suite, one.asked, *shown]


def _start(one: Agreement) -> list[str]:
    return [one.asked, one.one, one.other, str(one.shared)]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

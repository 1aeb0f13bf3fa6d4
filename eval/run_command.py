"""Runs `citecast eval run`: asks the questions of suites, measures the answers, and prints the measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app.terminal.options import DataOption, notes
from app.terminal.output import Terminal
from app.terminal.progress import BarProgress
from eval import commands
from eval.metric_catalog import in_order
from eval.running.checkpoint import NAME
from eval.running.judges import judge_named
from eval.running.runner import Plan, evaluate
from eval.running.server import ServerError
from eval.running.specs import parse_changes, parse_spec
from eval.running.suites import find_suite, read_suite
from ingest.sources.urls import one_line

_MEASURE_WIDTH, _CELL_WIDTH = 22, 24

SuitesArgument = Annotated[
    list[str], typer.Argument(metavar="SUITE", help="Path of a suite, or the name of one of the project's.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for run.json and report.html.")]
ManyJsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object; a list for several systems.")]
SystemOption = Annotated[
    list[str] | None,
    typer.Option(
        help="ours (default), lexical, dense, llamaindex, ours:KEY=VALUE,... with settings changed, or "
        "http://HOST:PORT, a Citecast server; repeatable."
    ),
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting for all systems; repeatable.")
]
JudgeOption = Annotated[
    str, typer.Option(help="Who says whether quotes hold a sentence: embedding, lexical, or nli:MODEL.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first N questions of each suite.")]
FreshOption = Annotated[
    bool, typer.Option("--fresh/--resume", help="Ask everything anew, or go on where a stopped run was (default).")
]


def run(
    suites: SuitesArgument,
    out: OutOption,
    as_json: ManyJsonOption = False,
    system: SystemOption = None,
    change: SetOption = None,
    judge: JudgeOption = "embedding",
    limit: LimitOption = None,
    fresh: FreshOption = False,
    evaluator: commands.EvaluatorOption = None,
    judge_model: commands.JudgeModelOption = None,
    data: DataOption = None,
) -> None:
    """Run suites over systems; writes run.json and report.html and prints the measures."""
    with commands.faults():
        wanted = commands.judge_of(evaluator, judge_model) if evaluator or judge_model else None
        plan = Plan(
            suites=tuple(read_suite(find_suite(name)) for name in suites),
            specs=tuple(parse_spec(name) for name in system or ["ours"]),
            judge=judge_named(judge),
            out=out,
            flags={"data": data, **parse_changes(change or [])},
            limit=limit,
            fresh=fresh,
        )
        with BarProgress(notes) as progress, _resumable(out):
            runs = evaluate(plan, progress)
        if wanted:
            folders = [out] if len(runs) == 1 else [out / spec.folder for spec in plan.specs]
            files = dict(zip((folder / "run.json" for folder in folders), runs, strict=True))
            commands.judge_and_keep(files, evaluator or [], wanted, plan.flags)
    if as_json:
        shown = [_summary(one) for one in runs]
        typer.echo(json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False))
        return
    for one in runs:
        print_run(Terminal(), one)
        for line in commands.judged_lines(one):
            typer.echo(one_line(line))
    notes.print(
        f"Written to {out}: run.json and report.html" + (" of each system" if len(runs) > 1 else ""), markup=False
    )


@contextmanager
def _resumable(out: Path) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, ServerError):
        if (out / NAME).exists():
            notes.print(f"What was answered is kept in {out}: run the same command again to go on.", markup=False)
        raise


def _summary(one: dict[str, Any]) -> dict[str, Any]:
    judged = {"evaluators": commands.judged_json(one)} if "evaluators" in one else {}
    return {"system": one["system"], "model": one["model"], "suites": one["aggregates"], **judged}


def print_run(console: Console, one: dict[str, Any]) -> None:
    """The measures of a run as a table: values, with intervals in brackets if the terminal is wide enough."""
    aggregates, between = one["aggregates"], one["intervals"]
    title = f"{one['system']} ({one['model']}), judge {one['settings']['judge']}"
    table = Table(title=one_line(title), title_justify="left")
    table.add_column("measure", no_wrap=True)
    for name in aggregates:
        count = len(one["suites"].get(name, ())) or sum(map(len, one["suites"].values()))
        table.add_column(f"{one_line(name)}\n{count} questions", justify="right")
    # Brackets on a narrow terminal would break every line.
    wide = console.width >= _MEASURE_WIDTH + _CELL_WIDTH * len(aggregates)
    for measure in in_order({key for found in aggregates.values() for key in found}):
        # Latency of single stages is in run.json and the report.
        if measure.key.startswith("latency_") and measure.key.count("_") > 2:
            continue
        cells = (
            _cell(found.get(measure.key), between[name].get(measure.key) if wide else None)
            for name, found in aggregates.items()
        )
        table.add_row(measure.key, *cells)
    console.print(table)
    if one["judge_failures"]:
        console.print(f"The judge failed on {one['judge_failures']} claims; they are left out.")


def _cell(value: float | None, between: Sequence[float] | None) -> str:
    if value is None:
        return ""
    digits = 3 if abs(value) < 2 else 1
    return f"{value:.{digits}f}" + (f" [{between[0]:.{digits}f} {between[1]:.{digits}f}]" if between else "")

"""What `citecast eval` does with finished runs: `compare`, `gate`, `baseline` and `export`.

`eval.cli` adds these commands to the program. None of them opens an index or loads a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.cli import JsonOption, friendly, notes
from eval.export import Format, exported
from eval.records import RunError, read_run

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run.json, or the folder that holds it.")]
FileOption = Annotated[Path | None, typer.Option("--out", help="File to write; without it, standard output.")]


@contextmanager
def faults() -> Iterator[None]:
    """Turn known faults of the evaluation into one line and exit status 1."""
    from eval.judges import JudgeError
    from eval.run import EvalError
    from eval.suites import SuiteError
    from eval.systems import UnknownSystem

    try:
        with friendly():
            yield
    except (EvalError, SuiteError, UnknownSystem, JudgeError, RunError) as error:
        notes.print(f"[red]citecast:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A run.json, or the folder that holds it.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The run to compare with it, on the same suites.")],
    as_json: JsonOption = False,
) -> None:
    """Say what changed from run A to run B, by the paired bootstrap, and on which questions."""
    from eval.compare import compare_runs

    with faults():
        found = compare_runs(read_run(a), read_run(b))
    typer.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else found.text().rstrip("\n"))


def gate(
    finished: RunArgument,
    baseline: Annotated[
        Path,
        typer.Option("--baseline", help="What `citecast eval baseline` wrote, or another run, to hold it against."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Exit with status 1 where a run is significantly worse than a baseline."""
    from eval.gate import check

    with faults():
        result = check(read_run(finished), read_run(baseline))
    typer.echo(json.dumps(result.to_json(), ensure_ascii=False) if as_json else result.text().rstrip("\n"))
    if result.failed:
        raise typer.Exit(1)


def baseline(finished: RunArgument, out: FileOption = None) -> None:
    """Write what `gate` needs of a run: ids, scores and decisions, and no word of questions or transcripts."""
    from eval.gate import baseline_json

    with faults():
        _emit(baseline_json(read_run(finished)), out)


def export(
    finished: RunArgument,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="ragas: its samples as JSON Lines; trec-run, trec-qrels: files of trec_eval; "
            "markdown: the figures, for a pull request.",
        ),
    ],
    system: Annotated[
        str | None, typer.Option("--system", help="Which system, where RUN is a folder with runs of several.")
    ] = None,
    suite: Annotated[str | None, typer.Option("--suite", help="Only this suite of the run.")] = None,
    out: FileOption = None,
) -> None:
    """Write a run in a format of others. ragas' samples hold quotes of the archive."""
    with faults():
        _emit(exported(read_run(finished, system), form, suite), out)


def _emit(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file; raises `RunError` where that cannot be."""
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise RunError(f"{out}: {error.strerror}; give another --out FILE") from error
    notes.print(f"Written to {out}", markup=False)

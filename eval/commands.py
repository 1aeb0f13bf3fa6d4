"""Commands of `citecast eval` for finished runs: `compare`, `gate`, `baseline`, `export` and `judge`.

`eval.cli` adds these commands to the program. None of them opens an index, and only `judge` loads a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from app.llm.choose import AUTO, parse_model
from app.terminal.options import DataOption, JsonOption, complain, friendly, notes
from app.terminal.progress import BarProgress
from eval.comparing.comparison import compare_runs
from eval.comparing.export import Format, exported
from eval.comparing.regression import baseline_json, check
from eval.reading.labels import LabelError
from eval.run_file import NAME, RunError, read_run
from eval.running.judges import JudgeError
from eval.running.llamaindex_evaluators import judge_run, kind_named, open_judge
from eval.running.runner import EvalError
from eval.running.server import ServerError
from eval.running.specs import UnknownSystem
from eval.running.suites import SuiteError
from index.manifest import write_durably
from ingest.settings import load_settings
from ingest.sources.urls import harmless

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run.json, or the folder that holds it.")]
EvaluatorOption = Annotated[
    list[str] | None,
    typer.Option(
        help="One of LlamaIndex's evaluators, with --judge-model: faithfulness, relevancy, answer-relevancy, "
        "context-relevancy or correctness; repeatable."
    ),
]
JudgeModelOption = Annotated[
    str | None, typer.Option(help="The language model that judges, as the setting `model` takes it.")
]
FileOption = Annotated[Path | None, typer.Option("--out", help="File to write; without it, standard output.")]


@contextmanager
def faults() -> Iterator[None]:
    """Turn known errors of the evaluation into one line and exit status 1."""
    try:
        with friendly():
            yield
    except (EvalError, SuiteError, UnknownSystem, ServerError, JudgeError, RunError, LabelError) as error:
        complain(error)
        raise typer.Exit(1) from error


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A run.json, or the folder that holds it.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The run to compare with it, on the same suites.")],
    as_json: JsonOption = False,
) -> None:
    """Say what changed from run A to run B, by the paired bootstrap, and on which questions."""
    with faults():
        found = compare_runs(read_run(a), read_run(b))
    typer.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else harmless(found.text().rstrip("\n")))


def gate(
    finished: RunArgument,
    baseline: Annotated[
        Path,
        typer.Option("--baseline", help="What `citecast eval baseline` wrote, or another run, to hold it against."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Exit with status 1 where a run is significantly worse than a baseline."""
    with faults():
        result = check(read_run(finished), read_run(baseline))
    typer.echo(json.dumps(result.to_json(), ensure_ascii=False) if as_json else harmless(result.text().rstrip("\n")))
    if result.failed:
        raise typer.Exit(1)


def baseline(finished: RunArgument, out: FileOption = None) -> None:
    """Write what `gate` needs of a run: ids, scores and decisions, and no word of questions or transcripts."""
    with faults():
        emit(baseline_json(read_run(finished)), out)


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
        emit(exported(read_run(finished, system), form, suite), out)


def judge(
    finished: RunArgument,
    evaluator: EvaluatorOption = None,
    judge_model: JudgeModelOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a language model judge a run's answers by LlamaIndex's evaluators; kept in its run.json."""
    with faults():
        model = judge_of(evaluator, judge_model)
        run = read_run(finished)
        file = finished / NAME if finished.is_dir() else finished
        judge_and_keep({file: run}, evaluator or [], model, {"data": data})
    typer.echo(json.dumps(judged_json(run), ensure_ascii=False) if as_json else harmless("\n".join(judged_lines(run))))


def judge_of(evaluators: Sequence[str] | None, model: str | None) -> str:
    """The judging model; checks its name and the evaluators' before any long work; raises `JudgeError`."""
    if not evaluators or not model:
        raise JudgeError("give both --evaluator (such as faithfulness) and --judge-model")
    for name in evaluators:
        kind_named(name)
    if model != AUTO:
        parse_model(model)
    return model


def judge_and_keep(
    runs: Mapping[Path, dict[str, Any]], evaluators: Sequence[str], model: str, flags: Mapping[str, Any]
) -> None:
    """Judge runs and write each back to its file; raises `JudgeError` and `RunError`."""
    engine = open_judge(load_settings(flags), model)
    for file, run in runs.items():
        try:
            with BarProgress(notes) as progress:
                judge_run(run, evaluators, engine, progress)
        finally:
            write_durably(file, json.dumps(run, ensure_ascii=False, indent=1, allow_nan=False).encode())


def judged_json(run: Mapping[str, Any]) -> dict[str, Any]:
    """The means of a run's evaluators."""
    found = run.get("evaluators") or {}
    return {name: {"judge": one["judge"], "suites": one["aggregates"]} for name, one in found.items()}


def judged_lines(run: Mapping[str, Any]) -> list[str]:
    """The same as lines for a terminal."""
    shown = []
    for name, one in judged_json(run).items():
        for suite, figures in one["suites"].items():
            between = " [{:.3f} {:.3f}]".format(*figures["interval"]) if "interval" in figures else ""
            mean = f"{figures['mean']:.3f}{between}" if "mean" in figures else "no verdict"
            counts = f"{figures['judged']} answers judged, {figures['failures']} failures of the judge"
            shown.append(f"{name}, {suite}: {mean} ({counts}, {one['judge']})")
    return shown


def emit(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file; raises `RunError` if the file cannot be written."""
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise RunError(f"{out}: {error.strerror}; give another --out FILE") from error
    notes.print(f"Written to {out}", markup=False)

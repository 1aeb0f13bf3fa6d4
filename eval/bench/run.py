"""Runs `make bench`: measures how fast Citecast is on this machine, with targets.

    .venv/bin/python -m eval.bench.run [--archive FOLDER] [--out FILE.json] [--quick]

What is measured, on a copy of the archive in a temporary folder (CITECAST_ARCHIVE
or --archive; else of the built-in sample, whose figures say little):

1. Full ingest: the whole program into an empty data folder, wall time and peak
   resident memory (as the kernel reports it for that process).
2. Search, the question's embedding included, and the first sentence of an
   extractive answer, in a warm process that was asked every question once before.
3. `citecast ask` as a new process (the disk's cache is warm).
4. `citecast ingest` with nothing changed, and with a sentence added to one episode.

The default settings are measured, whatever a `citecast.toml` says. Other work on the
machine distorts the figures: the load at the start is recorded, with a warning if it is
high. `--quick` takes six episodes, to try the bench itself.

Exit status 1 if a stage failed (the others still run); a missed target is no failure.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.bench.figures import Figure, table, this_machine
from eval.bench.stages import (
    FULL,
    QUICK,
    Bench,
    cold_ask,
    copy_archive,
    full_ingest,
    one_changed,
    questions,
    unchanged,
)
from ingest.settings import SettingsError, load_settings
from ingest.sources.open import SourceError, Sources, open_sources, sample_source

SUITES = Path(__file__).parents[1] / "suites"
STAGES: dict[str, Callable[[Bench], list[Figure]]] = {
    "Full ingest": full_ingest,
    "Questions, warm": questions,
    "Questions, cold": cold_ask,
    "Ingest, nothing changed": unchanged,
    "Ingest, one episode changed": one_changed,
}
_BUSY = 0.5
_FILE_COLUMNS = 130


def choose_archive(archive: str | None, data: Path, say: Callable[[str], None]) -> Sources:
    """The archive of the flag, variable or settings file, else the sample; raises `SourceError` or `SettingsError`."""
    settings = load_settings({"archive": archive})
    if "archive" not in settings.model_fields_set:
        say("no --archive and no CITECAST_ARCHIVE: taking the built-in SAMPLE, whose figures say little")
        return sample_source()
    return open_sources(settings.archive, data, say)


def run_stages(bench: Bench) -> tuple[list[Figure], dict[str, str]]:
    """Run every stage; if one fails, its reason is recorded and the others still run."""
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for number, (name, stage) in enumerate(STAGES.items(), start=1):
        bench.say(f"{number}/{len(STAGES)} {name}")
        try:
            figures += stage(bench)
        except Exception as error:  # the other stages are still useful, whatever failed
            failed[name] = f"{type(error).__name__}: {error}"
            bench.say(f"failed: {failed[name]}")
    return figures, failed


def report_of(
    bench: Bench, source: Sources, quick: bool, figures: list[Figure], failed: dict[str, str]
) -> dict[str, Any]:
    """The whole run as one JSON object."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "archive": {"source": source.shown, "version": source.version, "sample": source.sample},
        "machine": asdict(bench.machine),
        "figures": [figure.to_json() for figure in figures],
        "failed": failed,
        "raw": bench.raw,
    }


def main(
    archive: Annotated[str | None, typer.Option(help="Sources of the archive: folders, feeds or Git URLs.")] = None,
    out: Annotated[Path, typer.Option(help="JSON file for the figures.")] = Path("out/bench.json"),
    quick: Annotated[bool, typer.Option("--quick", help="Six episodes only, to try the bench itself.")] = False,
) -> None:
    """Measure Citecast on this machine and compare it with its targets."""
    shown = Console(highlight=False)
    if not shown.is_terminal:
        shown = Console(highlight=False, width=_FILE_COLUMNS)
    notes = Console(stderr=True, highlight=False)

    def say(text: str) -> None:
        notes.print(f"{time.strftime('%H:%M:%S')} {text}", markup=False, soft_wrap=True)

    machine = this_machine()
    say(machine.line)
    if machine.load > _BUSY * machine.cores:
        say(f"the machine is busy (load {machine.load:.1f} on {machine.cores} cores): the figures will suffer")
    with tempfile.TemporaryDirectory(prefix="citecast-bench-") as folder:
        try:
            source = choose_archive(archive, Path(folder) / "fetched", say)
        except (SettingsError, SourceError) as error:
            say(str(error))
            raise typer.Exit(1) from error
        suite = SUITES / ("sample.jsonl" if source.sample else "infrastructure.jsonl")
        size = QUICK if quick else FULL
        bench = Bench(Path(folder), suite, size, machine, say)
        copy_archive(source.parts, bench.archive, size.episodes)
        figures, failed = run_stages(bench)
    report = report_of(bench, source, quick, figures, failed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kind = "QUICK RUN, six episodes: says nothing about the targets" if quick else f"archive {source.shown}"
    caption = f"{machine.line}; load {machine.load:.1f} at the start; {out}"
    shown.print(table(f"Citecast bench, {kind}", caption, figures, failed))
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)

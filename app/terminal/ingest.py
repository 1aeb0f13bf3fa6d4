"""Runs `citecast ingest`: reads the archive and updates the index."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from app.keeping.database import Database
from app.keeping.removal import expire, take_down
from app.terminal.options import DataOption, JsonOption, friendly, notes, settings_of
from app.terminal.progress import BarProgress
from index.building.build import build_index
from index.embedder import Embedder
from index.manifest import IndexMismatch, IndexMissing, current_generation, read_manifest
from ingest.report import IngestReport
from ingest.settings import Settings
from ingest.sources.open import SourceError, Sources, open_sources, sample_source


def ingest(
    archive: Annotated[
        list[str] | None,
        typer.Argument(help="Folders, feeds or Git URLs of the archive, the most important first."),
    ] = None,
    data: DataOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed and write everything anew.")] = False,
    sample: Annotated[bool, typer.Option("--sample", help="Take the built-in sample archive.")] = False,
    or_sample: Annotated[
        bool,
        typer.Option(
            "--or-sample", help="Where the archive cannot be had, go on with the index at hand or the sample."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read the archive and bring the index up to date. Only what changed is embedded."""
    with friendly():
        settings = settings_of(archive=archive[0] if archive and len(archive) == 1 else archive or None, data=data)
        source = _source(settings, sample, or_sample)
        if source is None:
            return
        with BarProgress(notes) as progress:
            report = build_index(source, settings, Embedder.of(settings), progress, rebuild=rebuild)
        _tidy(settings, report)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        typer.echo("\n".join(report.lines()))


def _tidy(settings: Settings, report: IngestReport) -> None:
    """Remove from shared answers what was taken down at its source, and those that have expired."""
    state = Database(settings.data)
    expire(state, settings.share_days)
    if touched := take_down(state, report.taken_down):
        notes.print(f"{touched:,} shared answers had words of episodes that were taken down; they are removed")


def _source(settings: Settings, sample: bool, or_sample: bool) -> Sources | None:
    """The archive to read; None to keep the current index."""
    if sample:
        return sample_source()
    try:
        return open_sources(
            settings.archive,
            settings.data,
            lambda text: notes.print(text, markup=False),
            allow_private=settings.allow_private_addresses,
        )
    except SourceError as error:
        if not or_sample:
            raise SourceError(f"{error} Or take the built-in sample: `citecast ingest --sample`.") from error
        notes.print(f"{error}", markup=False, soft_wrap=True)
        if _holds_archive(settings):
            notes.print("Going on with the index at hand, as it is.")
            return None
        notes.print(
            "Going on with the built-in SAMPLE archive: eight made-up episodes. Give the real one with ARCHIVE=path."
        )
        return sample_source()


def _holds_archive(settings: Settings) -> bool:
    """Whether the index is of a real archive, which the sample must not replace: it took minutes to build."""
    try:
        return not read_manifest(current_generation(settings.data)).sample
    except (IndexMissing, IndexMismatch):
        return False

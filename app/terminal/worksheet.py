"""Runs `citecast worksheet`: proposes an editors' worksheet for one episode. No language model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.answering.filtering import FilterError, filters_of
from app.compose import open_archive
from app.terminal.options import DataOption, complain, friendly, notes, settings_of
from app.terminal.progress import BarProgress
from app.wiki.reading.page import Page, PageError, read_page
from app.wiki.run import WikiError, files_of
from app.wiki.worksheet.report import json_lines, markdown
from app.wiki.worksheet.sheet import MOST
from app.wiki.worksheet.sheet import worksheet as propose
from index.archive import ArchiveView
from ingest.models import Episode

# Episodes that an error lists.
_LISTED = 8


def worksheet(
    episode: Annotated[str, typer.Argument(help="The episode: its slug, or a part of slug or title.")],
    wiki: Annotated[
        Path | None, typer.Option("--wiki", help="The wiki's folder of pages, in which statements get a place.")
    ] = None,
    blocks: Annotated[int, typer.Option("--blocks", min=1, max=60, help="At most so many evidence blocks.")] = MOST,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; without it, standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write the file even if there is one.")] = False,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each block, a line each.")] = False,
) -> None:
    """Propose an editors' worksheet for one episode."""
    if out is None and force:
        raise typer.BadParameter("--force goes with --out")
    if out is not None and out.exists() and not force:
        complain(f"{out} exists; give another --out FILE, or --force to write over it")
        raise typer.Exit(2)
    with friendly():
        pages = _pages(wiki) if wiki else None
        archive = open_archive(settings_of(data=data)).view()
        with BarProgress(notes) as progress:
            sheet = propose(archive, _one(episode, archive), pages, blocks, progress.start, progress.advance)
    text = json_lines(sheet) if as_json else markdown(sheet)
    if len(sheet.blocks) < blocks:
        notes.print(f"{len(sheet.blocks)} blocks: no other sentence of a guest can stand alone", markup=False)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        complain(f"{out}: {error.strerror}; give another --out FILE")
        raise typer.Exit(2) from error
    notes.print(f"{len(sheet.blocks)} blocks: {out}", markup=False)


def _one(wanted: str, archive: ArchiveView) -> Episode:
    """The episode of a slug or of a part of one; raises `FilterError` if there is none or several."""
    catalog = archive.index.catalog
    found = filters_of(catalog, [wanted], None, None, None).episodes
    if len(found) > 1:
        shown = ", ".join(found[:_LISTED]) + (f" and {len(found) - _LISTED} more" if len(found) > _LISTED else "")
        raise FilterError(f"{len(found)} episodes match {wanted[:200]!r}: {shown}; give more of the slug")
    return archive.index.episodes[found[0]]


def _pages(folder: Path) -> list[Page]:
    """The wiki's pages; exit status 2 if they cannot be read."""
    try:
        return [read_page(file) for file in files_of(folder)]
    except (WikiError, PageError) as error:
        complain(error)
        raise typer.Exit(2) from error

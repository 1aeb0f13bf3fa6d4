"""Runs `citecast page` and `citecast worksheet`: a wiki's page on a topic, and an editors' worksheet for one episode.

A worksheet needs no language model. No file is replaced without `--force`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.answering.filtering import FilterError, filters_of
from app.compose import open_archive
from app.llm.choose import load_engine
from app.question import check_question
from app.terminal.options import DataOption, JsonOption, ModelOption, complain, friendly, notes, settings_of
from app.terminal.progress import BarProgress
from app.wiki.reading.page import Page, PageError, read_page
from app.wiki.run import WikiError, files_of
from app.wiki.topics.gather import NotCovered
from app.wiki.topics.write import Written, write_page
from app.wiki.worksheet.report import json_lines, markdown
from app.wiki.worksheet.sheet import MOST
from app.wiki.worksheet.sheet import worksheet as propose
from index.archive import ArchiveView
from ingest.models import Episode

# Episodes that an error lists.
_LISTED = 8


def page(
    topic: Annotated[str, typer.Argument(help="The topic, in a few words.")],
    out: Annotated[Path | None, typer.Option("--out", help="The page's file; without it, the page is printed.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that is there.")] = False,
    wiki: Annotated[
        Path | None, typer.Option("--wiki", help="The folder of the wiki's pages; neighbouring ones are linked.")
    ] = None,
    model: ModelOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a wiki's page on a topic, of checked sentences; without a language model, a draft of quotes."""
    with friendly():
        settings = settings_of(data=data, model=model)
        wanted = check_question(topic)
        if out and out.exists() and not force:
            complain(f"{out} is there already; give another --out, or --force to replace it")
            raise typer.Exit(2)
        try:
            beside = _pages(wiki) if wiki else []
            engine = load_engine(settings)
            with BarProgress(notes) as progress:
                made = write_page(open_archive(settings).view(), wanted, engine, beside, progress)
            if out:
                out.write_text(made.text, encoding="utf-8")
        except NotCovered as refusal:
            complain(refusal)
            raise typer.Exit(3) from refusal
        except (PageError, WikiError, OSError) as error:
            complain(f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error)
            raise typer.Exit(2) from error
    for line in told(made):
        notes.print(line, soft_wrap=True, markup=False)
    if as_json:
        typer.echo(json.dumps(to_json(made), ensure_ascii=False))
    elif not out:
        typer.echo(made.text, nl=False)


def _pages(folder: Path) -> list[Page]:
    return [read_page(file) for file in files_of(folder)]


def told(made: Written) -> list[str]:
    """What is said of a page beside it: what it holds, what was dropped and why, and what could not be filled."""
    page, tally = made.page, made.tally
    count = sum(len(section.paragraphs) for section in page.parts())
    lines = [f"“{page.title}”: {len(page.sections)} sections, {len(page.guests)} guests, {count} moments"]
    if tally is None:
        lines.append("a draft of quotes; a language model (--model) writes sentences")
    else:
        said = f", {tally.as_said} of them as they were said" if tally.as_said else ""
        lines.append(f"sentences: {tally.kept} of {tally.written} passed, from {tally.asked} moments{said}")
        lines += [f"  {count} dropped: {reason}" for reason, count in tally.dropped.most_common()]
        lines += [f"the model took too long for {tally.unanswered} moments"] if tally.unanswered else []
        lines += [f"the model broke off, and the rest is missing: {tally.fault}"] if tally.fault else []
    lines += [f"not filled: {text}" for text in page.missing]
    lines += [f"line {one.line}: {one.rule}: {one.text}" for one in made.findings if one.blocks]
    return lines


def to_json(made: Written) -> dict[str, Any]:
    """The page as one JSON object."""
    page = made.page
    return {
        "title": page.title,
        "draft": page.draft,
        "guests": list(page.guests),
        "sections": [
            {
                "heading": section.heading,
                "guests": list(section.guests),
                "sentences": [text for paragraph in section.paragraphs for text in paragraph.sentences],
            }
            for section in page.parts()
        ],
        "related": list(page.related),
        "missing": list(page.missing),
        "dropped": dict(made.tally.dropped) if made.tally else {},
        "text": made.text,
    }


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
        try:
            pages = _pages(wiki) if wiki else None
        except (PageError, WikiError) as error:
            complain(error)
            raise typer.Exit(2) from error
        archive = open_archive(settings_of(data=data)).view()
        with BarProgress(notes) as progress:
            sheet = propose(archive, _one(episode, archive), pages, blocks, progress)
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

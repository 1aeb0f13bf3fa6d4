"""The `citecast` program: ingest, ask, search, serve, doctor.

Every command reads the settings once and turns what can go wrong into one line
on standard error and exit status 1 (2 for a wrong call). JSON goes to standard
output alone; progress and notes to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Annotated

import typer
from rich.markup import escape

from app.answering.filtering import filters_of
from app.answering.search import searched
from app.compose import open_answerer, open_archive
from app.contract import AnswerModel
from app.llm.engine import EngineError
from app.render.terminal import answer_text
from app.terminal.check import check
from app.terminal.doctor import examine
from app.terminal.options import Commands, DataOption, JsonOption, friendly, notes, settings_of
from app.terminal.output import guarded
from app.terminal.progress import BarProgress, follow
from app.terminal.verify import verify
from index.embedder import Embedder
from index.manifest import IndexMismatch, IndexMissing, current_generation, read_manifest
from ingest.settings import Settings
from ingest.sources.open import Source, SourceError, open_source, sample_source
from ingest.text import clock

app = typer.Typer(
    name="citecast",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Ask a podcast archive; every sentence of an answer names the episode, the speaker and the second.",
)
EpisodeOption = Annotated[
    list[str] | None, typer.Option("--episode", help="Only this episode (its slug, or part of its title); repeatable.")
]
GuestOption = Annotated[
    list[str] | None, typer.Option("--guest", help="Only this guest (or part of the name); repeatable.")
]
TopicOption = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic (or part of it); repeatable.")]
SeasonOption = Annotated[list[int] | None, typer.Option("--season", help="Only this season; repeatable.")]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Who writes: extractive, auto, or a language model by URL, hub name, folder or file."),
]
RerankerOption = Annotated[
    str | None, typer.Option("--reranker", help="What reorders the first passages: a hub name, a folder or a URL.")
]


@app.command()
def ingest(
    archive: Annotated[str | None, typer.Argument(help="Folder or Git URL of the archive.")] = None,
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
    from index.building.build import build_index

    with friendly():
        settings = settings_of(archive=archive, data=data)
        source = _source(settings, sample, or_sample)
        if source is None:
            return
        with BarProgress(notes) as progress:
            report = build_index(
                source, settings, Embedder(settings.embedder, threads=settings.threads), progress, rebuild=rebuild
            )
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        typer.echo("\n".join(report.lines()))


def _source(settings: Settings, sample: bool, or_sample: bool) -> Source | None:
    """What to read; None where the index at hand serves."""
    if sample:
        return sample_source()
    try:
        return open_source(settings.archive, settings.data, lambda text: notes.print(text, markup=False))
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
    """Whether there is an index of a real archive, which the sample must not replace: it took minutes to build."""
    try:
        return not read_manifest(current_generation(settings.data)).sample
    except (IndexMissing, IndexMismatch):
        return False


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in a sentence.")],
    episode: EpisodeOption = None,
    guest: GuestOption = None,
    topic: TopicOption = None,
    season: SeasonOption = None,
    after: Annotated[
        list[str] | None,
        typer.Option("--after", help="An earlier question of the conversation; repeatable, oldest first."),
    ] = None,
    model: ModelOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the archive, with numbered citations."""
    with friendly():
        answerer = open_answerer(settings_of(data=data, reranker=reranker, model=model))
        filters = filters_of(answerer.catalog, episode, guest, topic, season)
        answer = follow(answerer.stream(question, history=after or (), filters=filters), notes)
    if as_json:
        typer.echo(json.dumps(AnswerModel.of(answer).to_json(), ensure_ascii=False))
    else:
        typer.echo(answer_text(answer, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 10,
    episode: EpisodeOption = None,
    guest: GuestOption = None,
    topic: TopicOption = None,
    season: SeasonOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the passages of the archive, without writing an answer."""
    with friendly():
        view = open_archive(settings_of(data=data, reranker=reranker)).view()
        filters = filters_of(view.index.catalog, episode, guest, topic, season)
        result = searched(view, query, k, filters)
    if as_json:
        typer.echo(json.dumps(result.to_json(), ensure_ascii=False))
        return
    for item in result.passages:
        typer.echo(f"{item.rank:2d}. {item.title} | {item.chapter} | {item.speaker} at {clock(item.start)}")
        typer.echo(f"    {item.url}\n    {' '.join(item.text.split())[:240]}…\n")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    model: ModelOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
) -> None:
    """Serve the chat, the JSON API and its documentation from one process."""
    with friendly():
        settings = settings_of(host=host, port=port, model=model, reranker=reranker, data=data)
        answerer = open_answerer(settings)
        catalog = answerer.catalog
        notes.print(
            f"{catalog.passages:,} passages of {len(catalog.episodes)} episodes"
            + (" of the made-up SAMPLE archive" if catalog.sample else "")
            + f"; loading the model ({answerer.model})"
        )
        try:
            answerer.warm_up()
        except EngineError as error:  # a server may come later
            notes.print(f"{escape(str(error))} Until it answers, answers are made of quotes.", soft_wrap=True)
        from app.server import run

        run(answerer, settings, lambda url: notes.print(f"Citecast is at {url} (stop it with Ctrl+C)"), open_page)


@app.command()
def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is installed and used, what is wrong, and the command that mends it."""
    with friendly():
        findings = examine(settings_of(data=data))
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(finding.line())
    if any(finding.level == "wrong" for finding in findings):
        raise typer.Exit(1)


app.command()(check)
app.command()(verify)


def main() -> None:
    """Run the program."""
    # Progress bars and advice of libraries are not this program's output.
    for name in ("httpx", "huggingface_hub", "sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with guarded():
        app()

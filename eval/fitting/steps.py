"""The steps of `make fit`: each fits one thing on labelled data and the archive, writes its file, and reports figures.

A step brings the indexes that it needs up to date, in DATA and, for an embedder that was fitted on a part of the
questions, in DATA/fit. Its lines are figures of questions that nothing was fitted on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.answering import premise as premises
from app.compose import open_archive
from app.dialogue import reader
from app.evidence import carrying as carrying_of_app
from app.evidence import injected
from app.terminal.options import notes
from app.terminal.progress import BarProgress
from app.verification import score
from app.wiki.topics import placing as places
from eval.fitting import carrying, injections, verification
from eval.fitting import judge as judging
from eval.fitting import premise as premising
from eval.fitting.embedder import Example, Recipe, low_rank, train, write_adapter
from eval.fitting.examples import TEST, TUNE, UNGRADED, data_hash, examples, kept_apart, read_items, suite_paths
from eval.fitting.gate import fit as gate
from eval.fitting.talk import data as talk_data
from eval.fitting.talk.fit import fitted_reader
from eval.fitting.wiki import placing as placings
from eval.fitting.wiki import worksheet as worksheets
from eval.running.suites import Item
from index.building.build import build_index
from index.building.reading import Unread, read_rows
from index.embedder import Embedder
from index.fitted.adapter import SHIPPED, read_adapter
from index.fitted.weights import write_fitted
from index.judging import judge as judge_of_index
from index.manifest import current_generation, read_manifest
from index.minilm import MINILM
from index.torch_use import use_cores
from ingest.models import Passage
from ingest.passages import PassageSettings
from ingest.report import IngestReport
from ingest.settings import Settings
from ingest.sources.open import Sources, open_sources

RECIPE = Recipe()
JUDGE = Path(judge_of_index.__file__).with_name("fitted.json")
CARRYING = Path(carrying_of_app.__file__).with_name("fitted.json")
# The adapter of a part of the questions, in the data folder, and that part.
FIRST = Path("fit") / "first.safetensors"
_FIRST_SHARE = 0.4
PREMISE = Path(premises.__file__).with_name("premise.json")
_APP = Path(score.__file__).parents[1]


def fit_embedder(settings: Settings) -> list[str]:
    """Fit the adapter of the settings' model: MiniLM's is the project's, another's goes to the data folder."""
    path = SHIPPED if settings.embedder == MINILM else settings.data / "fit" / "adapter.safetensors"
    fit_adapter(settings, read_items(TUNE), path)
    return [f"written to {path}"] if path == SHIPPED else [f"written to {path}; `CITECAST_ADAPTER={path}` uses it"]


def fit_adapter(settings: Settings, items: Sequence[Item], path: Path, *, again: bool = True) -> None:
    """Fit the embedder on questions and write the adapter; not `again` if there is one of the same data and recipe."""
    recipe, embedder, source = RECIPE, Embedder.of(settings), _source(settings)
    found = [one for one in examples(items, _passages(settings, source)) if one.others]
    about = {"base": embedder.base_key, "recipe": json.dumps(asdict(recipe)), "examples": _digest(found)}
    about |= {"data": data_hash(suite_paths(TUNE)), "archive": source.version}
    if not again and path.exists() and read_adapter(path)[1] == about:
        return
    model = embedder.trainable()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    use_cores(settings.threads)
    steps = -(-len(found) // recipe.batch) * recipe.epochs
    with BarProgress(notes) as progress:
        progress.start(f"Fitting the embedder on {len(found)} questions", steps)
        train(model, found, recipe, lambda loss: progress.advance(1))
    write_adapter(path, low_rank(before, model.state_dict(), recipe.rank), about)


def fit_judge(settings: Settings) -> list[str]:
    """Fit the judge with an embedder that was fitted on the first part of the questions; its figures as lines."""
    items = read_items(TUNE)
    first, apart = first_part(items), _apart(settings, again=True)
    rest = [item for item in [*items, *read_items(UNGRADED)] if item not in first]
    ready = judging.fitted_on(_judged(apart, rest), _about(apart, data_hash(suite_paths(TUNE + UNGRADED))))
    write_fitted(JUDGE, ready)
    index_up_to_date(settings)
    shown = [f"fitted on {len(rest)} questions: {ready.numbers}"]
    for name in TEST:
        shown += [f"{name}:", *judging.report(_judged(settings, read_items([name])), ready)]
    return shown


def fit_carrying(settings: Settings) -> list[str]:
    """Fit which sentences carry an answer, with the judge's embedder; figures of the excerpts as lines."""
    apart = _apart(settings, again=False)
    view = open_archive(apart).view()
    found, gone = carrying.read_picked(read_items(TUNE), view.index)
    if not found:
        return ["none of the passages is in this archive: nothing was fitted"]
    ready = carrying.fitted_on(view, found, _about(apart, data_hash(_folder("carrying"))))
    write_fitted(CARRYING, ready)
    index_up_to_date(settings)
    own = open_archive(settings).view()
    shown = [f"fitted on {len(found)} passages; {gone} others are not in this archive"]
    for name in TEST:
        test, _ = carrying.read_picked(read_items([name]), own.index)
        shown += [f"{name}: {carrying.measured(own, test, ready)}"] if test else []
    return shown


def _apart(settings: Settings, *, again: bool) -> Settings:
    """Settings of the index of an embedder that was fitted on the first part of the questions.

    The embedder is fitted `again`, or only if there is none of the same data.
    """
    apart = settings.model_copy(update={"adapter": str(settings.data / FIRST), "data": settings.data / "fit"})
    fit_adapter(settings, first_part(read_items(TUNE)), Path(apart.adapter), again=again)
    index_up_to_date(apart)
    return apart


def fit_support(settings: Settings) -> list[str]:
    """Fit the gate; its figures as lines."""
    fitted, lines = gate.fitted_gate(settings, _about(settings, data_hash(_folder("support"))))
    write_fitted(_APP / "support" / "fitted.json", fitted)
    return lines


def fit_verification(settings: Settings, claims: Path | None) -> list[str]:
    """Fit the scores of statements; their figures as lines. `claims`: more statements, with their ranges."""
    about = _about(settings, data_hash(_folder("statements")))
    scores, lines = verification.fitted_scores(settings, claims, about)
    for name, one in scores.items():
        write_fitted(_APP / "verification" / f"{name}.json", one)
    return lines


def fit_premise(settings: Settings) -> list[str]:
    """Fit which premises are doubtful; its figures as lines."""
    view = open_archive(settings).view()
    tune, test = (
        premising.measured(view, premising.read_premises(path, suites))
        for path, suites in ((premising.TUNE, premising.TUNE_SUITES), (premising.TEST, premising.TEST_SUITES))
    )
    if not premising.enough(tune):
        return ["too few of the premises are about guests of this archive: nothing was fitted"]
    about = _about(settings, data_hash([premising.TUNE, *suite_paths(premising.TUNE_SUITES)]))
    ready, lines = premising.fitted_on(tune, about)
    write_fitted(PREMISE, ready)
    return [f"fitted on {len(tune)} premises: {ready.numbers}", *lines, "test:", *premising.report(test, ready)]


def fit_turns(settings: Settings) -> list[str]:
    """Fit what has to be asked back and what continues the turns before; figures as lines."""
    view = open_archive(settings).view()
    data = data_hash([*_folder("clarify"), *suite_paths(talk_data.SUITES)])
    files, lines = fitted_reader(
        talk_data.first_turns(view.index.catalog.topics),
        talk_data.pairs(),
        lambda text: view.embedder.embed_query(text).vector,
        {"embedder": view.embedder.key, "data": data},
    )
    for name, fitted in files.items():
        write_fitted(reader.FOLDER / f"{name}.json", fitted)
    return lines


def fit_injections(settings: Settings) -> list[str]:
    """Fit which sentences address a machine; figures as lines."""
    view, about = open_archive(settings).view(), _about(settings, data_hash([injections.TUNE]))
    honest = injections.talk(view.index.episodes.values())
    with BarProgress(notes) as progress:
        progress.start("Embedding sentences", len(honest))
        vectors = injections.embedded(honest, view.embedder, progress.advance)
    tune, test = (injections.scored(injections.read_written(path), view.embed) for path in injections.DATA)
    ready = injections.fitted_on(tune, honest, vectors, about)
    write_fitted(injected.WEIGHTS, ready)
    return injections.report(tune, test, vectors, ready)


def fit_worksheet(settings: Settings) -> list[str]:
    """Fit what a worksheet proposes; its figures as lines."""
    found, gone = worksheets.read_labels(open_archive(settings).view().index)
    if not found:
        return ["none of the labelled sentences is in this archive: nothing was fitted"]
    use_cores(settings.threads)
    about = {"data": data_hash([worksheets.READ]), "archive": _source(settings).version}
    lines = worksheets.fit_and_report(found, about, settings.threads)
    return [f"fitted on {len(found)} statements; {gone} others are not in this archive", *lines]


def fit_placing(settings: Settings) -> list[str]:
    """Fit where statements belong on a topic's page; figures as lines."""
    view = open_archive(settings).view()
    found, gone = placings.read_placed(view.index)
    if not found:
        return ["none of the placed statements is in this archive: nothing was fitted"]
    files, lines = placings.fitted_places(placings.rows_of(view, found), _about(settings, data_hash([placings.PLACED])))
    for where, fitted in files.items():
        write_fitted(places.FOLDER / f"{where}.json", fitted)
    return [f"fitted on {len(found)} statements; {gone} others are not in this archive", *lines]


def first_part(items: Sequence[Item]) -> list[Item]:
    """The questions that the judge's embedder is fitted on: the first of those with an answer, in the suites' order."""
    answerable = [item for item in items if item.answerable]
    return answerable[: round(_FIRST_SHARE * len(answerable))]


def _judged(settings: Settings, items: Sequence[Item]) -> list[judging.Judged]:
    with BarProgress(notes) as progress:
        progress.start("Searching questions", len(items))
        return judging.judged(open_archive(settings).view(), items, lambda: progress.advance(1))


def _source(settings: Settings) -> Sources:
    return open_sources(settings.archive, settings.data, lambda text: notes.print(text, markup=False))


def _passages(settings: Settings, source: Sources) -> dict[str, Sequence[Passage]]:
    """The archive's passages by episode, without the episodes kept apart for testing."""
    apart, report = kept_apart(), IngestReport(source.shown, source.version, source.sample, changed=True)
    with BarProgress(notes) as progress:
        rows = read_rows(source, PassageSettings(target=settings.passage_words), report, progress, Unread())
    return {row.episode.slug: row.passages for row in rows if row.episode.slug not in apart}


def index_up_to_date(settings: Settings) -> None:
    """Bring the settings' index up to date."""
    with BarProgress(notes) as progress:
        build_index(_source(settings), settings, Embedder.of(settings), progress)


def _about(settings: Settings, questions: str) -> dict[str, str]:
    manifest = read_manifest(current_generation(settings.data))
    return {"data": questions, "archive": manifest.version, "embedder": manifest.embedder}


def _folder(name: str) -> list[Path]:
    return sorted((Path(__file__).parents[1] / name).glob("*.jsonl"))


def _digest(found: Sequence[Example]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]

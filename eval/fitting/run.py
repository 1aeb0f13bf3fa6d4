"""Fits everything that the project ships, from the labelled questions and the archive (`make fit`).

    python -m eval.fitting.run [embedder] [judge] [support] [verification] [--claims FILE] [--base NAME]

1. `embedder`: the adapter, on all questions of the tune suites -> index/fitted/minilm.safetensors
2. `judge`: on half of the questions, with the index of an adapter that was fitted on the other half, because an
   embedder separates better on its own questions than on others -> index/judging/fitted.json
3. `support`: the gate, on `eval/support/` -> app/support/fitted.json
4. `verification`: the scores of statements, on `eval/statements/` -> app/verification/*.json

Each file says by hash which questions, archive and embedder it came from. With `--base`, another model is fitted:
its adapter is written to the data folder, and nothing of the project changes. Indexes are brought up to date on the
way, in DATA and in DATA/fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.compose import open_archive
from app.terminal.options import DataOption, friendly, notes
from app.terminal.progress import BarProgress
from app.verification import score
from eval.fitting import judge as judging
from eval.fitting import support, verification
from eval.fitting.embedder import Example, Recipe, low_rank, train, write_adapter
from eval.fitting.examples import TEST, TUNE, data_hash, examples, kept_apart, read_items, suite_paths
from eval.running.suites import Item
from index.adapter import SHIPPED
from index.building.build import build_index
from index.embedder import MINILM, NONE, Embedder
from index.episodes import read_episodes
from index.fitted import write_fitted
from index.judging import judge as judge_of_index
from index.manifest import current_generation, read_manifest
from index.torch_use import use_cores
from ingest.settings import Settings, load_settings
from ingest.sources.open import open_source

RECIPE = Recipe()
_APP = Path(score.__file__).parents[1]


class Step(StrEnum):
    """What can be fitted alone."""

    EMBEDDER = "embedder"
    JUDGE = "judge"
    SUPPORT = "support"
    VERIFICATION = "verification"


def main(
    steps: Annotated[list[Step] | None, typer.Argument(help="What to fit; everything by default.")] = None,
    claims: Annotated[Path | None, typer.Option(help="Statements and their ranges, for the verification.")] = None,
    base: Annotated[str, typer.Option(help="Model to fit: `minilm`, a hub name or a folder.")] = MINILM,
    data: DataOption = None,
) -> None:
    """Fit, write the files, and print figures of questions that nothing was fitted on."""
    wanted = steps or (list(Step) if base == MINILM else [Step.EMBEDDER])
    with friendly():
        settings = load_settings({"data": data, "embedder": base})
        if Step.EMBEDDER in wanted:
            path = SHIPPED if base == MINILM else settings.data / "fit" / "adapter.safetensors"
            fit_adapter(settings, read_items(TUNE), path)
            notes.print(f"Written to {path}; `CITECAST_ADAPTER={path}` uses it" if base != MINILM else f"{path}")
        if Step.JUDGE in wanted:
            _show("judge", fit_judge(settings))
        if Step.SUPPORT in wanted:
            _index(settings)
            fitted, lines = support.fitted_gate(settings, _about(settings, data_hash(_folder("support"))))
            write_fitted(_APP / "support" / "fitted.json", fitted)
            _show("support", lines)
        if Step.VERIFICATION in wanted:
            _index(settings)
            about = _about(settings, data_hash(_folder("statements")))
            scores, lines = verification.fitted_scores(settings, claims, about)
            for name, one in scores.items():
                write_fitted(_APP / "verification" / f"{name}.json", one)
            _show("verification", lines)


def fit_adapter(settings: Settings, items: Sequence[Item], path: Path, recipe: Recipe = RECIPE) -> None:
    """Fit the embedder on questions and write the adapter."""
    plain = settings.model_copy(update={"adapter": NONE})
    model, key = Embedder.of(plain).trainable(), Embedder.of(plain).base_key
    apart = kept_apart()
    rows = read_episodes(_index(plain) / "episodes.jsonl")
    passages = {episode.slug: own for episode, own in rows if episode.slug not in apart}
    found = [one for one in examples(items, passages) if one.others]
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    use_cores(settings.threads)
    steps = -(-len(found) // recipe.batch) * recipe.epochs
    with BarProgress(notes) as progress:
        progress.start(f"Fitting the embedder on {len(found)} questions", steps)
        train(model, found, recipe, lambda loss: progress.advance(1))
    about = {"base": key, "recipe": json.dumps(asdict(recipe)), "examples": _digest(found)}
    about |= _about(plain, data_hash(suite_paths(TUNE)))
    write_adapter(path, low_rank(before, model.state_dict(), recipe.rank), about)


def fit_judge(settings: Settings) -> list[str]:
    """Fit the judge on the second half of the questions, with an embedder fitted on the first; its figures as lines."""
    items = read_items(TUNE)
    first = [item for item in items if not _second(item)]
    path = settings.data / "fit" / "half.safetensors"
    fit_adapter(settings, first, path)
    half = settings.model_copy(update={"adapter": str(path), "data": settings.data / "fit"})
    _index(half)
    view = open_archive(half).view()
    rest = [item for item in items if _second(item)]
    ready = judging.fitted_on(_judged(half, rest), _about(half, data_hash(suite_paths(TUNE))))
    write_fitted(Path(judge_of_index.__file__).with_name("fitted.json"), ready)
    _index(settings)
    shown = [f"with the embedder of half of the questions, {len(rest)} others: {ready.numbers}"]
    for name in TEST:
        shown += [f"{name}:", *judging.report(_judged(settings, read_items([name])), ready)]
    del view
    return shown


def _judged(settings: Settings, items: Sequence[Item]) -> list[judging.Judged]:
    with BarProgress(notes) as progress:
        progress.start("Searching questions", len(items))
        return judging.judged(open_archive(settings).view(), items, lambda: progress.advance(1))


def _second(item: Item) -> bool:
    """Whether a question is in the second half: all without an answering passage, and half of the others."""
    return not item.answerable or int(hashlib.sha256(item.id.encode()).hexdigest(), 16) % 2 == 1


def _index(settings: Settings) -> Path:
    """The folder of the settings' index, brought up to date."""
    source = open_source(settings.archive, settings.data, lambda text: notes.print(text, markup=False))
    with BarProgress(notes) as progress:
        build_index(source, settings, Embedder.of(settings), progress)
    return current_generation(settings.data)


def _about(settings: Settings, questions: str) -> dict[str, str]:
    manifest = read_manifest(current_generation(settings.data))
    return {"data": questions, "archive": manifest.version, "embedder": manifest.embedder}


def _folder(name: str) -> list[Path]:
    return sorted((Path(__file__).parents[1] / name).glob("*.jsonl"))


def _digest(found: Sequence[Example]) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def _show(title: str, lines: Sequence[str]) -> None:
    typer.echo("\n".join([f"{title}:", *(f"  {line}" for line in lines)]))


if __name__ == "__main__":
    typer.run(main)

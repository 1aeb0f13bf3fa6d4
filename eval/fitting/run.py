"""Fits everything that the project ships, from the labelled questions and the archive (`make fit`).

    python -m eval.fitting.run [STEP ...] [--claims FILE] [--base NAME]

1. `embedder`: the adapter, on all questions of the tune suites -> index/fitted/minilm.safetensors
2. `judge`: with the index of an adapter that was fitted on a part of the questions, on the others, because an
   embedder separates better on its own questions than on others -> index/judging/fitted.json
3. `carrying`: which sentences carry an answer, on `eval/carrying/`, with the same index -> app/evidence/fitted.json
4. `support`: the gate, on `eval/support/` -> app/support/fitted.json
5. `verification`: the scores of statements, on `eval/statements/` -> app/verification/*.json
6. `premise`: which premises of questions are doubtful, on `eval/premises/` -> app/answering/premise.json
7. `turns`: what has to be asked back and what continues the turns before, on `eval/clarify/` and the tune suites ->
   app/dialogue/*.json
8. `injections`: which sentences address a machine, on `eval/injections/tune.jsonl` and the archive's talk ->
   app/evidence/injections.json
9. `worksheet`: which statements an editor keeps, and their kinds, on `eval/worksheet/` -> app/wiki/worksheet/fitted/
10. `placing`: where a statement belongs on a topic's page, on `eval/pages/placed.jsonl` -> app/wiki/topics/fitted/

Each file says by hash which questions, archive and embedder it came from. With `--base`, another model is fitted:
its adapter is written to the data folder, and nothing of the project changes. Indexes are brought up to date on the
way, in DATA and in DATA/fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.terminal.options import DataOption, friendly
from eval.fitting.steps import (
    fit_carrying,
    fit_embedder,
    fit_injections,
    fit_judge,
    fit_placing,
    fit_premise,
    fit_support,
    fit_turns,
    fit_verification,
    fit_worksheet,
    index_up_to_date,
)
from index.minilm import MINILM
from ingest.settings import Settings, load_settings


class Step(StrEnum):
    """What can be fitted alone."""

    EMBEDDER = "embedder"
    JUDGE = "judge"
    CARRYING = "carrying"
    SUPPORT = "support"
    VERIFICATION = "verification"
    PREMISE = "premise"
    TURNS = "turns"
    INJECTIONS = "injections"
    WORKSHEET = "worksheet"
    PLACING = "placing"


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
        for step in Step:
            if step in wanted:
                if step not in _WITH_AN_INDEX_APART:
                    index_up_to_date(settings)
                _show(step.value, _STEPS[step](settings, claims))


def _show(title: str, lines: Sequence[str]) -> None:
    typer.echo("\n".join([f"{title}:", *(f"  {line}" for line in lines)]))


# These fit or use another embedder, and bring the indexes that they need up to date themselves.
_WITH_AN_INDEX_APART = (Step.EMBEDDER, Step.JUDGE, Step.CARRYING)
_STEPS: dict[Step, Callable[[Settings, Path | None], list[str]]] = {
    Step.EMBEDDER: lambda settings, _: fit_embedder(settings),
    Step.JUDGE: lambda settings, _: fit_judge(settings),
    Step.CARRYING: lambda settings, _: fit_carrying(settings),
    Step.SUPPORT: lambda settings, _: fit_support(settings),
    Step.VERIFICATION: fit_verification,
    Step.PREMISE: lambda settings, _: fit_premise(settings),
    Step.TURNS: lambda settings, _: fit_turns(settings),
    Step.INJECTIONS: lambda settings, _: fit_injections(settings),
    Step.WORKSHEET: lambda settings, _: fit_worksheet(settings),
    Step.PLACING: lambda settings, _: fit_placing(settings),
}


if __name__ == "__main__":
    typer.run(main)

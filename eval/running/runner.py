"""Runs suites over systems and writes run.json and report.html.

1. Read the suites, open each system's index, and check all gold: faults show
   before the first question is asked.
2. Ask each system each question. Each outcome is saved at once, so that a stopped
   run can continue.
3. Score everything, with one call of the judge for each system.
4. Write run.json in one step, and the report; remove the partial results.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.compose import open_archive
from eval.environment import versions
from eval.running.aggregates import aggregate, intervals
from eval.running.checkpoint import Partial, key_of
from eval.running.gold import check_gold, duplicates_of
from eval.running.judges import Judge
from eval.running.scores import Relevance, Row, grades_without_index, score_rows
from eval.running.served import open_served
from eval.running.specs import SERVER, Spec, UnknownSystem
from eval.running.suites import Item, Suite, SuiteError, check_names
from eval.running.systems import Outcome, System, open_system
from index.archive import Archive
from index.building.progress import Progress
from index.embedder import Embedder
from index.manifest import write_durably
from ingest.settings import Settings, load_settings

# The name of the aggregates over all suites of a run: refusals need questions of both kinds.
POOLED = "all"
# The first question of a process loads the model, so it is not timed.
_WARM_UP = Item("warm-up", 0, ("What do the guests of this podcast talk about?",), False, (), (), "", {})


class EvalError(Exception):
    """A run is not possible; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `flags`: settings for all systems; `limit`: only the first questions of each suite."""

    suites: tuple[Suite, ...]
    specs: tuple[Spec, ...]
    judge: Judge
    out: Path
    flags: Mapping[str, Any]
    limit: int | None = None
    fresh: bool = False


def embedder_of(settings: Settings) -> Embedder:
    """The embedder of the settings, without a cache: no system profits from another's embeddings."""
    return Embedder.of(settings, remember=0)


def evaluate(
    plan: Plan, progress: Progress, make_embedder: Callable[[Settings], Embedder] = embedder_of
) -> list[dict[str, Any]]:
    """Run every system over every suite; the runs are in the order of `plan.specs`.

    One system writes DIR/run.json and DIR/report.html; several write DIR/SYSTEM/run.json each.
    Raises `EvalError`, `SuiteError`, `UnknownSystem`, `ServerError`, and what opening an index raises.
    """
    check_names(plan.suites)
    if len(plan.suites) > 1 and any(suite.name == POOLED for suite in plan.suites):
        raise SuiteError(f"a suite named {POOLED!r} has to be run alone: all suites of a run together have that name")
    if len({spec.folder for spec in plan.specs}) < len(plan.specs):
        raise UnknownSystem("the same system is given twice")
    try:
        plan.out.mkdir(parents=True, exist_ok=True)
        partial = Partial(plan.out, fresh=plan.fresh)
        runs = [_run(plan, desk, partial, progress) for desk in _desks(plan, make_embedder)]
        partial.remove()
    except OSError as error:
        raise EvalError(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error
    return runs


@dataclass(frozen=True, slots=True)
class _Desk:
    """A system that can be opened, and the suites, checked on its index."""

    spec: Spec
    suites: tuple[Suite, ...]
    open: Callable[[Progress], System]


def _desks(plan: Plan, make_embedder: Callable[[Settings], Embedder]) -> list[_Desk]:
    """Open each system's index and check the gold on it; equal settings share what they open."""
    opened: dict[Settings, Archive] = {}
    embedders: dict[tuple[str, str, int], Embedder] = {}
    found: list[_Desk] = []
    for spec in plan.specs:
        settings = load_settings({**plan.flags, **spec.changes})
        if spec.kind == SERVER:
            found.append(_desk_of_server(plan, spec, settings))
            continue
        if settings not in opened:
            model = settings.embedder, settings.adapter, settings.threads
            embedders[model] = embedders.get(model) or make_embedder(settings)
            opened[settings] = open_archive(settings, embedders[model])
        archive = opened[settings]
        index = archive.index
        ends = {slug: episode.end for slug, episode in index.episodes.items()}
        suites = _suites(plan, ends, duplicates_of(index.folder))
        found.append(_Desk(spec, suites, functools.partial(open_system, spec, settings, archive)))
    return found


def _desk_of_server(plan: Plan, spec: Spec, settings: Settings) -> _Desk:
    """A server elsewhere; gold is checked only if its index is on this machine, too."""
    system = open_served(spec, settings)
    shelf = system.shelf
    suites = _suites(plan, shelf.ends, shelf.duplicates) if shelf else _suites(plan)
    return _Desk(spec, suites, lambda progress: system)


def _suites(
    plan: Plan, ends: Mapping[str, float] | None = None, duplicates: Mapping[str, str] | None = None
) -> tuple[Suite, ...]:
    """The plan's suites, as far as its limit; with the ends of the episodes, all gold is checked on these."""
    checked = plan.suites if ends is None else (check_gold(suite, ends, duplicates or {}) for suite in plan.suites)
    return tuple(replace(suite, items=suite.items[: plan.limit]) for suite in checked)


def _run(plan: Plan, desk: _Desk, partial: Partial, progress: Progress) -> dict[str, Any]:
    """One system over all suites: asked, scored and written."""
    system = desk.open(progress)
    made_with = versions()
    made_of = system.about
    about = {
        "settings": made_of["settings"] | {"judge": plan.judge.name, "limit": plan.limit},
        "manifest": made_of["manifest"],
        "versions": made_with,
        "system": system.name,
    }
    basis = made_of | {"code": made_with["code"]}
    relevance = None if system.spans is None else Relevance(system.spans)
    outcomes = _ask(system, desk.suites, basis, partial, progress)
    rows = {
        suite.name: [_row(item, outcomes[suite.name, item.id], relevance) for item in suite.items]
        for suite in desk.suites
    }
    every = [row for own in rows.values() for row in own]
    failures = score_rows(every, plan.judge, progress, f"{system.name}: judging")
    run = about | _results(rows, failures)
    _write(run, plan.out if len(plan.specs) == 1 else plan.out / desk.spec.folder)
    return run


def _row(item: Item, outcome: Outcome, relevance: Relevance | None) -> Row:
    if relevance is None:
        return Row(item, outcome, None, grades_without_index(outcome.ranking, item.graded))
    return Row(item, outcome, relevance.of(item.gold), relevance.grades(item.graded, item.gold))


def _ask(
    system: System, suites: Sequence[Suite], basis: Mapping[str, Any], partial: Partial, progress: Progress
) -> dict[tuple[str, str], Outcome]:
    """The outcome of every item, by suite and id: saved ones are reused, the others are asked and saved."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    warm = False
    for suite in suites:
        progress.start(f"{system.name}: {suite.name}", len(suite.items))
        for item in suite.items:
            key = key_of(suite.name, item, system.name, basis)
            outcome = partial.get(key)
            if outcome is None:
                if not warm:
                    system.run(_WARM_UP)
                    warm = True
                outcome = system.run(item)
                partial.put(key, outcome)
            outcomes[suite.name, item.id] = outcome
            progress.advance(1)
    return outcomes


def _results(rows: Mapping[str, Sequence[Row]], failures: int) -> dict[str, Any]:
    """Everything in run.json that follows from the scores."""
    groups = {name: list(own) for name, own in rows.items()}
    if len(rows) > 1:
        groups[POOLED] = [row for own in rows.values() for row in own]
    return {
        "model": next((str(row.outcome.output["model"]) for row in groups[next(iter(groups))]), "none"),
        "suites": {name: [row.to_json() for row in own] for name, own in rows.items()},
        "aggregates": {name: aggregate(own) for name, own in groups.items()},
        "intervals": {name: intervals(own) for name, own in groups.items()},
        "by_type": _grouped(rows, lambda item: item.type),
        "by_style": _grouped(rows, lambda item: item.style),
        "judge_failures": failures,
    }


def _grouped(rows: Mapping[str, Sequence[Row]], kind_of: Callable[[Item], str]) -> dict[str, dict[str, Any]]:
    """The figures of each suite by a kind of its questions; those without one are left out."""
    return {
        name: {
            kind: aggregate([row for row in own if kind_of(row.item) == kind])
            for kind in sorted({kind_of(row.item) for row in own} - {""})
        }
        for name, own in rows.items()
    }


def _write(run: Mapping[str, Any], folder: Path) -> None:
    """Write run.json, in one step, and report.html."""
    from eval.report.page import write_report

    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / "run.json", json.dumps(run, ensure_ascii=False, indent=1, allow_nan=False).encode())
    write_report(run, folder / "report.html")

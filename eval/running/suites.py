"""Reads and checks suites of questions (JSON Lines).

1. `find_suite`: a path, or the name of one of the project's suites.
2. `read_suite`: every line is checked; the first bad one is an error that names
   file, line and reason.
3. `check_gold`: gold ranges and graded passages must lie inside episodes of the index. An episode
   that the index left out as a duplicate is replaced by the one it kept.

Unknown keys are kept. Nothing here answers or scores a question.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.question import QuestionError, check_question
from eval.jsonl import read_items
from eval.metrics import ANSWERS, BESIDE, TOUCHES, Graded, Span

FOLDER = Path(__file__).parents[1] / "suites"
# The end of the last words is estimated from their number, so a range taken from the recording may end a little later.
_SLACK_S = 30.0


class SuiteError(ValueError):
    """A suite cannot be used; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a suite. The last of `turns` is scored; `raw` is the object as read.

    Gold ranges of an unanswerable question are kept in `raw` and score nothing.
    """

    id: str
    line: int
    turns: tuple[str, ...]
    answerable: bool
    gold: tuple[Span, ...]
    facts: tuple[str, ...]
    type: str
    raw: dict[str, Any]
    graded: tuple[Graded, ...] = ()
    style: str = ""

    @property
    def question(self) -> str:
        """The question that is scored."""
        return self.turns[-1]

    @property
    def history(self) -> tuple[str, ...]:
        """The questions before it, oldest first."""
        return self.turns[:-1]


@dataclass(frozen=True, slots=True)
class Suite:
    """A checked suite; its name is its file's stem."""

    name: str
    path: Path
    items: tuple[Item, ...]


def find_suite(name: str) -> Path:
    """The file of a suite, given as a path or as the name of one of the project's; raises `SuiteError`."""
    for path in (Path(name).expanduser(), FOLDER / f"{name}.jsonl"):
        if path.is_file():
            return path
    known = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise SuiteError(
        f"{name}: no such file, and no suite of the project has that name; {hint}known: {', '.join(known)}"
    )


def read_suite(path: Path) -> Suite:
    """Read and check a suite; raises `SuiteError`."""
    items = read_items(path, _item, SuiteError)
    if not items:
        raise SuiteError(f"{path}: holds no question")
    return Suite(path.stem, path, items)


def _item(line: str, number: int) -> Item:
    try:
        raw = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise SuiteError(f"a line has to be an object, this is {type(raw).__name__}")
    id = raw.get("id")
    if not isinstance(id, str) or not id.strip():
        raise SuiteError("`id` has to be a text that is not empty")
    answerable = raw.get("answerable", True)
    if not isinstance(answerable, bool):
        raise SuiteError(f"{id}: `answerable` has to be true or false")
    kind, style = (_label(id, raw, key) for key in ("type", "style"))
    ranges = tuple(_range(id, "gold", value) for value in _ranges(id, raw, "gold")) if answerable else ()
    graded = tuple(Graded(_range(id, "graded", value), _grade(id, value)) for value in _ranges(id, raw, "graded"))
    return Item(id, number, _turns(id, raw), answerable, ranges, _facts(id, raw), kind, raw, graded, style)


def _label(id: str, raw: Mapping[str, Any], key: str) -> str:
    if not isinstance(raw.get(key, ""), str):
        raise SuiteError(f"{id}: `{key}` has to be a text")
    return str(raw.get(key, ""))


def _ranges(id: str, raw: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(found := raw.get(key, []), list):
        raise SuiteError(f"{id}: `{key}` has to be a list of ranges")
    return found


def _grade(id: str, value: Mapping[str, Any]) -> int:
    grade = value.get("grade")
    if isinstance(grade, bool) or grade not in (BESIDE, TOUCHES, ANSWERS):
        raise SuiteError(f"{id}: `grade` of a graded passage has to be 0, 1 or 2, this is {grade!r:.40}")
    return int(grade)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _turns(id: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """`turns`, or `question` as the only one; if both are given, `turns` counts."""
    name = "turns" if raw.get("turns") is not None else "question"
    turns = raw.get("turns") if name == "turns" else [raw.get("question")]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        wanted = "a list of texts that is not empty" if name == "turns" else "a text"
        raise SuiteError(f"{id}: `{name}` has to be {wanted}" + (" (or give `turns`)" if name == "question" else ""))
    try:
        return tuple(check_question(turn) for turn in turns)
    except QuestionError as error:
        raise SuiteError(f"{id}: `{name}`: {error}") from error


def _facts(id: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    facts = raw.get("facts") or []
    if not isinstance(facts, list) or not all(isinstance(fact, str) and fact.strip() for fact in facts):
        raise SuiteError(f"{id}: `facts` has to be a list of texts that are not empty")
    return tuple(facts)


def _range(id: str, name: str, value: Any) -> Span:
    """A range of the list `name`: gold or graded."""
    if not isinstance(value, dict) or not isinstance(value.get("episode"), str):
        raise SuiteError(f"{id}: a {name} range has to be an object with `episode`, `start` and `end`")
    start, end = (_second(id, name, key, value.get(key)) for key in ("start", "end"))
    if end <= start:
        raise SuiteError(f"{id}: a {name} range of {value['episode']} ends at {end:g}, not after its start {start:g}")
    return Span(value["episode"], start, end)


def _second(id: str, name: str, key: str, value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise SuiteError(f"{id}: `{key}` of a {name} range has to be a number of seconds, this is {value!r:.40}")
    return float(value)


def check_gold(suite: Suite, ends: Mapping[str, float], duplicates: Mapping[str, str]) -> Suite:
    """The suite with its gold (also in `raw`) on episodes of the index; raises `SuiteError`.

    `ends` are the episodes' last seconds by slug; `duplicates` maps slugs that the index
    left out to those it kept.
    """
    items: list[Item] = []
    for item in suite.items:
        gold = tuple(_inside(suite, item, span, ends, duplicates) for span in item.gold)
        kept = [value | {"episode": span.episode} for value, span in zip(item.raw.get("gold", []), gold, strict=False)]
        raw = item.raw | {"gold": kept} if gold else item.raw
        graded = tuple(
            one._replace(span=_inside(suite, item, one.span, ends, duplicates, "graded")) for one in item.graded
        )
        items.append(replace(item, gold=gold, graded=graded, raw=raw))
    return replace(suite, items=tuple(items))


def _inside(
    suite: Suite,
    item: Item,
    span: Span,
    ends: Mapping[str, float],
    duplicates: Mapping[str, str],
    name: str = "gold",
) -> Span:
    kept = span._replace(episode=duplicates.get(span.episode, span.episode))
    where = f"{suite.path}:{item.line}: {item.id}: {name} range {span.start:g}-{span.end:g} of {span.episode}"
    end = ends.get(kept.episode)
    if end is None:
        near = difflib.get_close_matches(span.episode, ends, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SuiteError(f"{where}: the index has no such episode{hint}")
    if span.start >= end or span.end > end + _SLACK_S:
        raise SuiteError(f"{where}: outside the episode, which ends at {end:.0f}")
    return kept


def check_names(suites: Sequence[Suite]) -> None:
    """Refuse two suites with the same name, since results are stored by name; raises `SuiteError`."""
    paths: dict[str, Path] = {}
    for suite in suites:
        if suite.name in paths:
            raise SuiteError(f"{suite.path}: a suite named {suite.name!r} is given already ({paths[suite.name]})")
        paths[suite.name] = suite.path

"""Reads and checks suites of questions (JSON Lines).

1. `find_suite`: a path, or the name of one of the project's suites.
2. `inspect_suite`: every line is checked; faults are collected, and faulty parts left out.
3. `read_suite`: the same, but the first fault is an error.

Unknown keys are kept. Nothing here knows the index, answers or scores a question.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from app.question import QuestionError, check_question
from eval.jsonl import read_items
from eval.metrics import ANSWERS, BESIDE, TOUCHES, Graded, Span

FOLDER = Path(__file__).parents[1] / "suites"
# More than any recording has.
_MOST_SECONDS = 1e7
_Part = TypeVar("_Part")


class SuiteError(ValueError):
    """A suite cannot be used; the message names file, line and reason."""


class Fault(NamedTuple):
    """What is wrong with a line of a suite. `id` is empty where it is not known, `line` 0 for the whole file."""

    path: Path
    line: int
    id: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}{f':{self.line}' if self.line else ''}: {f'{self.id}: ' if self.id else ''}{self.what}"


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
    raise SuiteError(f"{name}: no such file, nor a suite of the project; {hint}known: {', '.join(known)}")


def read_suite(path: Path) -> Suite:
    """Read and check a suite; raises `SuiteError` for the first fault."""
    suite, faults = inspect_suite(path)
    if faults:
        raise SuiteError(str(faults[0]))
    return suite


def inspect_suite(path: Path) -> tuple[Suite, list[Fault]]:
    """A suite without its faulty parts, and all faults, line by line; raises `SuiteError` if it cannot be opened."""
    faults: list[Fault] = []

    def item_of(line: str, number: int) -> Item:
        item, wrong = _item(line, number)
        faults.extend(Fault(path, number, item.id, what) for what in wrong)
        return item

    items = read_items(path, item_of, SuiteError, tell=lambda line, what: faults.append(Fault(path, line, "", what)))
    if not items and not faults:
        faults.append(Fault(path, 0, "", "holds no question"))
    return Suite(path.stem, path, items), faults


@dataclass(frozen=True, slots=True)
class _Line:
    """The object of one line; `wrong` collects the faults of its parts."""

    raw: dict[str, Any]
    wrong: list[str] = field(default_factory=list)

    def part(self, read: Callable[..., _Part], *given: Any, otherwise: _Part) -> _Part:
        """What `read` makes of `given`; if it raises `SuiteError`, the reason is kept and `otherwise` is returned."""
        try:
            return read(*given)
        except SuiteError as error:
            self.wrong.append(str(error))
            return otherwise

    def ranges(self, key: str, read: Callable[[str, Any], _Part]) -> tuple[_Part, ...]:
        """The ranges of a list, without faulty ones."""
        values: list[Any] = self.part(_list, self.raw, key, otherwise=[])
        found = [self.part(read, key, value, otherwise=None) for value in values]
        return tuple(one for one in found if one is not None)


def _item(line: str, number: int) -> tuple[Item, list[str]]:
    """The item of a line, and what is wrong with it; raises `SuiteError` for a line that is no object."""
    found = _Line(_object(line))
    raw = found.raw
    answerable = found.part(_answerable, raw, otherwise=True)
    item = Item(
        id=found.part(_id, raw, otherwise=""),
        line=number,
        turns=found.part(_turns, raw, otherwise=("",)),
        answerable=answerable,
        gold=found.ranges("gold", _range) if answerable else (),
        facts=found.part(_facts, raw, otherwise=()),
        type=found.part(_label, raw, "type", otherwise=""),
        raw=raw,
        graded=found.ranges("graded", _graded),
        style=found.part(_label, raw, "style", otherwise=""),
    )
    return item, found.wrong


def _object(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise SuiteError(f"a line has to be an object, this is {type(raw).__name__}")
    return raw


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _id(raw: Mapping[str, Any]) -> str:
    id = raw.get("id")
    if not isinstance(id, str) or not id.strip():
        raise SuiteError("`id` has to be a text that is not empty")
    return id


def _answerable(raw: Mapping[str, Any]) -> bool:
    answerable = raw.get("answerable", True)
    if not isinstance(answerable, bool):
        raise SuiteError("`answerable` has to be true or false")
    return answerable


def _label(raw: Mapping[str, Any], key: str) -> str:
    if not isinstance(raw.get(key, ""), str):
        raise SuiteError(f"`{key}` has to be a text")
    return str(raw.get(key, ""))


def _turns(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """`turns`, or `question` as the only one; if both are given, `turns` counts."""
    name = "turns" if raw.get("turns") is not None else "question"
    turns = raw["turns"] if name == "turns" else [raw.get("question")]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        wanted = "a list of texts that is not empty" if name == "turns" else "a text"
        raise SuiteError(f"`{name}` has to be {wanted}" + (" (or give `turns`)" if name == "question" else ""))
    try:
        return tuple(check_question(turn) for turn in turns)
    except QuestionError as error:
        raise SuiteError(f"`{name}`: {error}") from error


def _facts(raw: Mapping[str, Any]) -> tuple[str, ...]:
    facts = raw.get("facts") or []
    if not isinstance(facts, list) or not all(isinstance(fact, str) and fact.strip() for fact in facts):
        raise SuiteError("`facts` has to be a list of texts that are not empty")
    return tuple(facts)


def _list(raw: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(found := raw.get(key, []), list):
        raise SuiteError(f"`{key}` has to be a list of ranges")
    return found


def _graded(name: str, value: Any) -> Graded:
    span = _range(name, value)
    grade = value.get("grade")
    if isinstance(grade, bool) or grade not in (BESIDE, TOUCHES, ANSWERS):
        raise SuiteError(f"`grade` of a graded passage has to be 0, 1 or 2, this is {grade!r:.40}")
    return Graded(span, int(grade))


def _range(name: str, value: Any) -> Span:
    """A range of the list `name`: gold or graded."""
    if not isinstance(value, dict) or not isinstance(value.get("episode"), str):
        raise SuiteError(f"a {name} range has to be an object with `episode`, `start` and `end`")
    start, end = (_second(name, key, value.get(key)) for key in ("start", "end"))
    if end <= start:
        raise SuiteError(f"a {name} range of {value['episode']} ends at {end:g}, not after its start {start:g}")
    return Span(value["episode"], start, end)


def _second(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_SECONDS:
        raise SuiteError(f"`{key}` of a {name} range has to be a number of seconds, this is {value!r:.40}")
    return float(value)


def check_names(suites: Sequence[Suite]) -> None:
    """Refuse two suites with the same name, since results are stored by name; raises `SuiteError`."""
    paths: dict[str, Path] = {}
    for suite in suites:
        if suite.name in paths:
            raise SuiteError(f"{suite.path}: a suite named {suite.name!r} is given already ({paths[suite.name]})")
        paths[suite.name] = suite.path

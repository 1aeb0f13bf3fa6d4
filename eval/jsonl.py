"""Reads JSON Lines: each line becomes a checked item."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_Kind = TypeVar("_Kind", bound=_HasId)
_Model = TypeVar("_Model", bound=BaseModel)


def read_items(
    path: Path,
    item_of: Callable[[str, int], _Kind],
    fault: type[ValueError],
    *others: type[ValueError],
    tell: Callable[[int, str], None] | None = None,
) -> tuple[_Kind, ...]:
    """The items of a file's lines that are not blank, made from each line's text and number.

    Raises `fault`, with file, line and reason, for a file that cannot be read, for an id that occurs twice, and
    in place of `fault` or one of `others` raised by `item_of`. With `tell`, only a file that cannot be opened raises:
    `tell` gets line and reason of each other fault, and the lines without an item are left out.
    """

    def stop(number: int, reason: str) -> None:
        raise fault(f"{path}:{number}: {reason}")

    tell = tell or stop
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise fault(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        tell(error.object[: error.start].count(b"\n") + 1, "not UTF-8 text")
        return ()
    items: list[_Kind] = []
    lines: dict[str, int] = {}
    for number, line in _lines(text):
        try:
            item = item_of(line, number)
        except (fault, *others) as error:
            tell(number, str(error))
            continue
        if item.id and item.id in lines:
            tell(number, f"id {item.id!r} stands already in line {lines[item.id]}")
        lines.setdefault(item.id, number)
        items.append(item)
    return tuple(items)


def checked(kind: type[_Model], line: str, fault: type[ValueError]) -> _Model:
    """A line as a model of pydantic's; raises `fault`, which names each wrong field, its error and its value."""
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        raise fault("; ".join(map(_shown, error.errors(include_url=False)))) from error


def _shown(fault: ErrorDetails) -> str:
    where = ".".join(map(str, fault["loc"]))
    what = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {what}, not {fault['input']!r:.80}" if where else what


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of one of the project's own files, unchecked."""
    for _, line in _lines(path.read_text(encoding="utf-8-sig")):
        yield json.loads(line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines(): it would split at the line separators that JSON allows inside strings.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())

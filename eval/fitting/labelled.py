"""Labelled sentences of models, and minimal corruptions of faithful ones: JSON Lines -> items.

The files hold no transcript: `eval.fitting.quotes` finds the words of a quote in the archive, and
`eval.fitting.wording` those that a model copied from one.

    sentences.jsonl    {"id", "question", "sentence": WORDING, "label": "supported" | "partly" | "unsupported",
                        "fault": str | null, "cites": [QUOTE], "model", "split": "tune" | "test"}
    corruptions.jsonl  {"id", "kind", "faithful", "corrupted", "cites": [QUOTE], "split": "tune" | "test"}
    QUOTE, WORDING     as `eval.fitting.quotes` and `eval.fitting.wording` have them

    second-reader.jsonl  {"id", "label"}: sentences that were read once more, with the first label hidden

`supported`: a careful reader of the quotes alone finds it said there; `partly`: its core is, but it is wider or
surer or has something added; `unsupported`: the rest, also questions, broken sentences and filler. A supported
sentence with `off_topic` answers another question. On the 60 that were read twice, 53 labels agree (Cohen's
kappa 0.72); on whether a sentence is supported, 57 (kappa 0.84). A question is in `tune` where the SHA-256 of
its text is even, else in `test`.

Unknown keys are kept. Every line is checked; the first bad one is an error that names
file, line and reason. Nothing here judges support.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from eval.fitting.quotes import QuoteError, QuoteRef, parse_ref
from eval.fitting.wording import Wording, parse_wording
from eval.jsonl import read_items

FOLDER = Path(__file__).parents[1] / "support"
LABELS = ("supported", "partly", "unsupported")
SPLITS = ("tune", "test")


class SupportError(ValueError):
    """Labelled data cannot be used; the message names what, where and why."""


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence that a model wrote, and whether the quotes it cites support it, as found by reading."""

    id: str
    question: str
    sentence: Wording
    label: str
    fault: str | None
    cites: tuple[QuoteRef, ...]
    model: str
    split: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corruption:
    """A faithful sentence and the same with one thing made wrong."""

    id: str
    kind: str
    faithful: str
    corrupted: str
    cites: tuple[QuoteRef, ...]
    split: str
    raw: dict[str, Any]


class _Item(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def split(self) -> str: ...


_Kind = TypeVar("_Kind", bound=_Item)


def read_sentences(path: Path = FOLDER / "sentences.jsonl") -> tuple[LabelledSentence, ...]:
    """Labelled sentences, checked; no question may be in both splits; raises `SupportError`."""
    items = _read(path, _sentence)
    splits: dict[str, str] = {}
    for item in items:
        if splits.setdefault(item.question, item.split) != item.split:
            raise SupportError(
                f"{path}: {item.id}: question {item.question!r:.80} is in both splits; "
                "what a gate is tuned on must not be tested"
            )
    return items


def read_corruptions(path: Path = FOLDER / "corruptions.jsonl") -> tuple[Corruption, ...]:
    """Corrupted sentences, checked; raises `SupportError`."""
    return _read(path, _corruption)


def _read(path: Path, item_of: Callable[[dict[str, Any]], _Kind]) -> tuple[_Kind, ...]:
    items = read_items(path, lambda line, _: item_of(_object(line)), SupportError, QuoteError)
    if not items:
        raise SupportError(f"{path}: holds no line")
    return tuple(items)


def _object(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SupportError(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise SupportError(f"a line has to be an object, this is {type(raw).__name__}")
    return raw


def _sentence(raw: dict[str, Any]) -> LabelledSentence:
    label = _one_of(raw, "label", LABELS)
    fault = raw.get("fault")
    if label == "supported" and fault is not None:
        raise SupportError(f"`fault` of a supported sentence has to be null, this is {fault!r:.40}")
    return LabelledSentence(
        id=_text(raw, "id"),
        question=_text(raw, "question"),
        sentence=parse_wording(raw.get("sentence")),
        label=label,
        fault=None if label == "supported" else _text(raw, "fault"),
        cites=_refs(raw),
        model=_text(raw, "model"),
        split=_one_of(raw, "split", SPLITS),
        raw=raw,
    )


def _corruption(raw: dict[str, Any]) -> Corruption:
    faithful, corrupted = _text(raw, "faithful"), _text(raw, "corrupted")
    if faithful == corrupted:
        raise SupportError("`corrupted` says the same as `faithful`")
    return Corruption(
        id=_text(raw, "id"),
        kind=_text(raw, "kind"),
        faithful=faithful,
        corrupted=corrupted,
        cites=_refs(raw),
        split=_one_of(raw, "split", SPLITS),
        raw=raw,
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SupportError(f"`{key}` has to be a text that is not empty")
    return value


def _one_of(raw: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = _text(raw, key)
    if value not in allowed:
        raise SupportError(f"`{key}` has to be one of {', '.join(allowed)}; this is {value!r:.40}")
    return value


def _refs(raw: Mapping[str, Any]) -> tuple[QuoteRef, ...]:
    cites = raw.get("cites")
    if not isinstance(cites, list) or not cites:
        raise SupportError("`cites` has to be a list of quotes that is not empty")
    return tuple(parse_ref(value) for value in cites)

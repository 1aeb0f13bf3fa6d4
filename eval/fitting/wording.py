"""A sentence as the files hold it: its own words, and places in quotes in the stead of words copied from them.

    WORDING   "text", where nothing was copied, or {"parts": [PART, ...], "sha256": of the whole sentence}
    PART      "own words" or {"quote": QUOTE, "from": int, "to": int}

`from` and `to` count the quote's words from 0, `to` not included. QUOTE is as `eval.fitting.quotes` has it,
said by whomever: a model may copy the host, whose words were its context.
The parts are joined by single spaces, and the checksum proves that they give the sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.fitting.quotes import QuoteError, QuoteRef, parse_ref, resolve
from ingest.models import Episode, Role


@dataclass(frozen=True, slots=True)
class Span:
    """Words `begin` to `end` (not included) of a quote."""

    quote: QuoteRef
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Wording:
    """The parts of a sentence. `sha256` is of the whole, or None where all of it stands in the one part."""

    parts: tuple[str | Span, ...]
    sha256: str | None

    def text(self, episodes: Mapping[str, Episode]) -> str:
        """The sentence, in words; raises `QuoteError` where the archive does not give them."""
        text = " ".join(part if isinstance(part, str) else _words(part, episodes) for part in self.parts)
        if self.sha256 is not None and hashlib.sha256(text.encode()).hexdigest() != self.sha256:
            raise QuoteError(
                f"the parts of a sentence do not give the one with the checksum {self.sha256[:12]}; "
                "write its parts again"
            )
        return text


def _words(span: Span, episodes: Mapping[str, Episode]) -> str:
    return " ".join(resolve(span.quote, episodes, roles=tuple(Role)).split()[span.begin : span.end])


def parse_wording(value: Any) -> Wording:
    """The sentence that a JSON value holds; raises `QuoteError`."""
    if isinstance(value, str) and value.strip():
        return Wording((value,), None)
    if not isinstance(value, dict):
        raise QuoteError("`sentence` has to be a text that is not empty, or an object with `parts` and `sha256`")
    parts, checksum = value.get("parts"), value.get("sha256")
    if not isinstance(parts, list) or not parts:
        raise QuoteError("`parts` of a sentence has to be a list that is not empty")
    if not isinstance(checksum, str) or len(checksum) != 64 or set(checksum) - set("0123456789abcdef"):
        raise QuoteError(f"`sha256` of a sentence has to be 64 hexadecimal digits, this is {checksum!r:.80}")
    return Wording(tuple(_part(part) for part in parts), checksum)


def _part(value: Any) -> str | Span:
    if isinstance(value, str) and value.strip():
        return value
    if not isinstance(value, dict):
        raise QuoteError("a part of a sentence has to be a text or an object with `quote`, `from` and `to`")
    quote = parse_ref(value.get("quote"))
    begin, end = _count(value.get("from")), _count(value.get("to"))
    if not 0 <= begin < end <= quote.words:
        raise QuoteError(f"a part has to lie within its quote's {quote.words} words, this is from {begin} to {end}")
    return Span(quote, begin, end)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise QuoteError(f"`from` and `to` of a part have to be whole numbers, one is {value!r:.40}")
    return value

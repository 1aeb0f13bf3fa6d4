"""A question about the archive -> its words in the form that `app.about.wanted` reads.

1. Lower case; short forms written out ("what's", "whats" -> "what is").
2. A slip of the fingers is put right where it hides a word of a catalogue: two letters changed places ("epsiodes",
   "teh"), or one is missing or doubled. Another letter in a letter's place is no slip: "reasons" are no seasons.
3. Other ways to say the same are brought to one.

Nothing here decides what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from app.language.smalltalk import written_out
from ingest.text import STOP_WORDS, words

# Shorter words have too many neighbours; of these only letters that changed places count.
_SHORT = 4
_SAME = (
    (re.compile(r"\b(?:of|on|in) (?:the|your) (?=(?:newest|latest|last|most recent|first|oldest|earliest) )"), ""),
    (re.compile(r"\bpeople (?=(?:have you|were|have been|did you) interview)"), "guests "),
    (re.compile(r"^what (?:do you have|is there|have you got) (?=(?:about|on) )"), "which episodes are "),
    (re.compile(r"^(?:(?:is there|do you have|have you got) )?anything (?=(?:about|on) )"), "any episodes "),
    (
        re.compile(r"^(?:show|list|open|see|browse|print)(?: me)?(?: the| your)? (?:catalog(?:ue)?|contents)$"),
        "list episodes",
    ),
    (re.compile(r"\b(most recent|newest|latest|oldest|first) one\b"), r"\1"),
    (re.compile(r"(?<=\w) (?:are|is) there$"), ""),
)


def plainly(text: str, known: Collection[str], of_catalogue: Collection[str]) -> str:
    """The words of a text; `known` are right as they are, `of_catalogue` are those that a slip may hide."""
    said = " ".join(words(text)).replace("’", "'")
    said = re.sub(r"^(?:and|but|so|then|also) ", "", said)
    said = " ".join(_without_slip(word, known, of_catalogue) for word in said.split())
    said = written_out(said)
    for pattern, same in _SAME:
        said = pattern.sub(same, said)
    return said


def _without_slip(word: str, known: Collection[str], of_catalogue: Collection[str]) -> str:
    if word in known or word in STOP_WORDS or word in of_catalogue:
        return word
    meant = [other for other in of_catalogue if _is_slip(word, other)]
    return meant[0] if len(meant) == 1 else word


def _is_slip(word: str, meant: str) -> bool:
    """Whether two neighbouring letters changed places, or, in a longer word, one is missing or doubled."""
    if len(word) == len(meant):
        return any(
            word == meant[:i] + meant[i + 1] + meant[i] + meant[i + 2 :] for i in range(len(meant) - 1) if meant != word
        )
    if min(len(word), len(meant)) <= _SHORT or abs(len(word) - len(meant)) > 1:
        return False
    longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
    doubled = any(
        longer[:i] + longer[i + 1 :] == shorter and longer[i] in longer[i - 1 : i] for i in range(1, len(longer))
    )
    return doubled if longer == word else any(longer[:i] + longer[i + 1 :] == shorter for i in range(1, len(longer)))

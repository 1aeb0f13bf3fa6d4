"""Detects texts in another language than English, the only language that the program understands.

Texts are short and full of names and technical words, which are the same in every language. So each sentence is
judged by its other words:

1. Letters of another script and no English word: another language.
2. Function words (`_ENGLISH`, `_OTHERS`: question words, auxiliaries, articles) decide if they are clearly of one side.
3. Otherwise the language model of langid (Lui and Baldwin, ACL 2012; letters, not words) has to be sure.

In doubt the text counts as English, and so does a text that is partly English: refusing an English
question is the worse error. Nothing here says which other language it is.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

from app.language.lexicon import LEXICON
from ingest.text import STOP_WORDS, fold, sentences, words

ONLY_ENGLISH = "Only English is understood here. Please ask again in English."
# Least lead of another language over English (log-probability): without and with function words of that language.
_SURE = 16.0
_HINTED = -3.0
# A sentence with this share of English function words is English, whatever its other words are.
_ENGLISH_SHARE = 0.4
# Weight of an English sentence relative to one in another language.
_ENGLISH_COUNTS = 2
# Function words of English that none of these other languages has.
_ENGLISH = STOP_WORDS - LEXICON.words("languages.also_elsewhere", "languages.of_the_archive")
# Function words of other languages, without accents; words of English or of computing are left out.
_OTHERS = LEXICON.words("languages.others") - STOP_WORDS
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_LEAST_LETTERS = 2
_PARTS = re.compile("[-'’]")
# "El Niño", "Los Angeles": a capitalised article before a capitalised word is part of a name.
_NAME = re.compile(r"\b(?:El|La|Los|Las|Le|Les|Des|Der|Das|São) (?=[A-ZÀ-Þ][a-zß-ɏ])|\bà la\b")
_SURE_OF_PLAIN = 4.0


def other_language(text: str) -> bool:
    """Whether most of a text is in another language than English."""
    sizes = {True: 0, False: 0}
    for sentence in sentences(text):
        sizes[_is_other(sentence)] += len(_LETTERS.findall(sentence))
    return sizes[True] > _ENGLISH_COUNTS * sizes[False]


def _is_other(sentence: str) -> bool:
    letters = _LETTERS.findall(sentence)
    foreign = [letter for letter in letters if not _LATIN.match(letter)]
    said = words(sentence)
    english = sum(word in _ENGLISH for word in said)
    if len(foreign) >= _LEAST_LETTERS:
        return not english or len(foreign) * 2 > len(letters)
    # A single word may be a name or, in capitals (LA, ES), an abbreviation.
    if len(said) < 2 or english / len(said) >= _ENGLISH_SHARE:
        return False
    hints = sum(part in _OTHERS for word in words(_NAME.sub(" ", sentence)) for part in _PARTS.split(fold(word)))
    if english > max(1, hints):
        return False
    if not hints and all(word[0].isupper() for word in sentence.split()):
        return False  # names alone
    if hints:
        return _ahead(sentence) > (_HINTED if hints > english else _SURE)
    # English names and loan words have accents as well ("Poincaré embeddings", "résumé tips"), so the words without
    # accents have to look foreign, too.
    plain = " ".join(word for word in sentence.split() if word.isascii() and not word[0].isupper())
    return _ahead(sentence) > _SURE and (sentence.endswith("?") or (" " in plain and _ahead(plain) > _SURE_OF_PLAIN))


def _ahead(text: str) -> float:
    """Lead of the most likely other language over English, in log-probability."""
    with _lock:
        ranked = dict(_identifier().rank(text.lower()))
    english = float(ranked.pop("en"))
    return float(max(ranked.values())) - english


_lock = threading.Lock()


@cache
def _identifier() -> Any:
    """Langid's model, loaded on first use (0.15 s); it is not documented as safe for threads."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE)

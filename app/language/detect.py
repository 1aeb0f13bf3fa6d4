"""Whether a text is in another language than English, which is the only one that is understood here.

A text is short, full of names and technical words that are the same in every language, so each of its sentences is
judged by what is left without those:

1. Letters of another script, beside no English word: another language.
2. Words that hold a sentence together (`_ENGLISH`, `_OTHERS`: question words, auxiliaries, articles) say it where they
   are clearly on one side.
3. Else the language model of langid (Lui and Baldwin, ACL 2012; letters, not words) has to be sure of it.

What is unsure is English, and so is a text of which a good part is: to refuse an English
question is the worse fault. Nothing here says which other language it is.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

from app.language.lexicon import LEXICON
from ingest.text import STOP_WORDS, fold, sentences, words

ONLY_ENGLISH = "Only English is understood here. Please ask again in English."
# By how much (in log-probability) another language has to be ahead of English: alone, and beside words of its own.
_SURE = 16.0
_HINTED = -3.0
# A sentence with this share of English function words is English, whatever the rest of it is.
_ENGLISH_SHARE = 0.4
# How much an English sentence counts beside one of another language.
_ENGLISH_COUNTS = 2
# Words that hold English sentences together and that no other language of these has.
_ENGLISH = STOP_WORDS - LEXICON.words("languages.also_elsewhere", "languages.of_the_archive")
# Words that hold sentences of other languages together, in plain letters, and that are none of English or of computing.
_OTHERS = LEXICON.words("languages.others") - STOP_WORDS
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_LEAST_LETTERS = 2
_PARTS = re.compile("[-'’]")
# "El Niño", "Los Angeles": an article with a capital, before another capital, is of a name.
_NAME = re.compile(r"\b(?:El|La|Los|Las|Le|Les|Des|Der|Das|São) (?=[A-ZÀ-Þ][a-zß-ɏ])|\bà la\b")
_SURE_OF_PLAIN = 4.0


def other_language(text: str) -> bool:
    """Whether a text stands, for the most part, in sentences of another language than English."""
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
    # A single word may be a name, and one in capitals (LA, ES) a short form.
    if len(said) < 2 or english / len(said) >= _ENGLISH_SHARE:
        return False
    hints = sum(part in _OTHERS for word in words(_NAME.sub(" ", sentence)) for part in _PARTS.split(fold(word)))
    if english > max(1, hints):
        return False
    if not hints and all(word[0].isupper() for word in sentence.split()):
        return False  # names alone
    if hints:
        return _ahead(sentence) > (_HINTED if hints > english else _SURE)
    # Letters with marks stand in names and loan words of English as well: of keywords such as "Poincaré embeddings"
    # and "résumé tips" the other words have to tell, too.
    plain = " ".join(word for word in sentence.split() if word.isascii() and not word[0].isupper())
    return _ahead(sentence) > _SURE and (sentence.endswith("?") or (" " in plain and _ahead(plain) > _SURE_OF_PLAIN))


def _ahead(text: str) -> float:
    """By how much the likeliest other language is ahead of English, in log-probability."""
    with _lock:
        ranked = dict(_identifier().rank(text.lower()))
    english = float(ranked.pop("en"))
    return float(max(ranked.values())) - english


_lock = threading.Lock()


@cache
def _identifier() -> Any:
    """Langid's model, read on first use (0.15 s); it is not said to be safe for threads."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE)

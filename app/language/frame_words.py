"""Lists the words that show how somebody holds a claim, by stem. It contains only data.

`lexicon.toml` explains each list; `app.verification.frame` reads them.
"""

from __future__ import annotations

from functools import lru_cache

from snowballstemmer import EnglishStemmer

from app.language.lexicon import LEXICON
from app.language.tokens import IRREGULAR


@lru_cache(maxsize=4096)
def root(word: str) -> str:
    """The stem that "deny", "denies", "denied" and "denying" share.

    Snowball, not `app.language.tokens.key_of`: that one does not change short words and function words, because the
    gate compares them, and frames would miss their forms.
    """
    # A stemmer stores the word that it works on, so threads cannot share one.
    return str(EnglishStemmer().stemWord(IRREGULAR.get(word, word)))


def _words(*names: str) -> frozenset[str]:
    return LEXICON.words(*(f"frames.{name}" for name in names))


def _roots(*names: str) -> frozenset[str]:
    return frozenset(map(root, _words(*names)))


REJECTING, ATTACKING, FAILING = _roots("rejecting"), _roots("attacking"), _roots("failing")
UNTRUE, UNTRUE_NOUNS = _roots("untrue"), _roots("untrue_nouns")
JUDGING = UNTRUE | _roots("judging")
WONDERING, FEIGNING, BELIEVING = _roots("wondering"), _roots("feigning"), _roots("believing")
SAYING = BELIEVING | _roots("saying")
ASSERTING = SAYING | _roots("asserting")
IDEAS, TRUE, KNOWN, TELLING = _roots("ideas"), _roots("true"), _roots("known"), _roots("telling")
OF_CLAIMS, OPPOSED, BARE = _roots("of_claims"), _roots("opposed"), _roots("bare")
ACCEPTING, KNOWING, WANTING, UNSURE = _roots("accepting"), _roots("knowing"), _roots("wanting"), _roots("unsure")
CALLING = _roots("calling")
VERBS_OF_FRAMES = REJECTING | ATTACKING | FAILING | ASSERTING | WONDERING | FEIGNING
ALL = VERBS_OF_FRAMES | JUDGING | IDEAS | TRUE | KNOWN
PAIRS = frozenset(tuple(map(root, pair)) for pair in LEXICON.phrases("frames.pairs"))
PAIRED = frozenset(word for pair in PAIRS for word in pair)

SUBJECTS, PEOPLE, WHOEVER = _words("subjects"), _words("people"), _words("whoever")
JOINING, DEGREE, FEW, AGAINST = _words("joining"), _words("degree"), _words("few"), _words("against")
SUBORDINATE, CONCEDING, FORMERLY = _words("subordinate"), _words("conceding"), _words("formerly")
IDEAS_OF_MANY, PREDICATING = _words("ideas_of_many"), _words("predicating")
NO_CLAUSE, ORDERING = _words("no_clause"), _words("ordering")
CONDITIONS = LEXICON.words("grammar.conditions")
VERBS = LEXICON.words("grammar.verbs")

"""Words as the gate compares them: one key for forms of a word, numbers as digits, contractions taken apart.

Nothing here judges: `app.support.align` lines words up, `app.support.contrast` looks at what differs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.text import STOP_WORDS, stem

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*(?=\s?%)|\d+(?:[.,]\d+)*(?:k|m|bn|x)?(?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|%|[.,;:!?…()\u2013\u2014]",
    re.IGNORECASE,
)
_CLAUSE_ENDS = frozenset(".,;:!?…()\u2013\u2014")
_SENTENCE_ENDS = frozenset(".:!?…")

# Function words besides those of questions, and the fillers of speech.
_FUNCTION = STOP_WORDS | frozenset(
    """
    also just very still even well lot lots kind sort because so if while since therefore however basically going gonna
    okay ok yeah yes maybe bit quite rather much many few less least never always often usually sometimes almost without
    am let able try tries trying every each both either neither nobody nothing everything anything everyone anybody
    though although instead per via upon within through during before after until again too yet perhaps probably
    generally typically mostly mainly cannot not nor none hardly ever who's having getting got becoming become becomes
    whether today simply easily definitely certainly completely totally possibly
    """.split()
)
# Frequent words that say little: half of what others weigh.
_COMMON = frozenset(
    """
    use used using work works working help helps helping good great important time times different new part parts
    example provide provides process system systems case cases problem problems question answer point start started
    look looks looking know see find take takes come go goes put able allow allows often team teams person company
    companies big small better best high main specific certain various help create creating ensure consider include
    includes including involve involves focus focused understand
    """.split()
)
IRREGULAR = dict(
    pair.split("=")
    for pair in """
    used=use using=use uses=use went=go gone=go goes=go going=go made=make making=make makes=make built=build took=take
    taken=take taking=take takes=take got=get gotten=get wrote=write written=write writing=write chose=choose
    chosen=choose choosing=choose thought=think said=say saw=see seen=see knew=know known=know found=find gave=give
    given=give giving=give became=become began=begin begun=begin kept=keep left=leave leaving=leave led=lead lost=lose
    losing=lose meant=mean met=meet paid=pay ran=run running=run sold=sell sent=send spent=spend taught=teach told=tell
    understood=understand won=win winning=win children=child people=person men=man women=woman grew=grow grown=grow
    fell=fall fallen=fall rose=rise risen=rise broke=break broken=break came=come coming=come held=hold drove=drive
    driven=drive driving=drive learnt=learn bought=buy brought=bring caught=catch felt=feel forgot=forget
    forgotten=forget hidden=hide having=have stood=stand stuck=stick data=data bias=bias analyses=analysis
    better=better worse=worse faster=faster slower=slower bigger=bigger smaller=smaller cheaper=cheaper hired=hire
    hiring=hire likes=like liked=like needs=need needed=need wants=want wanted=want thinks=think
    """.split()
)
_CONTRACTED = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * (place + 2) for place, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SUFFIXES = {"k": 1000, "m": 10**6, "bn": 10**9, "x": 1}
# Numbers that other words hold too.
HELD_NUMBERS = {
    "twice": "2", "double": "2", "both": "2", "pair": "2", "couple": "2", "half": "50", "dozen": "12", "single": "1",
    "once": "1", "quarter": "25", "triple": "3",
}  # fmt: skip


class Token(NamedTuple):
    """One word: its key, its text in lower case, where it stands, its clause, and what it is."""

    key: str
    raw: str
    start: int
    end: int
    clause: int
    content: bool
    number: bool
    capital: bool

    @property
    def weight(self) -> float:
        """How much a content word says, 0 for function words."""
        if not self.content:
            return 0.0
        if self.number or self.capital:
            return 1.5
        return 0.5 if self.raw in _COMMON or self.key in _COMMON else 1.0


def key_of(word: str) -> str:
    """What the forms of a lower-cased word have in common."""
    word = IRREGULAR.get(word, word)
    if word in _FUNCTION or len(word) < 4 or any(char.isdigit() for char in word):
        return word
    for ending in ("ization", "isation", "ize", "ise", "izing", "ising", "ized", "ised"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)] + "iz"
    bare = stem(word)
    if bare == word and len(word) < 8:
        bare = next((word[: -len(end)] for end in ("ing", "ed", "e") if _is_form(word, end)), word)
    if len(bare) > 3 and bare != word and bare[-1] == bare[-2] and bare[-1] not in "aeiouls":
        bare = bare[:-1]
    return bare[:-1] if len(bare) > 3 and bare[-1] in "ey" else bare


def _is_form(word: str, ending: str) -> bool:
    """Whether a short word is another one with this ending: firing, but not string or speed."""
    bare = word[: -len(ending)]
    return word.endswith(ending) and len(bare) >= 3 and not word.endswith("eed") and any(c in "aeiouy" for c in bare)


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, in order."""
    found: list[Token] = []
    clause = 0
    opening = True
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if raw in _CLAUSE_ENDS:
            clause += 1
            opening = opening or raw in _SENTENCE_ENDS
            continue
        found.extend(_words_of(raw, match.start(), match.end(), clause, opening))
        opening = False
    return tuple(_with_numbers(found))


def _words_of(raw: str, start: int, end: int, clause: int, opening: bool) -> list[Token]:
    """A word and the `not` that it may contain. The first word of a sentence says little by its capital."""
    low = raw.lower().replace("’", "'")
    if low == "%":
        return [Token("percent", "percent", start, end, clause, True, False, False)]
    if low[0].isdigit() and (value := _digits(low)) is not None:
        return [Token(value, low, start, end, clause, True, True, False)]
    negated = low.endswith("n't") or low == "cannot"
    base = low[:-3] if low.endswith("n't") else ("can" if low == "cannot" else low.split("'")[0])
    base = _CONTRACTED.get(base, base) if negated else base
    capital = any(char.isupper() for char in (raw[1:] if opening else raw))
    content = base not in _FUNCTION and (len(base) > 1 or base.isdigit())
    result = [Token(key_of(base), base, start, end, clause, content, False, capital and content)]
    if negated:
        result.append(Token("not", "not", start, end, clause, False, False, False))
    return result


def _digits(text: str) -> str | None:
    """A number in digits without separators; None for what is none (`3d`)."""
    match = re.fullmatch(r"(\d+(?:[.,]\d+)*)(k|m|bn|x)?", text)
    if not match:
        return None
    bare = re.sub(r",(?=\d{3}\b)", "", match[1]).replace(",", ".")
    try:
        value = float(bare) * _SUFFIXES.get(match[2] or "", 1)
    except ValueError:  # 1.2.3
        return match[1]
    return f"{value:.10g}" if value < 1e10 else str(int(value))


def _with_numbers(found: list[Token]) -> list[Token]:
    """Number words as digits, `two hundred thousand` as one number."""
    result: list[Token] = []
    at = 0
    while at < len(found):
        value, used = _number_at(found, at)
        if not used:
            result.append(found[at])
            at += 1
            continue
        first, last = found[at], found[at + used - 1]
        # "one" is mostly a pronoun.
        alone = used == 1 and first.raw == "one"
        key = f"{value:.10g}"
        result.append(Token(key, first.raw, first.start, last.end, first.clause, not alone, not alone, False))
        at += used
    return result


def _number_at(found: list[Token], at: int) -> tuple[float, int]:
    """The number that begins here, and how many words it takes."""
    total, current, used = 0.0, 0.0, 0
    for token in found[at:]:
        if used and token.clause != found[at].clause:
            break
        raw = token.raw
        if token.number and not used:
            try:
                current = float(token.key)
            except ValueError:
                return 0.0, 0
        elif raw in _UNITS and (not used or 20 <= current % 100 < 100):
            current += _UNITS[raw]
        elif raw in _TENS and current % 100 == 0:
            current += _TENS[raw]
        elif raw in _SCALES and used:
            scale = _SCALES[raw]
            if scale == 100:
                current = max(1.0, current) * scale
            else:
                total, current = total + max(1.0, current) * scale, 0.0
        else:
            break
        used += 1
    return total + current, used

"""What a sentence turns round, widens or adds, against the stretch of the quote that it stands on.

Each sign is a small function from the sentence's words and their alignment to a number:
0 where nothing is amiss. None of them alone decides anything (`app.gate`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

from app.gate_lists import (
    AFFIRMED_AFTER_NOT,
    AGREEING,
    CAUSES,
    COMPARISONS,
    DENYING_PAIRS,
    EARLIER,
    EFFECTS,
    ENDING_DENIAL,
    HEDGES,
    LATER,
    NEGATORS,
    OPPOSING_PREFIXES,
    PLAIN_VERBS,
    REFUSING,
    STRONG,
    WIDE,
    opposites,
)  # fmt: skip
from app.gate_quotes import Alignment
from app.gate_words import HELD_NUMBERS, Token, key_of

# How far a negation reaches, in content words; and words around a connector that belong to its halves.
_REACH, _HALF = 3, 8
_WINDOW = 4
# Neighbours of a word in the sentence and in the quote, in words.
_NEAR_SAID, _NEAR_QUOTED = 4, 6
_OPPOSITES = {key_of(word): frozenset(map(key_of, others)) for word, others in opposites().items()}

_Said = Sequence[Token]


def denials(words: _Said) -> list[set[int]]:
    """For each negation the places of the words that it reaches."""
    found: list[set[int]] = []
    for place, token in enumerate(words):
        after = words[place + 1].raw if place + 1 < len(words) else ""
        single = token.raw in NEGATORS and not (token.raw == "not" and after in AFFIRMED_AFTER_NOT)
        if not single and (token.raw, after) not in DENYING_PAIRS:
            continue
        reached: set[int] = set()
        for at in range(place + 1, len(words)):
            if words[at].clause != token.clause or len(reached) == _REACH or words[at].raw in ENDING_DENIAL:
                break
            if telling(words[at]):
                reached.add(at)
        found.append(reached)
    return found


def denied(words: _Said) -> set[int]:
    """Places of the words that a negation reaches; two of them cancel out."""
    result: set[int] = set()
    for reached in denials(words):
        result ^= reached
    return result


def telling(token: Token) -> bool:
    """Whether a word says what is denied: content words, and verbs such as need or want."""
    return token.content or token.raw in PLAIN_VERBS


def negation_turned(said: _Said, on: Alignment) -> float:
    """Share of the negations, on either side, that reach an aligned word and have no counterpart on the other side."""
    here, there = denied(said), _denied_there(on)
    first, last = _aligned_range(on)
    here_of = {place: i for i, place in enumerate(on.places) if place >= 0 and telling(said[i])}
    there_of = {i: place for place, i in here_of.items()}
    total = turned = 0
    for reached in denials(said):
        if aligned := [there_of[i] for i in reached if i in there_of]:
            total += 1
            turned += not any(place in there for place in aligned)
    for reached in _denials_there(on):
        aligned = [here_of[place] for place in reached if place in here_of and first <= place < last]
        if aligned:
            total += 1
            turned += not any(i in here for i in aligned)
    return turned / total if total else 0.0


def _denials_there(on: Alignment) -> list[set[int]]:
    begin = max(0, on.begin - 1)
    return [{begin + place for place in reached} for reached in denials(on.quote.tokens[begin : on.end])]


def _denied_there(on: Alignment) -> set[int]:
    result: set[int] = set()
    for reached in _denials_there(on):
        result ^= reached
    return result


def negation_alone(said: _Said, on: Alignment) -> float:
    """1 where the sentence denies and the words around its place in the quote do not; 0.5 the other way round."""
    here = sum(token.raw in NEGATORS for token in said)
    around = _aligned_range(on)
    there = sum(token.raw in NEGATORS for token in on.quote.tokens[around[0] : around[1]])
    if here and not there:
        return 1.0
    return 0.5 if there and not here else 0.0


def _aligned_range(on: Alignment) -> tuple[int, int]:
    """The quote's words from the first aligned one to the last, and some around."""
    places = [place for place, met in zip(on.places, on.met, strict=True) if place >= 0 and met]
    if not places:
        return on.begin, on.end
    return max(on.begin, min(places) - 3), min(on.end, max(places) + 3)


def opposite_said(said: _Said, on: Alignment) -> str:
    """A word whose opposite stands in its place in the quote; empty where there is none."""
    here, there = denied(said), _denied_there(on)
    for i, token in enumerate(said):
        if on.met[i] and _neighbours(i, on.places[i], said, on):
            continue
        for place in range(on.begin, on.end):
            other = on.quote.tokens[place]
            if _are_opposite(token, other) and _neighbours(i, place, said, on) and (i in here) == (place in there):
                return f"{token.raw} where the quote has {other.raw}"
    return ""


def _are_opposite(one: Token, other: Token) -> bool:
    if other.key in _OPPOSITES.get(one.key, ()):
        return True
    longer, shorter = sorted((one.raw, other.raw), key=len, reverse=True)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in OPPOSING_PREFIXES)


def _neighbours(i: int, place: int, said: _Said, on: Alignment) -> bool:
    """Whether a word near `i` in the sentence stands near `place` in the quote."""
    around = range(max(0, i - _NEAR_SAID), min(len(said), i + _NEAR_SAID + 1))
    return any(
        j != i and said[j].content and on.places[j] >= 0 and abs(on.places[j] - place) <= _NEAR_QUOTED for j in around
    )


def substituted(said: _Said, on: Alignment) -> list[tuple[str, str]]:
    """Words that stand where the quote has another one, between the same neighbours."""
    taken = {place for place in on.places if place >= 0}
    found: list[tuple[str, str]] = []
    for i, token in enumerate(said):
        if not token.content or on.met[i]:
            continue
        before = next((on.places[j] for j in range(i - 1, max(-1, i - 4), -1) if on.places[j] >= 0), None)
        after = next((on.places[j] for j in range(i + 1, min(len(said), i + 4)) if on.places[j] >= 0), None)
        if before is None and after is None:
            continue
        low = before + 1 if before is not None else (after or 0) - 3
        high = after if after is not None else low + 3
        if not 0 < high - low <= 4:
            continue
        slot = [on.quote.tokens[p] for p in range(max(on.begin, low), min(on.end, high)) if p not in taken]
        found += [(token.raw, other.raw) for other in slot if other.content]
    return found


def order_agreement(said: _Said, on: Alignment) -> float:
    """Share of the pairs of aligned content words that stand in the same order in the quote (Kendall); 1 for none."""
    places = [place for token, place in zip(said, on.places, strict=True) if token.content and place >= 0]
    pairs = [(a, b) for a, b in combinations(places, 2) if a != b]
    return sum(a < b for a, b in pairs) / len(pairs) if pairs else 1.0


def longest_run(said: _Said, on: Alignment) -> int:
    """The most words of the sentence, function words included, that follow each other in the stretch."""
    quoted = [token.key for token in on.quote.tokens[on.begin : on.end]]
    previous = [0] * (len(quoted) + 1)
    best = 0
    for token in said:
        current = [0] * (len(quoted) + 1)
        for j, key in enumerate(quoted):
            if key == token.key:
                current[j + 1] = previous[j] + 1
        best = max(best, *current)
        previous = current
    return best


def common(said: _Said, on: Alignment) -> float:
    """Share of the sentence's words that stand in the stretch in the same order (longest common subsequence)."""
    quoted = [token.key for token in on.quote.tokens[on.begin : on.end]]
    row = [0] * (len(quoted) + 1)
    for token in said:
        before = 0
        for j, key in enumerate(quoted, start=1):
            here = row[j]
            row[j] = before + 1 if key == token.key else max(row[j], row[j - 1])
            before = here
    return row[-1] / max(1, len(said))


def pairs_met(said: _Said, on: Alignment) -> float:
    """Share of the sentence's neighbouring content words that stand near each other in the quote too."""
    content = [(token, place) for token, place in zip(said, on.places, strict=True) if token.content]
    near = [a[1] >= 0 and b[1] >= 0 and abs(b[1] - a[1]) <= _NEAR_QUOTED for a, b in pairwise(content)]
    return sum(near) / len(near) if near else 1.0


def widest_gap(said: _Said, on: Alignment) -> float:
    """How far apart two neighbouring content words stand in the quote at most: 0 near, 1 some thirty words."""
    content = [token.key for token, place in zip(said, on.places, strict=True) if token.content and place >= 0]
    widest = 0
    for one, other in pairwise(content):
        places = [[p for p in on.quote.places.get(key, ()) if on.begin <= p < on.end] for key in (one, other)]
        widest = max(widest, min((abs(a - b) for a in places[0] for b in places[1]), default=0))
    return min(1.0, max(0, widest - _NEAR_QUOTED) / 24)


def missing_numbers(said: _Said, held: set[str]) -> list[str]:
    """Numbers that no quote holds, as the sentence writes them."""
    return [token.raw for token in said if token.number and token.key not in held]


def numbers_in(words: _Said) -> set[str]:
    """The numbers that words hold, in digits."""
    found = {token.key for token in words if token.number or token.raw in ("one", "1")}
    found |= {HELD_NUMBERS[token.raw] for token in words if token.raw in HELD_NUMBERS}
    # A number that was spelled in parts, or with a scale of its own.
    return found


def numbers_misplaced(said: _Said, on: Alignment) -> float:
    """Share of the sentence's numbers that stand in the quote among other words."""
    numbers = [i for i, token in enumerate(said) if token.number]
    if not numbers:
        return 0.0
    lost = 0
    for i in numbers:
        places = [p for p in range(on.begin, on.end) if on.quote.tokens[p].key == said[i].key]
        lost += not any(_neighbours(i, place, said, on) for place in places)
    return lost / len(numbers)


def widened(said: _Said, on: Alignment) -> list[str]:
    """Words of wide scope or certainty that have none of their kind in the stretch."""
    there = {token.raw for token in on.quote.tokens[on.begin : on.end]}
    found = []
    for before, token in zip([None, *said], said, strict=False):
        if before and (before.raw, token.raw) == ("at", "all"):
            continue
        found += [token.raw for kind in WIDE if token.raw in kind and not there & kind]
    if there & NEGATORS:
        found = [word for word in found if word not in NEGATORS]
    return found


def strengthened(said: _Said, on: Alignment) -> float:
    """1 where the sentence says that something has to be and the quote does not."""
    there = {token.raw for token in on.quote.tokens[on.begin : on.end]}
    return float(any(token.raw in STRONG for token in said) and not there & STRONG)


def hedge_dropped(said: _Said, on: Alignment) -> float:
    """1 where the quote is careful at this place and the sentence is not."""
    begin, end = _aligned_range(on)
    careful = any(token.raw in HEDGES for token in on.quote.tokens[begin:end])
    return float(careful and not any(token.raw in HEDGES for token in said))


def trailing(said: _Said, on: Alignment) -> float:
    """Share of the sentence that its end makes out, from the last word that the quote holds on."""
    total = sum(token.weight for token in said)
    tail = 0.0
    for token, met in zip(reversed(said), reversed(on.met), strict=True):
        if token.content and met:
            break
        tail += token.weight
    return tail / total if total else 0.0


def weakest(said: _Said, met: Sequence[float]) -> float:
    """How much of the four neighbouring content words that are met least is met."""
    pairs = [(token.weight, value) for token, value in zip(said, met, strict=True) if token.content]
    windows = [pairs[i : i + _WINDOW] for i in range(max(1, len(pairs) - _WINDOW + 1))]
    return min((sum(w * m for w, m in part) / sum(w for w, _ in part) for part in windows if part), default=1.0)


def spread(said: _Said, on: Alignment) -> float:
    """How far apart the aligned words stand in the quote: 0 as close as in the sentence, 1 from five times that on."""
    places = [place for token, place in zip(said, on.places, strict=True) if token.content and place >= 0]
    if len(places) < 2:
        return 0.0
    return min(1.0, max(0.0, (max(places) - min(places) + 1) / len(said) - 1) / 4)


def held_by_one(said: _Said, on: Alignment) -> float:
    """Share of the sentence's content words that the best single sentence of the stretch holds."""
    total = sum(token.weight for token in said)
    best = 0.0
    for begin, end in on.quote.sentences:
        if on.begin <= begin and end <= on.end:
            keys = {token.key for token in on.quote.tokens[begin:end]}
            best = max(best, sum(token.weight for token in said if token.key in keys))
    return best / total if total else 0.0


def agreement_turned(said: _Said, on: Alignment) -> float:
    """For a sentence that begins with yes or no: 1 where the quote says the other, 0.5 where it says neither."""
    if not said or said[0].raw not in ("yes", "no"):
        return 0.0
    quoted = {token.raw for token in on.quote.tokens}
    same, other = (AGREEING, REFUSING) if said[0].raw == "yes" else (REFUSING, AGREEING)
    if quoted & same:
        return 0.25 if quoted & other else 0.0
    return 1.0 if quoted & other else 0.5


_Halves = tuple[frozenset[str], frozenset[str]]
_KINDS: tuple[tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]], ...] = (
    (EFFECTS, CAUSES),
    (COMPARISONS, frozenset()),
    (EARLIER, LATER),
    (frozenset({("to",), ("into",)}), frozenset({("from",)})),
)


def halves_swapped(said: _Said, on: Alignment) -> float:
    """How far the two sides of a comparison, of cause and effect, or of before and after are exchanged (0 to 1)."""
    quoted = [on.quote.tokens[a:b] for a, b in on.quote.sentences if on.begin <= a and b <= on.end]
    worst = 0.0
    for forward, backward in _KINDS:
        theirs = [halves for part in quoted for halves in _halves(part, forward, backward)]
        for one in _halves(said, forward, backward):
            # The likest one: a sentence can hold several comparisons.
            worst = max(worst, min((_exchanged(one, other) for other in theirs if _meet(one, other)), default=0.0))
    return worst


def _exchanged(one: _Halves, other: _Halves) -> float:
    agree = len(one[0] & other[0]) + len(one[1] & other[1])
    cross = len(one[0] & other[1]) + len(one[1] & other[0])
    return cross / (cross + agree) if one[0] & other[1] and one[1] & other[0] else 0.0


def _meet(one: _Halves, other: _Halves) -> bool:
    return len((one[0] | one[1]) & (other[0] | other[1])) >= 2


def _halves(words: _Said, forward: frozenset[tuple[str, ...]], backward: frozenset[tuple[str, ...]]) -> list[_Halves]:
    """What stands before and behind each connector, turned round for a backward one."""
    found: list[_Halves] = []
    for place in range(len(words)):
        for connectors, turned in ((forward, False), (backward, True)):
            size = next((n for n in (1, 2) if tuple(w.raw for w in words[place : place + n]) in connectors), 0)
            if not size:
                continue
            left, right = words[max(0, place - _HALF * 2) : place], words[place + size : place + size + _HALF * 2]
            if not any(word.content for word in left):
                # "Because A, B": the clause's end parts them.
                left = tuple(word for word in right if word.clause != words[place].clause)
                right = tuple(word for word in right if word.clause == words[place].clause)
            sides = _keys(left[-_HALF * 2 :]), _keys(right)
            sides = (sides[0] - sides[1], sides[1] - sides[0])
            found.append((sides[1], sides[0]) if turned else sides)
    return found


def _keys(words: _Said) -> frozenset[str]:
    return frozenset(word.key for word in words if word.content)


Sign = Callable[[_Said, Alignment], float]

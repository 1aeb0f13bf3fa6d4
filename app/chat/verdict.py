"""A verified statement as HTML: verdict, score, notes, and the words behind it. Pure functions.

The verdict stands in words and with a sign, never in colour alone. The evidence stands in the same
cards as an answer's sources (`app.chat.sources`).
"""

from __future__ import annotations

from collections.abc import Sequence

from app.chat import view
from app.chat.markup import esc, with_chips
from app.chat.sources import cards
from app.types import Sentence, Verdict, Verified

_MEANS = {
    Verdict.SUPPORTED: "The words below were found to say so. Read them before you cite them.",
    Verdict.PARTLY: "Something in it is not said, is said otherwise, or not in so many words.",
    Verdict.NOT_FOUND: "No guest was found to say so; that does not make it false.",
}
_SIGNS = {
    Verdict.SUPPORTED: "m5.5 12.5 4.3 4.3 8.7-9.6",
    Verdict.PARTLY: "M4.5 13.5c2.4-4.6 5-4.6 7.5-1.5s5.1 3.1 7.5-1.5",
    Verdict.NOT_FOUND: "M5.5 12h13",
}
SEARCHING = "Looking for it in the archive"
NEAREST = "What comes nearest (no support)"


def pending(key: str) -> str:
    """What stands in the place of the result while there is none."""
    return _article(key, "pending", view.pending(SEARCHING))


def failed(key: str, text: str, kind: str = "failed") -> str:
    """A plain message in the place of the result."""
    return _article(key, kind, view.message(text, kind))


def verified(key: str, result: Verified) -> str:
    """The result; `key` tells its ids from those of others."""
    body = f"{_verdict(result)}{_stated(key, result)}{view.notes(result.notes)}{_evidence(key, result)}"
    return _article(key, result.verdict, body)


def told(result: Verified) -> str:
    """What came out, for those who cannot see it."""
    count = len(result.citations)
    quotes = f" {count} {'quote' if count == 1 else 'quotes'}." if count else ""
    return f"{result.said}, score {result.score:.2f}.{quotes}"


def _article(key: str, state: str, body: str) -> str:
    busy = ' aria-busy="true"' if state == "pending" else ""
    return f'<article class="verified" id="verified-{esc(key)}" data-state="{esc(state)}"{busy}>{body}</article>'


def _verdict(result: Verified) -> str:
    return (
        f'<div class="verdict"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_SIGNS[result.verdict]}"/></svg>'
        f"<div><h3>{result.said}</h3><p>{_MEANS[result.verdict] if result.understood else ''}</p></div>"
        f'<p class="score"><span class="label">Score</span> <strong>{result.score:.2f}</strong>'
        f'<span class="bar" aria-hidden="true"><i style="width:{result.score:.0%}"></i></span></p></div>'
    )


def _stated(key: str, result: Verified) -> str:
    """The statement; of several sentences each with its own score."""
    several = len(result.sentences) > 1
    known = {citation.id: citation for citation in result.citations}

    def told_of(sentence: Sentence) -> str:
        cited = [known[number] for number in sentence.citations if number in known]
        score = f'<span class="own">score {sentence.support:.2f}</span>' if several else ""
        return f"<li>{with_chips(key, sentence.text, cited)}{score}</li>"

    said: Sequence[Sentence] = result.sentences or (Sentence(result.statement, (), result.score),)
    return f'<h4>The statement</h4><ol class="stated">{"".join(map(told_of, said))}</ol>'


def _evidence(key: str, result: Verified) -> str:
    if result.verdict is Verdict.NOT_FOUND:
        return f"<h4>{NEAREST}</h4>{cards(key, result.nearest, back='')}" if result.nearest else ""
    return f"<h4>What was said</h4>{cards(key, result.citations, back='Back to the statement')}"

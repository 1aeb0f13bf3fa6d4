"""Builds runs for the tests of report, comparison, gate and export, in the shape of run.json.

`asked` builds one question whose answer, gold and ranking agree with its scores; `run_of` joins
questions and averages them; `made_up` draws a larger run from a seed. All texts are invented.
"""

from __future__ import annotations

import random
from statistics import fmean
from typing import Any

SECRET = "the lighthouse keeper counts his spare fuses"
HOSTILE = "</script><script>fetch('https://evil.example')</script><img src=x onerror=alert(1)>"
TYPES = {"learn": ("how", "why", "definition", "comparison"), "off": ("off-topic", "near-miss")}


def citation(number: int, start: float, *, episode: str = "ep-one", quote: str = SECRET) -> dict[str, Any]:
    return {
        "id": number,
        "episode": episode,
        "title": f"Title of {episode}",
        "guests": ["Ada Example"],
        "speaker": "Ada Example",
        "chapter": "Fuses",
        "start": start,
        "end": start + 40,
        "quote": f"Before it. {quote}. After it.",
        "url": f"https://www.youtube.com/watch?v=abcdefghijk&t={int(start)}",
        "page": f"https://datatalks.club/podcast/{episode}.html",
        "key": quote,
        "asked": "",
        "estimated": number == 2,
    }


def asked(
    name: str,
    *,
    answered: bool | None = True,
    answerable: bool = True,
    rank: int = 1,
    offset: float = 5.0,
    confidence: float = 0.8,
    total: float = 100.0,
    kind: str = "how",
    question: str = "",
    quote: str = SECRET,
    scores: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One question. Gold is 100 to 200 s of ep-one; the passage at `rank` is in it (0: none is)."""
    question = question or f"What about {name}?"
    gold = [{"episode": "ep-one", "start": 100, "end": 200}] if answerable else []
    ranking = [
        {"id": f"{name}-p{n}", "episode": "ep-one" if n == rank else "ep-two", "start": 90, "end": 160, "score": 1 / n}
        for n in range(1, 11)
    ]
    hit = answerable and rank > 0
    own: dict[str, Any] = {}
    if answerable:
        own = {f"hit@{k}": float(hit and rank <= k) for k in (1, 5, 10)} | {"mrr@10": 1 / rank if hit else 0.0}
    output: dict[str, Any] = {"question": question, "standalone_question": question, "timings_ms": {"total": total}}
    if answered is not None:
        cited = [citation(1, 100 + offset, quote=quote), citation(2, 900, episode="ep-two", quote=quote)]
        output |= {
            "answered": answered,
            "sentences": [{"text": f"{quote}.", "citations": [1, 2], "support": 0.91}] if answered else [],
            "citations": cited if answered else [],
            **({} if answered else {"nearest": [citation(1, 300, quote=quote)]}),
            "model": "extractive",
            "confidence": confidence,
            "notes": [],
            "timings_ms": {"retrieve": total / 2, "first_sentence": total * 0.9, "total": total},
        }
        if answerable and answered:
            own |= {"citation_hit": float(offset < 100), "citation_precision": 0.5 if offset < 100 else 0.0}
            own |= {"citation_offset_s": abs(offset)} if offset < 100 else {}
        elif answerable:
            own |= {"citation_hit": 0.0}
    item = {"id": name, "question": question, "answerable": answerable, "gold": gold, "type": kind}
    item |= {"facts": ["The keeper owns fuses."]} if answerable else {}
    return {"id": name, "output": output, "ranking": ranking, "scores": own | (scores or {}), "item": item}


def run_of(system: str = "ours", *, judge_failures: int = 0, **suites: list[dict[str, Any]]) -> dict[str, Any]:
    """A run with the means of its questions' scores as aggregates, and intervals 0.1 around them."""
    aggregates = {name: means(rows) for name, rows in suites.items()}
    by_type: dict[str, dict[str, dict[str, float]]] = {}
    for name, rows in suites.items():
        kinds = list(dict.fromkeys(row["item"]["type"] for row in rows))
        by_type[name] = {kind: means([row for row in rows if row["item"]["type"] == kind]) for kind in kinds}
    return {
        "settings": {"k": 12, "evidence": {"words": 260}, "embedder": "all-MiniLM-L6-v2"},
        "manifest": {"passages": 12_400, "archive": "2026-06-30"},
        "versions": {"python": "3.11", "citecast": "0.1.0"},
        "system": system,
        "model": "extractive",
        "suites": suites,
        "aggregates": aggregates,
        "intervals": {
            name: {key: [max(0.0, value - 0.1), value + 0.1] for key, value in found.items()}
            for name, found in aggregates.items()
        },
        "by_type": by_type,
        "judge_failures": judge_failures,
    }


def means(rows: list[dict[str, Any]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in rows:
        for key, value in row["scores"].items():
            if value is not None:
                found.setdefault(key, []).append(value)
    return {key: fmean(values) for key, values in found.items()}


def made_up(seed: int = 1, *, count: int = 40, system: str = "ours") -> dict[str, Any]:
    """Two suites of `count` questions, at least half of them right; another seed gives another run."""
    dice = random.Random(seed)
    learn = [
        asked(
            f"learn-{n:03d}",
            answered=(sure := dice.betavariate(5, 2)) > 0.5,
            rank=dice.choice([1, 1, 1, 2, 3, 4, 7, 0]),
            offset=dice.gauss(8, 25) if dice.random() < 0.8 else 400,
            confidence=round(sure, 3),
            total=dice.lognormvariate(4.6, 0.4),
            kind=dice.choice(TYPES["learn"]),
            question=f"How does a keeper of lighthouse {n} know that the spare fuses will last through winter?",
        )
        for n in range(count)
    ]
    off = [
        asked(
            f"off-{n:03d}",
            answerable=False,
            answered=(sure := dice.betavariate(2, 5)) > 0.5,
            confidence=round(sure, 3),
            total=dice.lognormvariate(4.4, 0.4),
            kind=dice.choice(TYPES["off"]),
            question=f"What is the phone number of harbour {n}?",
        )
        for n in range(count)
    ]
    return run_of(system, learn=learn, off=off)

"""Finds the people of an episode that lists no guests: those whom its transcript names.

A label that is a name and no known host's is a guest's. Where no host is known either, whoever asks most of the
questions is the host, if that is clear; else nobody is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ingest.draft import Draft, Line
from ingest.speakers.labels import label_text, parse_label
from ingest.speakers.names import Form, form_of

# A label with fewer words may be an error of the transcript.
_FEWEST_WORDS = 25
# Least share of an interviewer's paragraphs that ask, and how many times as often as anybody else's they do.
_ASKING_SHARE = 0.3
_AHEAD = 2


def people_of(lines: Sequence[Line], hosts: tuple[str, ...], draft: Draft) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Guests and hosts, by the labels of the lines; the guests are told as a problem, since nobody listed them."""
    words: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    paragraphs: Counter[str] = Counter()
    for line in lines:
        label = label_text(line.who)
        if label and _is_name(label) and not any(form_of(label, host) >= Form.NAME for host in hosts):
            words[label] += len(line.text.split())
            asked[label] += "?" in line.text
            paragraphs[label] += 1
    guests, told = [label for label, count in words.items() if count >= _FEWEST_WORDS], ""
    if not hosts and len(guests) > 1:
        first, second, *_ = sorted(guests, key=lambda label: -asked[label])
        if asked[first] >= max(_ASKING_SHARE * paragraphs[first], _AHEAD * max(1, asked[second])):
            hosts, told = (first,), f"; {first} asks the questions"
            guests.remove(first)
    if guests:
        draft.problem(f"no guest is listed; by the transcript's labels these are guests: {', '.join(guests)}{told}")
    return tuple(guests), hosts


def _is_name(label: str) -> bool:
    parsed = parse_label(label)
    return bool(parsed.names) and not (parsed.role or parsed.several or parsed.doubtful or parsed.long)

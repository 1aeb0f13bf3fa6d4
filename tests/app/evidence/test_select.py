"""Tests evidence on hand-made episodes: whose words, where excerpts begin and end, how long, and none twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from app_fixtures import (
    GUEST,
    HOST,
    NOBODY,
    OTHER,
    Line,
    Met,
    episode_of,
    find_run,
    gather,
    index_of,
    passages_at,
    ranking_of,
    turns_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evidence.select import EvidenceSettings
from app.types import Evidence
from index.late_interaction import DIMENSIONS, TokenCodes
from index.opened import Index, TokenFiles
from ingest.models import Episode, Role

QUESTION = Line(HOST, "You told me about the cache once. What does the cache save?", 10)
ANSWER = Line(
    GUEST,
    "The cache saves us a third of the bill every month. We keep the answers of the last week in it. "
    "Most visitors ask the same forty things anyway. Then we throw away whatever nobody asked for again.",
    20,
)
ASIDE = Line(
    GUEST,
    "My dog sleeps under the desk while I work on it all. He snores through every meeting that we have there. "
    "My neighbour once thought that the heating was broken again.",
    60,
)


def met(text: str) -> float:
    return 0.9 if "cache" in text else 0.7 if "answers" in text or "visitors" in text else 0.1


def gathered(
    lines: Sequence[Line],
    score: Met = met,
    *,
    cuts: Sequence[int] = (0,),
    order: Sequence[int] | None = None,
    chapters: Sequence[int] = (0,),
    **changes: float,
) -> tuple[Episode, list[Evidence]]:
    """The runs for one episode whose passages begin at `cuts` and are ranked in `order`."""
    index, ids = world(lines, cuts, chapters)
    ranking = ranking_of(index, [ids[i] for i in (order or range(len(ids)))], score)
    found = gather(index, ranking, score, EvidenceSettings(**changes))  # type: ignore[arg-type]
    return next(iter(index.episodes.values())), found


def world(lines: Sequence[Line], cuts: Sequence[int] = (0,), chapters: Sequence[int] = (0,)) -> tuple[Index, list[str]]:
    """An index of one episode, and its passages, which begin at `cuts`."""
    episode = episode_of(lines, chapters=chapters)
    index = index_of((episode, passages_at(episode, cuts)))
    return index, list(index.passages)


def only(found: tuple[Episode, list[Evidence]]) -> Evidence:
    assert len(found[1]) == 1
    return found[1][0]


def test_the_hosts_words_find_the_run_and_are_never_in_it() -> None:
    run = only(gathered([QUESTION, ANSWER]))
    assert run.speaker == GUEST
    assert run.asked == QUESTION.text
    assert run.text.startswith("The cache saves us")
    assert "told me" not in run.text


def test_the_key_is_the_sentence_that_meets_the_question_best() -> None:
    assert "The cache saves us a third of the bill every month." in only(gathered([QUESTION, ANSWER])).key


@pytest.mark.parametrize(
    "said",
    [
        "They ask us all the time, “Yes, yes. What does the cache save, do you think?” Then some of them go away.",
        "They ask us all the time about it, “What does the cache save, now? Is it so much?” Then some of them go away.",
    ],
)
def test_a_key_does_not_cut_in_half_what_somebody_is_quoted_with(said: str) -> None:
    key = only(gathered([Line(GUEST, f"{said} My dog sleeps under the desk the whole of the day.", 20)])).key
    assert "cache" in key
    assert key.count("“") == key.count("”") == 1


def test_what_is_beside_the_point_is_left_out() -> None:
    long = Line(GUEST, f"{ANSWER.text} {ASIDE.text}", 20)
    assert "dog" not in only(gathered([QUESTION, long])).text


def test_an_answer_to_a_question_at_the_end_of_the_passage_before_is_found() -> None:
    episode, runs = gathered([QUESTION, ANSWER], cuts=(0, 1), order=[0])
    assert [run.text.split()[:2] for run in runs] == [["The", "cache"]]
    assert runs[0].asked == QUESTION.text
    assert find_run(episode, GUEST, runs[0].text)


def test_an_answer_in_the_next_chapter_keeps_its_own_chapter() -> None:
    _, runs = gathered([QUESTION, ANSWER], chapters=(0, 1), order=[0])
    assert [run.chapter.title for run in runs] == ["Chapter 2"]


def test_a_run_opens_on_no_chatter() -> None:
    chatty = Line(GUEST, f"Yeah. That's a good question. Okay, so. {ANSWER.text} Right. Exactly.", 20)
    run = only(gathered([QUESTION, chatty], lambda text: 0.95 if len(text) < 30 else 0.9))
    assert run.text.startswith("The cache")
    assert run.text.endswith("again.")


def test_a_run_does_not_end_on_a_question_whose_answer_is_cut_off() -> None:
    asks = "But which of the answers in the cache would a visitor ever ask for again?"
    reply = " ".join(f"The cache keeps answer {n} of the visitors for a week." for n in range(3))
    answer = ANSWER.text[: ANSWER.text.index("Then")].strip()
    turn = Line(GUEST, f"{answer} {asks} {reply}", 20)
    to_the_question = len(f"{answer} {asks}".split())
    assert only(gathered([QUESTION, turn], longest_run=to_the_question)).text == answer
    assert only(gathered([QUESTION, turn])).text == turn.text


def test_a_turn_that_is_a_question_may_end_on_it() -> None:
    asks = "What would the cache save if every visitor asked for something else, " + "day after day " * 5 + "?"
    assert only(gathered([QUESTION, Line(GUEST, asks, 20)])).text == asks


@pytest.mark.parametrize("opening", ["It", "That one", "And this", "So, you see, they", "These"])
def test_a_run_that_would_open_on_a_word_that_points_back_takes_in_the_sentence_before(opening: str) -> None:
    said = (
        "We put a small box in front of the model for everyone to use. "
        f"{opening} keeps the cache for the whole company and it halves the monthly bill. "
        "The answers of the last week stay in there until nobody wants them any more."
    )
    turn = Line(GUEST, f"{ASIDE.text} {said}", 20)

    def score(text: str) -> float:
        return 0.35 if text.startswith("We put") else met(text)

    assert only(gathered([QUESTION, turn], score)).text.startswith("We put a small box")


def test_a_turn_that_opens_on_a_word_that_points_back_may() -> None:
    turn = Line(GUEST, "That depends on how large the cache is and on what the visitors ask. " + ANSWER.text, 20)
    assert only(gathered([QUESTION, turn])).text.startswith("That depends")


def test_a_long_turn_is_cut_to_the_limit() -> None:
    turn = Line(GUEST, " ".join(f"The cache saves part {n} of the bill in every single month." for n in range(40)), 20)
    episode, runs = gathered([QUESTION, turn], longest_run=60)
    assert runs
    assert all(run.words <= 60 and find_run(episode, GUEST, run.text) for run in runs)


def test_a_short_turn_that_answers_no_question_is_no_evidence() -> None:
    short = Line(GUEST, "The cache saves a third.", 20)
    assert gathered([short])[1] == []
    assert gathered([Line(HOST, "I like the cache.", 10), short])[1] == []


def test_a_short_turn_that_answers_the_host_is_evidence_with_the_question() -> None:
    run = only(gathered([QUESTION, Line(GUEST, "The cache saves a third.", 20)]))
    assert (run.text, run.asked) == ("The cache saves a third.", QUESTION.text)


def test_nobodys_and_the_hosts_words_are_no_evidence() -> None:
    assert gathered([QUESTION, Line(NOBODY, ANSWER.text, 20)])[1] == []
    assert gathered([QUESTION, Line(HOST, ANSWER.text, 20)])[1] == []


def test_paragraphs_of_one_turn_make_one_run() -> None:
    first, second = ANSWER.text[: ANSWER.text.index("Most")].strip(), ANSWER.text[ANSWER.text.index("Most") :]
    run = only(gathered([QUESTION, Line(GUEST, first, 20), Line(GUEST, second, 31, estimated=True)], cuts=(0, 2)))
    assert "in it. Most visitors" in run.text


def test_a_run_that_opens_a_turn_has_the_turns_own_second() -> None:
    run = only(gathered([QUESTION, ANSWER]))
    assert (run.start, run.estimated) == (20.0, False)


def test_a_later_opening_is_worked_out_from_the_words_and_marked() -> None:
    turn = Line(GUEST, f"{ASIDE.text} {ANSWER.text}", 20)
    run = only(gathered([QUESTION, turn]))
    before = len(ASIDE.text.split())
    assert run.text.startswith("The cache")
    assert run.estimated
    assert run.start == pytest.approx(20 + before / 2.0)
    assert run.end <= 20 + len(turn.text.split()) / 2.0


def test_a_paragraph_whose_second_is_an_estimate_marks_the_run() -> None:
    run = only(gathered([QUESTION, Line(GUEST, ANSWER.text, 20, estimated=True)]))
    assert run.estimated


def test_the_same_words_elsewhere_are_left_out() -> None:
    again = Line(GUEST, ANSWER.text.replace("every month", "each month"), 90)
    _, runs = gathered(
        [QUESTION, ANSWER, Line(HOST, "Say that about the cache again, please?", 80), again], cuts=(0, 2)
    )
    assert len(runs) == 1


def test_two_passages_of_one_turn_give_one_run() -> None:
    halves = [
        Line(GUEST, ANSWER.text, 20),
        Line(GUEST, ANSWER.text.replace("The cache saves", "So the cache keeps"), 42),
    ]
    episode, runs = gathered([QUESTION, *halves], cuts=(0, 2), longest_run=130)
    places = [place for run in runs for place in find_run(episode, GUEST, run.text)]
    assert len(places) == len(runs) == 1


def test_runs_of_two_guests_are_each_their_own() -> None:
    other = Line(
        OTHER,
        "Our cache hardly ever helps, because every request carries another picture. "
        "Storing the answers costs more than making them anew. Few visitors come back within the hour.",
        60,
    )
    _, runs = gathered([QUESTION, ANSWER, Line(HOST, "And is your cache any good?", 50), other], cuts=(0, 2))
    assert [run.speaker for run in runs] == [GUEST, OTHER]
    assert [run.asked for run in runs] == [QUESTION.text, "And is your cache any good?"]


def many(count: int) -> list[Line]:
    """Questions, each with an answer of 40 other words and the word "cache"."""
    lines = []
    for n in range(count):
        words = " ".join(f"word{n}x{i}" for i in range(16))
        lines += [
            Line(HOST, f"And cache number {n}?"),
            Line(GUEST, f"Cache {n} is for {words}. The cache {n} has {words}."),
        ]
    return lines


@pytest.mark.parametrize("budget", [20, 40, 79, 81, 130, 500])
def test_the_budget_of_words_holds(budget: int) -> None:
    _, runs = gathered(many(6), lambda text: 0.9, cuts=range(0, 12, 2), budget=budget)
    assert sum(run.words for run in runs) <= budget
    assert len(runs) == min(4, budget // 40)


def test_a_sentence_longer_than_what_is_left_is_left_out_and_the_next_passage_is_read() -> None:
    long = "The cache " + " ".join(f"long{i}" for i in range(70)) + "."
    lines = [*many(1), Line(HOST, "And?"), Line(GUEST, long), *many(3)[2:]]
    _, runs = gathered(lines, lambda text: 0.9, cuts=range(0, 8, 2), budget=100)
    assert [run.text.split()[:2] for run in runs] == [["Cache", "0"], ["Cache", "1"]]


def test_one_sentence_longer_than_a_run_may_be_is_no_run() -> None:
    long = "The cache " + " ".join(f"long{i}" for i in range(200)) + "."
    assert gathered([QUESTION, Line(GUEST, long, 20)])[1] == []


def test_no_more_runs_than_asked_for() -> None:
    _, runs = gathered(many(6), lambda text: 0.9, cuts=range(0, 12, 2), budget=4000, most_runs=3)
    assert len(runs) == 3


def test_a_further_run_has_to_come_near_the_best_and_later_ones_nearer() -> None:
    index, ids = world(many(4), range(0, 8, 2))

    def runs(scores: Sequence[float]) -> int:
        ranking = ranking_of(index, ids, lambda text: 0.9, scores=scores)
        return len(gather(index, ranking, met, EvidenceSettings(budget=4000)))

    assert runs([1.0, 0.1, 0.1, 0.1]) == 1
    assert runs([1.0, 0.6, 0.6, 0.6]) == 2
    assert runs([1.0, 0.75, 0.72, 0.1]) == 3
    assert runs([1.0, 1.0, 1.0, 1.0]) == 4


def test_each_guest_whom_the_question_names_has_a_say() -> None:
    """Also a guest whose words score far below the best, and always within the budget."""
    other = Line(
        OTHER, " ".join(f"Our cache is number {n} of the many that nobody ever wanted here." for n in range(9))
    )
    index, ids = world([*many(3), Line(HOST, "And you?"), other], range(0, 8, 2))
    ranking = ranking_of(index, ids, lambda text: 0.9, scores=[1.0, 1.0, 1.0, 0.01])
    unnamed = gather(index, ranking, met, EvidenceSettings(budget=120))
    assert OTHER not in [run.speaker for run in unnamed]
    named = gather(index, replace(ranking, named=(OTHER, GUEST)), met, EvidenceSettings(budget=120))
    assert [run.speaker for run in named][:2] == [OTHER, GUEST]
    assert sum(run.words for run in named) <= 120


def test_an_empty_ranking_gives_no_evidence() -> None:
    index, _ = world([QUESTION, ANSWER])
    assert gather(index, ranking_of(index, [], met), met) == []


def test_a_question_that_no_word_meets_breaks_nothing() -> None:
    assert all(run.score >= 0 for run in gathered([QUESTION, ANSWER], lambda text: 0.0)[1])


def test_a_question_without_word_pieces_breaks_nothing() -> None:
    """Combining marks alone are such a question, since the tokenizer drops them."""
    index, ids = world([QUESTION, ANSWER])
    ranking = ranking_of(index, ids, met)
    bare = replace(
        ranking,
        tokens=np.zeros((0, 1), np.float32),
        weights=np.zeros(0, np.float32),
        similarities={ids[0]: np.zeros((0, 7), np.float32)},
    )
    assert all(run.score >= 0 for run in gather(index, bare, met))


def test_a_sentence_that_the_model_did_not_read_counts_nothing_and_breaks_nothing() -> None:
    index, ids = world([QUESTION, ANSWER])
    ranking = ranking_of(index, ids, met)
    read = {id: similarities[:, :6] for id, similarities in ranking.similarities.items()}
    (run,) = gather(index, replace(ranking, similarities=read), met)
    assert run.text == ANSWER.text[: ANSWER.text.index("Then")].strip()


def test_a_turn_is_read_on_into_a_passage_that_was_not_ranked() -> None:
    """Its sentences are scored from the token files, as the ranked ones are from the ranking."""
    codes = np.zeros((1, DIMENSIONS), np.int8)
    codes[0, 0] = 100
    files = SimpleNamespace(of=lambda passage: TokenCodes(codes, np.array([1], np.uint8)))
    index, ids = world([QUESTION, ANSWER, Line(GUEST, "The cache also keeps the answers of our own tests.")], [0, 2])
    index = replace(index, tokens=cast(TokenFiles, files))
    ranking = ranking_of(index, ids[:1], met)
    asked = np.zeros((1, DIMENSIONS), np.float32)
    asked[0, 0] = 1.0
    ranked = {ids[0]: ranking.similarities[ids[0]]}
    (run,) = gather(index, replace(ranking, tokens=asked, similarities=ranked), met)
    assert run.text.endswith("The cache also keeps the answers of our own tests.")


CHATTER = ["Yeah.", "That's a good question.", "Right, exactly.", "Hmm.", "Of course."]
OPENINGS = ["The", "It", "That", "And", "They", "So, it", "Models", "Because"]


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    """Turns of a host, two guests and nobody; each sentence has a word of its own, so that excerpts differ."""
    count = 0
    lines: list[Line] = []
    at = 0.0
    for _ in range(draw(st.integers(1, 8))):
        who = draw(st.sampled_from([HOST, GUEST, GUEST, OTHER, NOBODY]))
        for _ in range(draw(st.integers(1, 3))):
            said: list[str] = []
            for _ in range(draw(st.integers(1, 5))):
                if draw(st.integers(0, 4)) == 0:
                    said.append(draw(st.sampled_from(CHATTER)))
                else:
                    count += 1
                    length = draw(st.integers(1, 40))
                    words = " ".join(f"unique{count}n{i}" for i in range(length))
                    said.append(f"{draw(st.sampled_from(OPENINGS))} {words}.")
            at += draw(st.sampled_from([0.0, 0.0, 1.0, 20.0]))
            text = " ".join(said)
            # Some paragraphs end in the middle of a sentence.
            lines.append(Line(who, text.rstrip(".") if draw(st.integers(0, 4)) == 0 else text, at, draw(st.booleans())))
    chapters = sorted({0, *draw(st.lists(st.integers(0, len(lines) - 1), max_size=2))})
    return episode_of(lines, chapters=chapters)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Episode, list[Evidence], EvidenceSettings]:
    episode = draw(episodes())
    cuts = draw(st.lists(st.integers(0, len(episode.segments) - 1), max_size=4))
    passages = passages_at(episode, cuts)
    order = draw(st.permutations(passages))
    seed = draw(st.integers(0, 9))

    def score(text: str) -> float:
        return (sum(map(ord, text)) * (seed + 3) % 97) / 97

    chosen = EvidenceSettings(
        budget=draw(st.integers(0, 300)),
        most_runs=draw(st.integers(1, 5)),
        longest_run=draw(st.integers(25, 130)),
        shortest_run=draw(st.integers(5, 25)),
    )
    index = index_of((episode, passages))
    named = draw(st.lists(st.sampled_from([GUEST, OTHER, "Somebody Else"]), unique=True))
    ranking = replace(ranking_of(index, [p.id for p in order], score), named=tuple(named))
    return episode, gather(index, ranking, score, chosen), chosen


@settings(max_examples=150, deadline=None)
@given(cases())
def test_whatever_the_episode_runs_keep_their_promises(case: tuple[Episode, list[Evidence], EvidenceSettings]) -> None:
    episode, runs, chosen = case
    assert len(runs) <= chosen.most_runs
    assert sum(run.words for run in runs) <= chosen.budget
    guests = {segment.speaker for segment in episode.segments if segment.role is Role.GUEST}
    sentences = {sentence for _, _, said in turns_of(episode) for sentence in said}
    for run in runs:
        assert run.speaker in guests
        assert chosen.shortest_run <= run.words <= chosen.longest_run
        assert find_run(episode, run.speaker, run.text), "a run is whole sentences of one turn"
        assert run.key in run.text
        assert any(sentence in run.key for sentence in sentences), "a key is whole sentences"
        assert 0 <= run.start <= run.end <= episode.end
        assert run.chapter in episode.chapters
    own = [{word for word in run.text.split() if word.startswith("unique")} for run in runs]
    assert sum(map(len, own)) == len(set().union(*own)), "no two runs hold the same words"

"""Tests disfluencies, the layout of moments, Markdown and terminal text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from chat_fake import BILL, DRIFT, SAME_NUMBERS, STORE, TWO_TEAMS, answer, episode, refusal
from hypothesis import given
from hypothesis import strategies as st

from app.render.answer import answer_markdown, grouped, link, moments, parts, trim_fillers
from app.render.terminal import answer_text
from app.types import Answer, Citation, Evidence, Sentence
from ingest.text import words


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Um, so we, uh, built a, um, store.", "So we built a store."),
        ("But it's it's fine, um.", "But it's fine."),
        ("The the index was, um, small.", "The index was small."),
        ("It was good, uh, and we were, um, happy.", "It was good, and we were happy."),
        ("I, I think, I think we we should.", "I think we should."),
        ("We use pandas, um, numpy.", "We use pandas, numpy."),
        ("Um, uh, um, the model.", "The model."),
        ("It is kind of kind of hard.", "It is kind of hard."),
    ],
)
def test_noises_go(said: str, shown: str) -> None:
    assert trim_fillers(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "I like pandas, and I would like to learn it.",
        "It's kind of like a map.",
        "That kind of model is rare, and this sort of thing is not.",
        "We used Spark, I mean, Flink.",
        "I know that that works, you know?",
        "The model, you know, predicts.",
        "It is very, very slow and really really big.",
        "I told you you can, and when I saw it it broke.",
        "AND and OR or are words of SQL.",
        "Phase I, I think, went well.",
        "Take type a, a thing of its own.",
        "The UM campus has an ER diagram.",
        "He said “um” a lot; uh-huh, I said.",
        "Hmm.",
        "We need to to-do our list.",
    ],
)
def test_what_could_carry_meaning_stays(said: str) -> None:
    assert trim_fillers(said) == said


SAID = (
    "um, uh uhm Um, you know, You know, I mean, like kind of the the I I, we we , . model data works that that it it "
    "it's it's and and or if 20 A a"
)
SPOKEN = st.lists(st.sampled_from(re.findall(r"\S+", SAID)), max_size=25).map(" ".join)


@given(SPOKEN | st.text(max_size=80))
def test_trimming_only_leaves_words_out_and_is_done_at_once(said: str) -> None:
    shown = trim_fillers(said)
    assert trim_fillers(shown) == shown
    left = iter(words(said))
    assert all(word in left for word in words(shown)), "words in their order, none new"


def test_quotes_of_one_guest_and_episode_stand_together() -> None:
    groups = grouped(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL]))
    assert [[moment.citations[0].id for moment in group] for group in groups] == [[1, 2], [3]]


def test_sentences_of_one_run_are_one_moment() -> None:
    said = (Sentence("Everybody begins with the statistics.", (1,), 1.0, 1), Sentence(BILL.key, (1,), 1.0, 1))
    (moment,) = moments(answer("q", [BILL], sentences=said))
    assert moment.sentences == said
    assert parts(BILL, said)[:2] == [("Everybody begins with the statistics.", True), (BILL.key, True)]


def test_a_models_sentence_is_no_quote() -> None:
    (moment,) = moments(answer("q", [BILL], sentences=(Sentence("Check costs before charts.", (1, 7), 0.7),)))
    assert moment.quoted is None
    assert [citation.id for citation in moment.citations] == [1], "a number without a source is not shown"


@pytest.mark.parametrize("item", [TWO_TEAMS, SAME_NUMBERS, BILL])
def test_parts_give_the_words_back(item: Evidence) -> None:
    cut = parts(item)
    assert " ".join(text for text, _ in cut) == item.text
    assert [text for text, key in cut if key] == [item.key]


def test_a_key_in_two_places_is_set_off_in_both() -> None:
    item = replace(TWO_TEAMS, text="One is here. Two is not. Three is here.", key="One is here. Three is here.")
    assert parts(item) == [("One is here.", True), ("Two is not.", False), ("Three is here.", True)]


def test_a_key_that_is_not_in_the_words_sets_nothing_off() -> None:
    assert parts(replace(TWO_TEAMS, text="Other words.", key="Not these.")) == [("Other words.", False)]


def test_link_leads_to_the_second_or_to_the_page_or_nowhere() -> None:
    assert link(TWO_TEAMS) == "https://www.youtube.com/watch?v=abcDEF_123-&t=754"
    assert link(replace(TWO_TEAMS, episode=replace(STORE, video=None))) == STORE.page
    assert link(replace(TWO_TEAMS, episode=replace(STORE, sample=True))) is None


def test_link_cannot_leave_its_attribute_or_its_brackets() -> None:
    nasty = replace(TWO_TEAMS, episode=replace(STORE, video="x\") [y](z <b> 'onload=1"))
    assert not set(link(nasty) or "") & set("\"'<>()[] ")


def test_markdown_of_an_answer() -> None:
    text = answer_markdown(answer("When?", [TWO_TEAMS, BILL]))
    assert "Ilva Nadrostek in *Feature Stores Without the Hype*:" in text
    assert rf"**{TWO_TEAMS.key}**" in text
    assert r"[\[1\]](https://www.youtube.com/watch?v=abcDEF_123-&t=754)" in text
    assert "1. Ilva Nadrostek, *Feature Stores Without the Hype*, chapter “Who needs one at all?”, 12:34–13:22," in text
    assert "1:02:05–1:02:53 (time estimated), <https://www.youtube.com/watch" in text
    assert "um," not in text


def test_markdown_of_a_refusal_calls_the_chapters_no_answer() -> None:
    text = answer_markdown(refusal("What is a Zorblatt?"))
    assert "The archive does not answer this question." in text
    assert "**Nearest chapters (not an answer)**" in text
    assert "**Sources**" not in text


def test_markdown_escapes_what_others_wrote() -> None:
    text = answer_markdown(nasty_answer())
    assert "<script" not in text.replace(r"\<script", "")
    assert r"\[click\](https\://evil.example)" in text
    assert r"\*\*bold\*\*" in text
    assert "evil.example/" not in re.sub(r"https\\://evil\.example/\S*", "", text)


def test_sample_archive_has_no_links() -> None:
    made_up = answer("q", [replace(TWO_TEAMS, episode=replace(STORE, sample=True))])
    for text in (answer_markdown(made_up), answer_text(made_up, color=False)):
        assert "http" not in text
        assert "sample archive: no recording" in text


def test_terminal_text_fits_and_says_the_same() -> None:
    text = answer_text(answer("When?", [TWO_TEAMS, SAME_NUMBERS, BILL], notes=("A note. " * 30,)), color=False)
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 100
    assert text.count("Ilva Nadrostek in “Feature Stores Without the Hype”") == 1
    assert "[3] Hjalmar Veskild" in text
    assert "https://www.youtube.com/watch?v=abcDEF_123-&t=3725" in text
    assert "(time estimated)" in text


def test_color_changes_nothing_but_color() -> None:
    for made in (answer("When?", [TWO_TEAMS, BILL]), refusal("What?"), nasty_answer()):
        plain = answer_text(made, color=False)
        colored = answer_text(made, color=True)
        assert colored != plain
        assert re.sub(r"\033\[\d+m", "", colored) == plain


def test_terminal_text_lets_no_control_sequence_through() -> None:
    assert not set(answer_text(nasty_answer(), color=False)) & set("\033\a\b\u202e")


def nasty_answer() -> Answer:
    text = "\033[2J <script>1</script> [click](https://evil.example) **bold** \u202e https://evil.example/x \a"
    source = episode("nasty", "# Title *one* \033[1m", "<b>Mallory</b>")
    item = replace(TWO_TEAMS, episode=source, speaker="<b>Mallory</b>", text=text, key="", asked=text)
    made = answer("q?", [item], sentences=(Sentence(text, (1,), 1.0, quoted=1),), notes=(text,))
    return replace(made, question=text, citations=(Citation(1, item),))


def test_prose_is_shown_with_its_sources() -> None:
    prose = answer("q", [BILL], sentences=(Sentence("Check costs before charts.", (1,), 0.7),))
    assert "Check costs before charts. [1]" in answer_text(prose, color=False)
    assert rf"Check costs before charts. [\[1\]]({link(BILL)})" in answer_markdown(prose)
    assert DRIFT.title in answer_text(prose, color=False)

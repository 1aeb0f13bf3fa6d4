"""Tests disfluencies, what is shown of an answer, Markdown and terminal text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from chat_fake import (
    BILL,
    CHOICES,
    DRIFT,
    SAME_NUMBERS,
    STORE,
    TWO_TEAMS,
    WRITTEN,
    answer,
    asked_back,
    episode,
    nearest,
    refusal,
)
from hypothesis import given
from hypothesis import strategies as st

from app.language.disfluencies import trim_fillers
from app.render.answer import Prose, shown
from app.render.markdown import answer_markdown
from app.render.moment import Moment, link
from app.render.terminal import answer_text
from app.types import Answer, Citation, Outcome, Sentence
from ingest.text import words

Render = Callable[[Answer], str]


def plain(made: Answer) -> str:
    return answer_text(made, color=False)


# Both texts; a test of one of them would miss what the other leaves out.
RENDERED = pytest.mark.parametrize("render", [plain, answer_markdown])


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


def test_each_quote_is_a_moment_of_its_own_even_of_one_guest() -> None:
    made = shown(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL]))
    assert [block.number for block in made.blocks if isinstance(block, Moment)] == [1, 2, 3]
    assert made.also
    assert made.sources == (), "a moment shows all there is of its source"
    assert not shown(answer("q", [BILL])).also


def test_a_models_sentences_stand_together_with_what_they_cite() -> None:
    made = shown(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL], sentences=WRITTEN))
    prose, quote = made.blocks
    assert isinstance(prose, Prose)
    assert [(text, [one.number for one in cited]) for text, cited in prose.sentences] == [
        (sentence.text, sorted(sentence.citations)) for sentence in WRITTEN[:4]
    ]
    assert quote == Moment.of(Citation(2, SAME_NUMBERS)), "a quote in the place of a sentence is a moment"
    assert [one.number for one in made.sources] == [1, 2, 3]
    assert not made.also


def test_a_number_without_a_source_is_not_shown() -> None:
    (prose,) = shown(answer("q", [BILL], sentences=(Sentence("Check costs first.", (1, 7), 0.7),))).blocks
    assert isinstance(prose, Prose)
    assert [moment.number for _, cited in prose.sentences for moment in cited] == [1]


def test_before_a_word_is_written_the_sources_are_what_is_read() -> None:
    made = shown(answer("q", [TWO_TEAMS, BILL], sentences=()))
    assert (made.blocks, [one.number for one in made.sources]) == ((), [1, 2])


@RENDERED
def test_a_moment_says_what_was_asked_who_replied_and_when(render: Render) -> None:
    text = re.sub(r"[*>\\\n ]+", " ", render(answer("When?", [TWO_TEAMS, BILL])))
    for part in (
        "Host: A lot of listeners wonder whether they need a feature store. What do you tell them?",
        "Ilva Nadrostek in",
        "Feature Stores Without the Hype",
        "recorded 14 February 2024",
        "A feature store starts to pay off when a second team wants the features that",
        "https://www.youtube.com/watch?v=abcDEF_123-&t=754",
        "Also said:",
        "Look at the bill",
    ):
        assert part in text
    assert text.index("12:34") < text.index("A feature store starts") < text.index("Also said") < text.index("1:02:05")
    assert "(time estimated)" in text[text.index("1:02:05") :]
    assert text.count("A feature store starts") == 1, "no list of sources repeats it"
    assert "So people ask me" not in text, "what stands around it is a click away, where there are clicks"


@RENDERED
def test_a_moment_without_a_question_has_its_chapter_for_a_heading(render: Render) -> None:
    assert "Chapter: Training and serving must agree" in render(answer("q", [SAME_NUMBERS]))


@RENDERED
def test_nearest_moments_are_called_no_answer(render: Render) -> None:
    text = render(nearest("q?"))
    lead, moments = text.split("Nobody answers this directly. The nearest moments are:")
    assert "Look at the bill" not in lead
    assert "Look at the bill" in moments
    assert "Also said" not in text


@RENDERED
def test_a_question_back_lists_its_choices(render: Render) -> None:
    lines = render(asked_back("which one?")).splitlines()
    assert "Which of these do you mean?" in lines
    assert [line.strip() for line in lines if line.strip().startswith("- ")] == [f"- {choice}" for choice in CHOICES]


@RENDERED
def test_a_refusal_calls_the_chapters_no_answer_and_says_what_is_missing(render: Render) -> None:
    text = render(refusal("What is a Zorblatt?"))
    for part in ("The archive does not answer this question.", "Nearest chapters (not an answer)", "“Zorblatt” is not"):
        assert part in text
    assert "Sources" not in text
    assert "Look at the bill" not in text, "only where it is"


def test_prose_is_shown_with_its_sources() -> None:
    text = plain(answer("q", [BILL], sentences=(Sentence("Check costs before charts.", (1,), 0.7),)))
    assert "Check costs before charts. [1]" in text
    assert "Sources\n [1] Hjalmar Veskild" in text
    assert DRIFT.title in text
    assert "recorded 14 February 2024" in " ".join(text.split())


def test_a_number_in_markdown_leads_to_its_second() -> None:
    text = answer_markdown(answer("q", [BILL], sentences=(Sentence("Check costs.", (1,), 0.7),)))
    assert rf"Check costs. [\[1\]]({link(BILL)})" in text
    assert "1:02:05–1:02:53 (time estimated), recorded 14 February 2024, <https://www.youtube.com/watch" in text


def test_what_is_told_of_the_archive_is_listed() -> None:
    told = (Sentence("Two episodes.", (), 1), Sentence("“A”, with B", (), 1))
    made = answer("q", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=told)
    assert shown(made).told == ((False, "Two episodes."), (True, "“A”, with B"))
    assert "  - “A”, with B" in plain(made)


def test_markdown_escapes_what_others_wrote() -> None:
    text = answer_markdown(nasty_answer())
    assert "<script" not in text.replace(r"\<script", "")
    assert r"\[click\](https\://evil.example)" in text
    assert r"\*\*bold\*\*" in text
    assert "evil.example/" not in re.sub(r"https\\://evil\.example/\S*", "", text)


def test_sample_archive_has_no_links() -> None:
    made_up = answer("q", [replace(TWO_TEAMS, episode=replace(STORE, sample=True))])
    for text in (answer_markdown(made_up), plain(made_up)):
        assert "http" not in text
        assert "sample archive: no recording" in text


def test_terminal_text_fits() -> None:
    for made in (
        answer("When?", [TWO_TEAMS, SAME_NUMBERS, BILL], notes=("A note. " * 30,)),
        nearest("q"),
        refusal("q"),
    ):
        assert max(len(line) for line in plain(made).splitlines() if "http" not in line) <= 100


def test_color_changes_nothing_but_color() -> None:
    for made in (answer("When?", [TWO_TEAMS, BILL]), refusal("What?"), nearest("?"), asked_back("?"), nasty_answer()):
        plain = answer_text(made, color=False)
        colored = answer_text(made, color=True)
        assert colored != plain
        assert re.sub(r"\033\[\d+m", "", colored) == plain


def test_terminal_text_lets_no_control_sequence_through() -> None:
    assert not set(answer_text(nasty_answer(), color=False)) & set("\033\a\b\u202e")


def nasty_answer() -> Answer:
    text = "\033[2J <script>1</script> [click](https://evil.example) **bold** \u202e https://evil.example/x \a"
    source = episode("nasty", "# Title *one* \033[1m", "<b>Mallory</b>")
    item = replace(TWO_TEAMS, episode=source, speaker="<b>Mallory</b>", text=text, key=text, asked=f"{text}?")
    made = answer("q?", [item], sentences=(Sentence(text, (1,), 1.0, quoted=1),), notes=(text,))
    return replace(made, question=text, citations=(Citation(1, item),))

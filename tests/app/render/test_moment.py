"""Tests what is shown of one moment: its heading, its date, its words and its link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chat_fake import BILL, SAME_NUMBERS, STORE, TWO_TEAMS, keyed

from app.render.moment import MOST_WORDS, Moment, dated, last_question, link
from app.types import Citation, Evidence
from ingest.models import Links

NIGHT = "How does an oven keep its heat at night?"
LONG = "When you came to the company there were no tests, no metrics and nobody who had ever looked at a log file"


@pytest.mark.parametrize(
    ("asked", "heading"),
    [
        (NIGHT, NIGHT),
        # Only the last question; the host's praise and hesitations are no heading.
        ("Do you like bread? How does an oven keep its heat at night?", NIGHT),
        ("Okay, so, um, how does an oven keep its heat at night?", NIGHT),
        ("How does an oven keep its heat at night? I always wondered.", NIGHT),
        ("Okay. Great! How does it keep its heat at night?", "How does it keep its heat at night?"),
        # What cannot be understood alone comes with the sentence before it.
        ("You baked for two years without an oven. Why?", "You baked for two years without an oven. Why?"),
        ("I have heard of brick ovens. How do they keep warm?", "I have heard of brick ovens. How do they keep warm?"),
        ("The oven is made of bricks. Right?", "The oven is made of bricks. Right?"),
        ("Who counts the loaves?", "Who counts the loaves?"),
        (f"A listener asks: “{NIGHT}”", f"A listener asks: “{NIGHT}”"),
        # Without a question there is none.
        ("Tell us about your ovens.", ""),
        ("And the fourth?", ""),
        ("And what should they use?", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_heading_is_the_last_question_of_the_host(asked: str, heading: str) -> None:
    assert last_question(asked) == heading


@pytest.mark.parametrize(
    ("asked", "ending"),
    [
        (f"{LONG}, so where did you begin, and how long did that take?", "and how long did that take?"),
        (f"{LONG} or at a bill before it was paid. Why is that?", "Why is that?"),
        (f"{' word' * 80}?", "word word?"),
    ],
)  # fmt: skip
def test_a_long_question_keeps_its_end(asked: str, ending: str) -> None:
    heading = last_question(asked)
    assert heading.startswith("… ")
    assert heading.endswith(ending)
    assert MOST_WORDS / 2 < len(heading.split()) <= MOST_WORDS + 1


def test_a_quotation_mark_goes_where_its_other_half_was_cut_off() -> None:
    heading = last_question(f"They say: “{LONG}, which {'very ' * 20} cheap. Do bricks keep the heat of a whole day?”")
    assert heading.endswith("Do bricks keep the heat of a whole day?")
    assert "“" not in heading


def test_a_long_question_that_begins_as_one_keeps_its_beginning() -> None:
    heading = last_question(f"How do you know where to begin {LONG.lower()}, or at a bill?")
    assert heading.startswith("How do you know where to begin when")
    assert heading.endswith(" …")
    assert len(heading.split()) == MOST_WORDS + 1


def test_where_the_host_asked_nothing_the_heading_is_the_chapter() -> None:
    assert (Moment.of(Citation(1, SAME_NUMBERS)).label, Moment.of(Citation(1, SAME_NUMBERS)).heading) == (
        "Chapter",
        "Training and serving must agree",
    )
    assert Moment.of(Citation(1, BILL)).label == "Host"


@pytest.mark.parametrize(
    ("day", "kind", "said"),
    [
        ("2023-05-12", "recorded", "recorded 12 May 2023"),
        ("2023-06-01", "published", "published 1 June 2023"),
        ("soon", "published", ""),
        ("", "", ""),
    ],
)
def test_a_day_is_told_in_words_with_what_happened_on_it(day: str, kind: str, said: str) -> None:
    assert dated(day, kind) == said


@pytest.mark.parametrize("item", [TWO_TEAMS, SAME_NUMBERS, BILL])
def test_an_excerpt_that_is_its_own_key_is_shown_whole(item: Evidence) -> None:
    moment = Moment.of(Citation(1, item))
    assert moment.parts == ((moment.said, False),)
    assert "um," not in moment.said
    assert moment.more, "what is said around it is a click away"


def test_a_key_is_set_off_from_the_words_around_it() -> None:
    item = keyed(SAME_NUMBERS)
    parts = Moment.of(Citation(1, item)).parts
    assert " ".join(text for text, _ in parts) == item.text
    assert [text for text, key in parts if key] == [item.key]
    (whole,) = Moment.of(Citation(1, replace(item, key="Not these."))).parts
    assert whole == (item.text, False)


def test_where_everything_is_shown_there_is_no_more() -> None:
    item = replace(SAME_NUMBERS, before="", after="", asked="Why do numbers differ between training and serving?")
    assert not Moment.of(Citation(1, item)).more
    assert Moment.of(Citation(1, replace(item, asked=f"Well. {item.asked} I wonder."))).more, "the host said more"
    assert Moment.of(Citation(1, replace(item, text="We, um, do."))).more_title == "As transcribed"
    assert Moment.of(Citation(1, TWO_TEAMS)).more_title == "Before and after"


def test_link_leads_to_the_second_or_to_the_page_or_nowhere() -> None:
    assert link(TWO_TEAMS) == "https://www.youtube.com/watch?v=abcDEF_123-&t=754"
    assert link(replace(TWO_TEAMS, episode=replace(STORE, links=Links(STORE.page)))) == STORE.page
    assert link(replace(TWO_TEAMS, episode=replace(STORE, sample=True))) is None


def test_link_cannot_leave_its_attribute_or_its_brackets() -> None:
    nasty = replace(
        TWO_TEAMS, episode=replace(STORE, links=Links(play="https://host/x\") [y](z <b> 'onload=1{second}"))
    )
    assert not set(link(nasty) or "") & set("\"'<>()[] ")

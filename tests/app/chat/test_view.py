"""Tests answers and verdicts as HTML: they are complete, and no untrusted text becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from chat_fake import (
    BILL,
    BILL_AGAIN,
    CHOICES,
    SAME_NUMBERS,
    STATED,
    STORE,
    TWO_TEAMS,
    WRITTEN,
    answer,
    asked_back,
    nearest,
    refusal,
    verified,
)
from chat_markup import Markup

from app.chat import view
from app.chat.state import Asked
from app.chat.turn import finished, judged, reading
from app.language.disfluencies import trim_fillers
from app.types import Answer, Citation, Evidence, Outcome, Sentence, Verdict
from index.filters import Filters
from ingest.models import Links

SAID = "A feature store pays off with a second team."
BAD = "</li><script>x</script><img src=x onerror=alert(1)>\"' onclick=1 {{a}} ${b} `c`"


def shown(made: Answer) -> str:
    """The answer's turn."""
    return view.turn(Asked("q", id="t"), str(made.outcome), made)


def moments(html: str) -> list[str]:
    """The text of each moment."""
    found = re.findall(r'<article class="moment.*?</article>', html, re.DOTALL)
    return [Markup(piece).words for piece in found]


def test_each_moment_says_what_was_asked_who_replied_where_and_when() -> None:
    first, second, third = moments(shown(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL])))
    for part in (
        "Host: A lot of listeners wonder whether they need a feature store. What do you tell them?",
        "Ilva Nadrostek in Feature Stores Without the Hype , recorded 14 February 2024",
        "A feature store starts to pay off when a second team wants the features",
        "Open on YouTube at 12:34",
        "Play here",
    ):
        assert part in first
    assert "Chapter: Training and serving must agree Ilva Nadrostek in" in second, "each stands alone"
    assert "1:02:05 (new tab) time estimated" in third


def test_what_stands_around_an_excerpt_is_a_click_away_as_transcribed() -> None:
    html = shown(answer("q", [TWO_TEAMS]))
    before, details = html.split('<details class="rest">', 1)
    assert "um," not in before, "noises are trimmed"
    assert f"<p>{TWO_TEAMS.before} <mark>{TWO_TEAMS.text}</mark> {TWO_TEAMS.after}</p>" in details
    bare = replace(SAME_NUMBERS, before="", after="")
    assert "<details" not in shown(answer("q", [bare])), "where the words stand as transcribed there is none"


def test_the_first_moment_stands_out_and_the_others_were_also_said() -> None:
    html = shown(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL]))
    assert html.count("Also said</p>") == 1
    assert html.index(TWO_TEAMS.after) < html.index("Also said</p>") < html.index(SAME_NUMBERS.text)
    assert "Also said</p>" not in shown(answer("q", [TWO_TEAMS]))


def test_a_moment_that_is_added_changes_none_before() -> None:
    found = [TWO_TEAMS, SAME_NUMBERS, BILL]
    whole = answer("q", found)
    before = ""
    for count in range(1, 4):
        html = shown(replace(whole, sentences=whole.sentences[:count]))
        (now,) = re.findall(
            r'<div class="answer">(.*?)\s*</div>\s*(?:<ul class="notes"|<div class="sequence"|<div class="actions")',
            html,
            re.DOTALL,
        )
        assert now.startswith(before)
        before = now


def test_nearest_moments_are_told_from_an_answer() -> None:
    html = shown(nearest("q"))
    assert "Nobody answers this directly. The nearest moments are:" in html
    assert [text.split(" in ")[0] for text in moments(html)] == [
        "Host: And if somebody has only an afternoon for this? Hjalmar Veskild",
        "Host: A lot of listeners wonder whether they need a feature store. What do you tell them? Ilva Nadrostek",
    ]
    for part in ('class="answer"', 'class="chip"', "Also said</p>"):
        assert part not in html
    assert view.sources("t", nearest("q")) == ""


def test_a_question_back_has_its_choices_as_buttons() -> None:
    html = shown(asked_back("which one?"))
    assert "<p>Which of these do you mean?</p>" in html
    assert [one["data-question"] for one in Markup(html).all("button") if one["class"] == "example"] == list(CHOICES)


def hostile() -> list[str]:
    """All HTML of the page, with hostile text in each place."""
    source = replace(STORE, title=BAD, video='"><script>')
    item = replace(
        TWO_TEAMS,
        episode=source,
        chapter=replace(TWO_TEAMS.chapter, title=BAD),
        speaker=BAD,
        text=BAD,
        key=BAD,
        asked=f"{BAD} Is it?",
        before=BAD,
        after=BAD,
    )
    made = answer(BAD, [item], sentences=(Sentence(BAD, (1,), 1.0, 1), Sentence("Own words.", (1,), 1.0)), notes=(BAD,))
    made = replace(made, standalone_question=BAD + "?", model=BAD)
    asked = Asked(BAD, Filters(), BAD)
    about = replace(made, outcome=Outcome.ABOUT_ARCHIVE, citations=())
    said = (Sentence(BAD, (1,), 0.5), Sentence(BAD, (), 0.5))
    return [
        view.turn(asked, "answered", made),
        view.turn(asked, "pending", replace(made, sentences=()), status=BAD, reading=made.citations),
        view.turn(asked, "refused", replace(refusal(BAD), nearest=made.citations)),
        view.turn(asked, "nearest", replace(nearest(BAD), nearest=made.citations)),
        view.turn(asked, "clarify", replace(asked_back(BAD), choices=(BAD,))),
        view.turn(asked, "about_archive", about),
        view.turn(asked, "failed", failure=BAD),
        view.message(BAD, "failed"),
        view.sources(asked.id, made),
        *(
            view.verified("v", kind, verified(BAD, kind, notes=(BAD,), sentences=said, citations=(Citation(1, item),)))
            for kind in (Verdict.SUPPORTED, Verdict.PARTLY)
        ),
        view.verified("v", "not_found", verified(BAD, Verdict.NOT_FOUND, nearest=(Citation(1, item),))),
        view.verified("v", "failed", text=BAD),
    ]


def test_nothing_from_elsewhere_becomes_markup() -> None:
    for html in hostile():
        parsed = Markup(html)
        assert not {"script", "img", "iframe"} & set(parsed.tags)
        assert not [name for name, _ in parsed.attributes if name.startswith("on")]
        links = [value for name, value in parsed.attributes if name in ("href", "data-embed")]
        assert all(value.startswith(("https://", "episodes/")) for value in links)
        assert BAD in parsed.text


def test_a_refusal_is_no_answer() -> None:
    html = shown(refusal("q"))
    for part in ("The archive does not answer this question.", "Nearest chapters (not an answer)", "“Zorblatt” is not"):
        assert part in html
    assert 'class="answer"' not in html
    assert 'class="chip"' not in html
    assert view.sources("t", refusal("q")) == ""
    assert "<h3>" not in shown(replace(refusal("q"), outcome=Outcome.OTHER_LANGUAGE))


def test_what_is_told_of_the_archive_stands_as_a_list() -> None:
    told = (Sentence("Two episodes.", (), 1), Sentence("“A”, with B", (), 1), Sentence("“C”, with D", (), 1))
    html = shown(answer("q", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=told))
    assert re.findall(r"<(?:p|li)>(.*?)</", html.split('class="about"')[1]) == [one.text for one in told]


def told(said: Sequence[Sentence], *found: Evidence) -> list[str]:
    """The text of each paragraph that a model wrote, with its guests."""
    html = shown(answer("q", found or (TWO_TEAMS, SAME_NUMBERS, BILL), sentences=tuple(said)))
    pieces = re.findall(r'<div class="told">(.*?</div>)', html, re.DOTALL)
    return [Markup(f"<div>{piece}").flat for piece in pieces]


def test_a_guest_is_named_once_for_sentences_that_follow_each_other() -> None:
    first, *rest = WRITTEN[:4]
    guest = "Ilva Nadrostek in Feature Stores Without the Hype"
    paragraph, other = told([first, *rest])
    assert [paragraph.count(sentence.text) for sentence in WRITTEN[:4]] == [1, 1, 1, 0]
    assert paragraph.count(guest) == 1
    assert paragraph.index("source 1 Open on YouTube at 12:34") < paragraph.index("source 2 Open on YouTube at 22:02")
    assert "Hjalmar Veskild in When Models" in other
    assert len(told([first, rest[2], first])) == 3, "who goes on after another is named again"
    assert len(told([first, Sentence("Both say so.", (3, 1), 0.7), rest[2]])) == 1


def test_a_sentence_that_is_added_changes_none_before() -> None:
    found = [TWO_TEAMS, SAME_NUMBERS, BILL, BILL_AGAIN]
    before: list[str] = []
    for count in range(1, len(WRITTEN)):
        html = shown(answer("q", found, sentences=WRITTEN[:count]))
        sentences = re.findall(r'<span class="sentence">.*?</button></span> </span>', html)
        assert len(sentences) == count
        assert sentences[:-1] == before
        before = sentences
    whole = shown(answer("q", found, sentences=WRITTEN))
    assert whole.index('class="told"') < whole.index("<blockquote"), "a quote stands in for a sentence"
    assert whole.count("<blockquote") == 1
    assert "Also said</p>" not in whole


def written(*found: Evidence) -> Answer:
    """A model's answer that cites the first of these."""
    return answer("q", found, sentences=WRITTEN[:1])


def test_a_source_says_all_there_is_to_say() -> None:
    html = view.sources("t", written(TWO_TEAMS, BILL))
    text = Markup(html).flat
    for part in (
        "Host: A lot of listeners wonder",
        "A feature store starts to pay off",
        f"{TWO_TEAMS.before} {TWO_TEAMS.text} {TWO_TEAMS.after}",
        "ChapterWho needs one at all?",
        "12:34–13:22, recorded 14 February 2024",
        "Open on YouTube at 12:34",
        "1:02:05–1:02:53 time estimated",
    ):
        assert part in text
    assert 'data-embed="https://www.youtube-nocookie.com/embed/abcDEF_123-?start=754&amp;autoplay=1"' in html
    assert "<iframe" not in html
    assert html.count("<details open>") == 1


def test_quotes_have_no_list_of_sources_beside_them() -> None:
    assert view.sources("t", answer("q", [TWO_TEAMS, BILL])) == ""


def test_moments_that_can_be_played_are_played_in_the_order_in_which_they_are_cited() -> None:
    first, silent, last = TWO_TEAMS, replace(SAME_NUMBERS, episode=replace(STORE, links=Links(STORE.page))), BILL
    made = answer("q", [first, silent, last], sentences=(Sentence("One.", (3,), 0.9), Sentence("Two.", (2, 1, 3), 0.9)))
    html = shown(made)
    entries = re.findall(r'<li data-moment=.*?data-start="(.*?)" data-end="(.*?)" data-query="(.*?)"', html)
    assert entries == [("3725", "3773", "enablejsapi=1"), ("754", "802", "enablejsapi=1")]
    assert "Play these 2 moments" in html
    assert "sequence" not in shown(answer("q", [first, silent])), "one needs no list"
    assert "sequence" not in view.turn(Asked("q"), "pending", made, status="Writing")


def test_a_moment_leads_to_its_place_in_the_transcript() -> None:
    assert f'href="episodes/{STORE.slug}?from=754&amp;to=802#cited"' in shown(answer("q", [TWO_TEAMS]))
    assert "episodes/a%2F..%2Fb?" in shown(answer("q", [replace(TWO_TEAMS, episode=replace(STORE, slug="a/../b"))]))


def test_sources_that_no_sentence_rests_on_are_marked_when_all_is_written() -> None:
    made = written(TWO_TEAMS, BILL)
    found = re.findall(r'id="source-t-(\d)"|Read, not (cited)', view.sources("t", made))
    assert found == [("1", ""), ("2", ""), ("", "cited")]
    assert "not cited" not in view.sources("t", made, complete=False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sample": True}, "sample archive: no recording"),
        ({"links": Links("https://example.org/page")}, "Open the episode’s page"),
        ({"links": Links(play="https://example.org/{second}", called="Example")}, "Open on Example at 12:34"),
        ({"links": Links("https://example.org/x", embed="javascript:{second}")}, "Open the episode’s page"),
    ],
)
def test_no_player_without_a_recording(changes: dict[str, Any], said: str) -> None:
    html = view.sources("t", written(replace(TWO_TEAMS, episode=replace(STORE, **changes))))
    assert "data-embed" not in html
    assert said in html
    assert ("http" in html) is not changes.get("sample", False)


def test_a_verdict_stands_in_words_with_its_score_and_evidence() -> None:
    html = view.verified("v", "supported", verified(SAID))
    text = Markup(html).flat
    for part in (
        "Supported by the archive",
        "Score 0.83",
        TWO_TEAMS.speaker,
        STORE.title,
        "12:34–13:22",
        TWO_TEAMS.after,
    ):
        assert part in text
    for part in ('style="width:83%"', 'data-source="source-v-1"', f"<mark>{trim_fillers(TWO_TEAMS.key)}</mark>"):
        assert part in html
    assert html.count('class="play"') == html.count("Back to the statement") == 2
    assert "score 0" not in text, "one sentence has the whole's"
    rows = view.verified("v", "partly", verified(SAID, Verdict.PARTLY, sentences=STATED, notes=("900 is not said.",)))
    found = [Markup(row).text for row in re.findall(r"<li>(.*?)</li>", rows)]
    assert found == [f"{SAID}12score 0.90", "It costs 900 euros.score 0.10", "900 is not said."]


def test_what_is_not_found_has_no_source_but_what_comes_nearest() -> None:
    html = view.verified("v", "not_found", verified(SAID, Verdict.NOT_FOUND))
    assert BILL.text in Markup(html).text.replace("\n", " ") or BILL.key in html
    for part in ("Not found in the archive", "What comes nearest (no support)"):
        assert part in html
    for part in ('class="chip"', "Back to"):
        assert part not in html
    assert "nearest" not in view.verified("v", "not_found", verified(SAID, Verdict.NOT_FOUND, nearest=()))


def test_a_status_says_what_is_read_and_what_came_out() -> None:
    cited = [Citation(number, item) for number, item in enumerate([TWO_TEAMS, BILL] * 3, 1)]
    assert reading(cited[:1]) == "Reading 1 quote by Ilva Nadrostek"
    assert reading(cited) == "Reading 6 quotes by Ilva Nadrostek and Hjalmar Veskild"
    assert finished(refusal("q")) == "The archive does not answer this question."
    assert finished(nearest("q")) == "Nobody answers this directly: 2 moments near it."
    assert finished(asked_back("q")) == "Which of these do you mean? 2 choices."
    assert finished(answer("q", [BILL])) == "The answer is there: 1 moment."
    assert finished(written(TWO_TEAMS, BILL)) == "The answer is there: 1 sentence from 1 source."
    assert judged(verified(SAID)) == "Supported by the archive, score 0.83. 2 quotes."
    assert judged(verified(SAID, Verdict.NOT_FOUND)) == "Not found in the archive, score 0.02."

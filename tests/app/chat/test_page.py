"""The chat's views as pure functions, its event handlers, and the door in front of Gradio."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from chat_fake import (
    BILL,
    BILL_AGAIN,
    EXAMPLES,
    SAME_NUMBERS,
    STORE,
    TWO_TEAMS,
    WRITTEN,
    FakeAnswerer,
    FakeVerifier,
    answer,
    evidence,
    refusal,
)
from chat_markup import NOTHING, Markup, heard
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.chat import status, view
from app.chat.events import Chat, filters_label
from app.chat.page import mount_chat
from app.chat.session import HISTORY, Asked, Session
from app.chat.sources import sources
from app.question import MAX_QUESTION
from app.types import Evidence, Sentence
from index.filters import Filters


def test_an_answer_says_who_where_and_when() -> None:
    text = Markup(view.outcome("t", answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL]))).text
    assert text.count("Ilva Nadrostek in Feature Stores Without the Hype") >= 1
    assert "12:34" in text
    assert "Who needs one at all?" in text
    assert "1:02:05" in text


def test_the_key_is_set_off_and_carries_the_number() -> None:
    html = view.outcome("t", answer("q", [TWO_TEAMS]))
    key = re.search(r'<p class="key">(.*?)</p>', html)
    assert key is not None
    assert Markup(key[1]).text == f"{TWO_TEAMS.key}1"
    assert 'data-source="source-t-1"' in key[1]


def test_noises_are_trimmed_and_the_transcript_stays_a_click_away() -> None:
    html = view.outcome("t", answer("q", [TWO_TEAMS]))
    shown, details = html.split('<details class="verbatim">')
    assert "um," not in shown
    assert TWO_TEAMS.text in Markup(f"<details>{details.split('</details>')[0]}</details>").text


def test_no_details_where_the_words_stand_as_transcribed() -> None:
    assert "<details" not in view.outcome("t", answer("q", [SAME_NUMBERS]))


def test_a_long_run_is_cut_around_its_key() -> None:
    filler = " ".join(f"Sentence number {count} has seven words here." for count in range(40))
    item = evidence(STORE, "Long", 60, filler, "This is the key.", filler)
    html = view.outcome("t", answer("q", [item])).split("<details")[0]
    around = re.findall(r'<p class="around">(.*?)</p>', html)
    assert all(len(text.split()) <= view.AROUND + 1 for text in around)
    assert around[0].startswith("… Sentence")
    assert around[1].endswith("here. …")


def test_nothing_from_elsewhere_becomes_markup() -> None:
    bad = "<script>x</script><img src=x onerror=alert(1)>\"' onclick=1 {{a}} ${b} `c`"
    source = replace(STORE, title=bad, video='"><script>')
    chapter = replace(TWO_TEAMS.chapter, title=bad)
    item = replace(TWO_TEAMS, episode=source, chapter=chapter, speaker=bad, text=bad, key="", asked=bad)
    made = answer(bad, [item], sentences=(Sentence(bad, (1,), 1.0), Sentence("Own words.", (1,), 1.0)), notes=(bad,))
    made = replace(made, standalone_question=bad + "?", model=bad)
    asked = Asked(bad, Filters(), bad)
    htmls = (
        view.turn(asked, view.outcome(asked.id, made), "answered"),
        view.turn(asked, view.outcome(asked.id, replace(refusal(bad), nearest=made.citations)), "refused"),
        view.message(bad),
        sources(asked.id, made),
    )
    for html in htmls:
        parsed = Markup(html)
        assert not {"script", "img", "iframe"} & set(parsed.tags)
        assert not [name for name, _ in parsed.attributes if name.startswith("on")]
        assert all(value.startswith("https://") for name, value in parsed.attributes if name in ("href", "data-embed"))
        assert bad in parsed.text


def test_key_sentences_that_follow_each_other_are_one_stretch() -> None:
    item = evidence(STORE, "Two", 60, "Before.", "First key. Second key.", "After.")
    html = view.outcome(
        "t", answer("q", [item], sentences=(Sentence("First key.", (1,), 1), Sentence("Second key.", (1,), 1)))
    )
    assert [Markup(part).text for part in re.findall(r'<p class="key">(.*?)</p>', html)] == ["First key. Second key.1"]


def test_a_refusal_is_no_answer() -> None:
    html = view.outcome("t", refusal("q"))
    assert "The archive does not answer this question." in html
    assert "Nearest chapters (not an answer)" in html
    assert 'class="answer"' not in html
    assert 'class="chip"' not in html
    assert "“Zorblatt” is not in the archive." in html
    assert sources("t", refusal("q")) == ""


def test_a_models_sentences_name_their_sources() -> None:
    said = (Sentence("Check costs before charts.", (1,), 0.7),)
    html = view.outcome("t", answer("q", [BILL], sentences=said))
    assert "<blockquote" not in html
    assert "Hjalmar Veskild in When Models Go Quietly Wrong" in Markup(html).text
    assert 'data-source="source-t-1"' in html


def told(said: Sequence[Sentence], *found: Evidence) -> list[str]:
    """The text of each paragraph that a model wrote, with who said it."""
    html = view.outcome("t", answer("q", found or (TWO_TEAMS, SAME_NUMBERS, BILL), sentences=tuple(said)))
    return [Markup(f'<div class="told">{part}').text for part in re.findall(r'<div class="told">(.*?</div>)', html)]


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
        html = view.so_far("t", answer("q", found, sentences=WRITTEN[:count]), "")
        shown = re.findall(r'<span class="sentence">.*?</button></span> </span>', html)
        assert len(shown) == count
        assert shown[:-1] == before
        before = shown


def test_a_quote_stands_in_for_a_sentence() -> None:
    html = view.outcome("t", answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL, BILL_AGAIN], sentences=WRITTEN))
    assert html.index('class="told"') < html.index("<blockquote")
    assert html.count("<blockquote") == 1


def test_sources_that_no_sentence_rests_on_are_marked_when_all_is_written() -> None:
    made = answer("q", [TWO_TEAMS, BILL], sentences=WRITTEN[:1])
    shown = re.findall(r'id="source-t-(\d)"|Read, not (cited)', sources("t", made))
    assert shown == [("1", ""), ("2", ""), ("", "cited")]
    assert "not cited" not in sources("t", made, complete=False)


def test_a_source_says_all_there_is_to_say() -> None:
    html = sources("t", answer("q", [TWO_TEAMS, BILL]))
    text = Markup(html).text
    assert f"<mark>{TWO_TEAMS.key}</mark>" in html
    assert "So, um, people ask me" in text, "as transcribed"
    assert "Asked by the host" in text
    assert TWO_TEAMS.asked in text
    assert "1:02:05–1:02:53 time estimated" in text
    assert "Open on YouTube at 12:34" in text
    assert 'data-embed="https://www.youtube-nocookie.com/embed/abcDEF_123-?start=754&amp;autoplay=1"' in html
    assert "<iframe" not in html
    assert html.count("<details open>") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sample": True}, "sample archive: no recording"),
        ({"video": None}, "Open the episode’s page"),
        ({"video": "no such/video"}, "Open on YouTube at 12:34"),
    ],
)
def test_no_player_without_a_recording(changes: dict[str, Any], said: str) -> None:
    html = sources("t", answer("q", [replace(TWO_TEAMS, episode=replace(STORE, **changes))]))
    assert "data-embed" not in html
    assert said in html
    assert ("http" in html) is not changes.get("sample", False)


# ---- events ----


def ask(chat: Chat, question: str, session: Session, *boxes: Any) -> tuple[dict[str, Any], Session]:
    """Both steps of a question; gives the last change."""
    change, _, session = chat.start(question, session, *(boxes or NOTHING))
    assert session.pending is not None, change
    changes, after = heard(chat, session)
    return changes[-1], after


def test_follow_ups_get_the_last_questions(chat: Chat, fake: FakeAnswerer) -> None:
    session = Session()
    for count in range(HISTORY + 3):
        change, session = ask(chat, f"question {count}", session)
        assert change["state"] == "answered"
    assert fake.calls[0][1] == ()
    assert fake.calls[-1][1] == tuple(f"question {count}" for count in range(2, HISTORY + 2))
    assert len(session.history) == HISTORY
    assert session.pending is None


def test_filters_reach_the_answerer_and_are_shown(chat: Chat, fake: FakeAnswerer) -> None:
    change, _ = ask(chat, "q", Session(), ["Ilva Nadrostek"], [], [3], [STORE.slug])
    assert fake.calls[0][2] == Filters(episodes=(STORE.slug,), guests=("Ilva Nadrostek",), seasons=(3,))
    shown = "Only guest Ilva Nadrostek · season 3 · episode Feature Stores Without the Hype"
    assert shown in Markup(change["html"]).text
    assert filters_label(["a"], [], None, ["b", "c"])["label"] == "Filters · 3 set"
    assert filters_label([], None, [], [])["label"] == "Filters"


@pytest.mark.parametrize(
    ("text", "said"), [("  ", "Type a question"), (None, "Type"), ("x" * (MAX_QUESTION + 1), "2,000")]
)
def test_what_is_no_question_is_not_asked(chat: Chat, fake: FakeAnswerer, text: str | None, said: str) -> None:
    change, _, session = chat.start(text, Session(), *NOTHING)
    assert said in change["text"]
    assert session == Session()
    assert fake.calls == []


def test_one_question_at_a_time(chat: Chat) -> None:
    _, _, session = chat.start("first", Session(), *NOTHING)
    change, _, after = chat.start("second", session, *NOTHING)
    assert change["kind"] == "say"
    assert after is session


def test_an_error_for_the_visitor_is_told(chat: Chat) -> None:
    change, session = ask(chat, "nonsense", Session(history=("before",)))
    assert "That is not a question <i>yet</i>." in Markup(change["html"]).text
    assert session == Session(history=("before",)), "it is no question to follow up on"


def test_any_other_error_is_logged_and_not_told(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        change, session = ask(chat, "boom", Session())
    assert status.FAILED in Markup(change["html"]).text
    assert "secret" not in change["html"]
    assert "secret detail of the machine" in caplog.text
    assert session == Session()


def test_stopping_clearing_and_a_full_queue_end_the_question(chat: Chat) -> None:
    _, _, session = chat.start("q", Session(history=("before",)), *NOTHING)
    for end, said in ((chat.stop, "Stopped."), (chat.full, "Too many questions")):
        change, after = end(session)
        assert said in change["html"]
        assert after == Session(history=("before",))
    change, after = chat.clear()
    assert change["kind"] == "clear"
    assert after == Session()


def test_an_example_is_asked_like_any_question(chat: Chat) -> None:
    event = cast(Any, SimpleNamespace(_data={"question": EXAMPLES[0]}))
    change, session = chat.start_example(Session(), None, None, None, None, event)
    assert change["kind"] == "turn"
    assert session.pending is not None
    assert session.pending.question == EXAMPLES[0]
    odd = cast(Any, SimpleNamespace(_data={"question": ["x"]}))
    assert chat.start_example(Session(), None, None, None, None, odd)[0]["kind"] == "say"


def test_a_broken_view_does_not_hang_the_page(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise KeyError("no such part")

    monkeypatch.setattr(view, "outcome", broken)
    change, session = ask(chat, "q", Session())
    assert change["state"] == "failed"
    assert session.pending is None


# ---- the mounted page ----


@pytest.fixture(scope="module", params=["/", "/chat"])
def mounted(request: pytest.FixtureRequest) -> Iterator[tuple[TestClient, str]]:
    app = FastAPI(openapi_url=None)

    @app.get("/api/here")
    def here() -> str:
        return "here"

    mount_chat(app, cast(Any, FakeAnswerer(sample=True)), FakeVerifier(), EXAMPLES, request.param)
    with TestClient(app) as client:
        yield client, request.param.rstrip("/")


def test_the_page_is_served_without_cookies_and_with_a_policy(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    page = client.get(f"{path}/")
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    policy = page.headers["content-security-policy"]
    assert "frame-src https://www.youtube-nocookie.com;" in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors" not in policy, "the community site embeds the page"
    assert "Made-up sample archive" in page.text
    assert "fonts.googleapis" not in page.text
    assert client.get("/api/here").json() == "here"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://example.org"),
        ("GET", "/monitoring/summary"),
        ("GET", "/docs"),
        ("GET", "/static/../secret"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/call/start"),
        ("POST", "/gradio_api/component_server"),
        ("PUT", "/"),
    ],
)
def test_gradios_other_doors_are_shut(mounted: tuple[TestClient, str], method: str, path: str) -> None:
    client, root = mounted
    assert client.request(method, root + path, content=b"{}").status_code in (404, 405)


def test_bodies_are_bounded(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    url = f"{path}/gradio_api/queue/join"
    assert client.post(url, content=b"x" * 70_000).status_code == 413
    assert client.post(url, content=iter([b"x"])).status_code == 411


def calls(fault: str) -> dict[str, Any]:
    """A call of the page's first event, with one thing wrong."""
    right: dict[str, Any] = {"fn_index": 0, "data": ["Why?", None, [], [], [], []], "session_hash": "abc"}
    wrong: dict[str, dict[str, Any]] = {
        "an unknown event": {"fn_index": 999},
        "an event below zero": {"fn_index": -1},
        "an event as text": {"fn_index": "0"},
        "no event": {"fn_index": None},
        "too few values": {"data": []},
        "values that are no list": {"data": "x"},
        "a number for a text": {"data": [7, None, [], [], [], []]},
        "a text for a list": {"data": ["Why?", None, "x", [], [], []]},
        "an object in a filter": {"data": ["Why?", None, [{}], [], [], []]},
        "a guest that there is not": {"data": ["Why?", None, ["Nobody"], [], [], []]},
        "no session": {"session_hash": None},
        "a session of signs": {"session_hash": "../x"},
        "many at once": {"batched": True},
    }
    return right | wrong.get(fault, {})


@pytest.mark.parametrize("route", ["queue/join", "run/predict"])
@pytest.mark.parametrize(
    "fault",
    [
        "an unknown event", "an event below zero", "an event as text", "no event", "too few values",
        "values that are no list", "a number for a text", "a text for a list", "an object in a filter",
        "a guest that there is not", "no session", "a session of signs", "many at once",
    ],
)  # fmt: skip
def test_a_call_that_gradio_cannot_take_is_refused_in_one_line(
    mounted: tuple[TestClient, str], capfd: pytest.CaptureFixture[str], route: str, fault: str
) -> None:
    client, path = mounted
    response = client.post(f"{path}/gradio_api/{route}", json=calls(fault))
    assert response.status_code == 422
    assert len(response.text.splitlines()) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_call_as_the_page_sends_it_passes(mounted: tuple[TestClient, str]) -> None:
    client, path = mounted
    assert client.post(f"{path}/gradio_api/queue/join", json=calls("")).status_code == 200


@pytest.mark.parametrize("query", ["", "?session_hash=", "?session_hash=zz", "?session_hash=%00"])
def test_events_of_a_session_that_there_is_not_are_not_found(
    mounted: tuple[TestClient, str], capfd: pytest.CaptureFixture[str], query: str
) -> None:
    client, path = mounted
    assert client.get(f"{path}/gradio_api/queue/data{query}").status_code == 404
    assert "Traceback" not in capfd.readouterr().err

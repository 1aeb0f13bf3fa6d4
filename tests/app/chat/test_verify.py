"""The verifying tab: a verdict as HTML, and its event handlers."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from chat_fake import BILL, STATED, STORE, TWO_TEAMS, FakeVerifier, verified
from chat_markup import Markup

from app.chat import status, verdict
from app.chat.verifying import Stated, Verifying
from app.types import Citation, Sentence, Verdict
from app.verification.verifier import MAX_STATEMENT
from app.web import relay

SAID = "A feature store pays off with a second team."


def test_a_verdict_stands_in_words_with_its_score_and_evidence() -> None:
    html = verdict.verified("v", verified(SAID))
    text = Markup(html).text
    assert 'data-state="supported"' in html
    assert "Supported by the archive" in text
    assert "Score 0.83" in text
    assert 'style="width:83%"' in html
    assert 'data-source="source-v-1"' in html
    for part in (TWO_TEAMS.speaker, STORE.title, TWO_TEAMS.chapter.title, "12:34–13:22", TWO_TEAMS.text):
        assert part in text
    assert f"<mark>{TWO_TEAMS.key}</mark>" in html
    assert html.count('class="play"') == 2, "playable like an answer's sources"
    assert html.count("Back to the statement") == 2
    assert verdict.told(verified(SAID)) == "Supported by the archive, score 0.83. 2 quotes."


def test_each_of_several_sentences_has_its_own_score_and_sources() -> None:
    html = verdict.verified("v", verified(SAID, Verdict.PARTLY, sentences=STATED, notes=("900 is not said.",)))
    rows = [Markup(row).text for row in re.findall(r"<li>(.*?)</li>", html.split('class="stated"')[1])]
    assert rows[:2] == ["A feature store pays off with a second team.12score 0.90", "It costs 900 euros.score 0.10"]
    assert "Partly supported by the archive" in html
    assert "900 is not said." in rows
    assert "score 0" not in Markup(verdict.verified("v", verified(SAID))).text, "one sentence has the whole's"


def test_what_is_not_found_has_no_source_but_what_comes_nearest() -> None:
    html = verdict.verified("v", verified(SAID, Verdict.NOT_FOUND))
    text = Markup(html).text
    assert "Not found in the archive" in text
    assert verdict.NEAREST in text
    assert BILL.text in text
    assert 'class="chip"' not in html
    assert "Back to" not in text
    assert verdict.told(verified(SAID, Verdict.NOT_FOUND)) == "Not found in the archive, score 0.02."
    assert verdict.NEAREST not in verdict.verified("v", verified(SAID, Verdict.NOT_FOUND, nearest=()))


@pytest.mark.parametrize("kind", list(Verdict))
def test_nothing_from_elsewhere_becomes_markup(kind: Verdict) -> None:
    bad = "</li><script>x</script><img src=x onerror=alert(1)>\"' onclick=1 {{a}} ${b} `c`"
    source = replace(STORE, title=bad, video='"><script>')
    item = replace(TWO_TEAMS, episode=source, speaker=bad, text=bad, key="", asked=bad)
    shown = {"nearest" if kind is Verdict.NOT_FOUND else "citations": (Citation(1, item),)}
    made = verified(bad, kind, notes=(bad,), sentences=(Sentence(bad, (1,), 0.5), Sentence(bad, (), 0.5)), **shown)
    for html in (verdict.verified('"><b>', made), verdict.failed("v", bad), verdict.pending("v")):
        parsed = Markup(html)
        assert not {"script", "img", "iframe", "b"} & set(parsed.tags)
        assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert Markup(verdict.verified("v", made)).text.count(bad) >= 5


# ---- events ----


@pytest.fixture
def fake() -> Iterator[FakeVerifier]:
    made = FakeVerifier()
    yield made
    made.release.set()


@pytest.fixture
def verifying(fake: FakeVerifier) -> Verifying:
    return Verifying(fake, ThreadPoolExecutor(1))


def begun(verifying: Verifying, statement: str) -> Stated:
    change, stated = verifying.start(statement, None)
    assert change["state"] == "pending"
    assert stated is not None
    return stated


def heard(verifying: Verifying, statement: str) -> tuple[dict[str, Any], Any]:
    """The last change of a statement, and what is under way then."""

    async def main() -> list[tuple[dict[str, Any], Any]]:
        return [told async for told in verifying.verify(begun(verifying, statement))]

    return asyncio.run(main())[-1]


def test_a_statement_is_verified_in_two_steps(verifying: Verifying, fake: FakeVerifier) -> None:
    change, under_way = heard(verifying, f"  {SAID}\n")
    assert fake.calls == [SAID]
    assert (change["kind"], change["state"]) == ("result", "supported")
    assert change["status"] == "Supported by the archive, score 0.83. 2 quotes."
    assert under_way is None


@pytest.mark.parametrize(
    ("text", "said"), [(None, "empty"), (" \n ", "empty"), ("?!", "empty"), ("x" * (MAX_STATEMENT + 1), "2,001")]
)
def test_what_is_no_statement_is_told_at_once(
    verifying: Verifying, fake: FakeVerifier, text: str | None, said: str
) -> None:
    change, stated = verifying.start(text, None)
    assert change["state"] == "failed"
    assert said in Markup(change["html"]).text
    assert change["status"] in Markup(change["html"]).text
    assert stated is None
    assert fake.calls == []


def test_one_statement_at_a_time(verifying: Verifying) -> None:
    stated = begun(verifying, SAID)
    assert verifying.start("Another one.", stated) == (gr.skip(), stated)


def test_errors_are_told_or_logged(verifying: Verifying, caplog: pytest.LogCaptureFixture) -> None:
    change, under_way = heard(verifying, "Ovens talk nonsense.")
    assert "That is no <i>statement</i>." in Markup(change["html"]).text
    assert under_way is None
    with caplog.at_level(logging.ERROR):
        change, under_way = heard(verifying, "Ovens go boom.")
    assert change["status"] == status.FAILED
    assert "secret" not in change["html"]
    assert "secret detail of the machine" in caplog.text
    assert under_way is None
    assert heard(verifying, SAID)[0]["state"] == "supported", "the page lives on"


def test_stopping_and_a_full_queue_end_it(verifying: Verifying) -> None:
    stated = begun(verifying, SAID)
    for end, state, said in ((verifying.stop, "stopped", "Stopped."), (verifying.full, "failed", "Too many")):
        change, under_way = end(stated)
        assert (change["id"], change["state"]) == (stated.id, state)
        assert said in change["html"]
        assert under_way is None
        assert end(None) == (gr.skip(), None)


def test_who_has_left_stops_the_search(
    verifying: Verifying, fake: FakeVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "QUIET", 0.02)

    async def main() -> None:
        async with aclosing(verifying.verify(begun(verifying, "A slow oven bakes."))) as told:
            change, under_way = await anext(told)
            assert change["state"] == "pending"
            assert under_way == gr.skip()
        for _ in range(200):
            if fake.stopped:
                return
            await asyncio.sleep(0.02)

    asyncio.run(main())
    assert fake.stopped == ["A slow oven bakes."]
    assert heard(verifying, SAID)[0]["state"] == "supported", "its one thread is free again"


def test_nothing_under_way_is_nothing_to_do(verifying: Verifying) -> None:
    async def main() -> list[Any]:
        return [told async for told in verifying.verify(None)]

    assert asyncio.run(main()) == [(gr.skip(), gr.skip())]

"""Tests a transcript's page: its lines, what is cited in it, and what it may load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import DRIFT, EXAMPLES, STORE, TWO_TEAMS, FakeAnswerer, FakeVerifier
from fakes import settings_for
from starlette.testclient import TestClient
from transcript_fake import CHAPTERS, INJECTION, archive_of, told

from app.render.moment import NO_RECORDING
from app.server import create_app
from app.transcript.address import reading_address
from app.transcript.reading import NOBODY, cited_lines, reading
from ingest.models import Segment

EPISODE = told(STORE)
PAGE = f"/episodes/{STORE.slug}"


@pytest.fixture(scope="module")
def fake() -> FakeAnswerer:
    made = FakeAnswerer()
    made.archive = archive_of(EPISODE, replace(told(DRIFT), sample=True, recorded=None))
    return made


@pytest.fixture(scope="module")
def client(fake: FakeAnswerer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    made = cast(Any, fake), cast(Any, FakeVerifier())
    with TestClient(create_app(*made, settings_for(tmp_path_factory.mktemp("pages")), EXAMPLES)) as client:
        yield client


def lines(html: str) -> list[str]:
    """The markup of each line."""
    return re.findall(r'<div class="line.*?</div>', html, re.DOTALL)


def test_every_line_has_its_second_its_speaker_and_both_addresses(client: TestClient) -> None:
    html = client.get(PAGE).text
    assert len(lines(html)) == len(EPISODE.segments)
    for line, said in zip(lines(html), EPISODE.segments, strict=True):
        assert f'href="{EPISODE.url(said.start)}"'.replace("&", "&amp;") in line
        assert f'href="{EPISODE.line_url(said.row)}"' in line
        assert ("≈" in line) == said.estimated
    host, guest = "Berta Host ", "Ilva Nadrostek"
    assert re.findall(r'<p class="who">([^<]*)', html) == [host, guest, host, guest, NOBODY, guest, host]
    assert html.count('class="turn host"') == html.count('<span class="role">Host</span>') == 3
    assert "Recorded 14 February 2024. Advice ages" in html
    assert f'href="{EPISODE.page}"' in html
    assert re.findall(r'href="#chapter-\d">.*?<span>(.*?)</span>', html) == list(CHAPTERS)


def test_cited_lines_are_marked_and_the_first_is_where_the_page_opens(client: TestClient) -> None:
    address = f"/{reading_address(STORE.slug, TWO_TEAMS.start, TWO_TEAMS.end)}"
    assert address.endswith("#cited")
    html = client.get(address).text
    marked = [line for line in lines(html) if "<mark>" in line]
    assert len(marked) == 1
    assert TWO_TEAMS.text in marked[0]
    assert f'<p class="who">{TWO_TEAMS.speaker}</p>' in marked[0], "a turn may begin far above"
    assert 'id="cited" tabindex="-1" autofocus' in marked[0]
    assert 'class="here"><a href="#chapter-2"' in html
    assert "autofocus" not in client.get(PAGE).text
    assert 'id="cited"' not in client.get(PAGE, params={"from": 99_999}).text


@pytest.mark.parametrize(
    ("start", "end", "cited"),
    [
        (None, 10.0, range(0)),
        (10.0, None, range(1, 2)),
        (10.0, 20.0, range(1, 2)),
        (15.0, 25.0, range(1, 3)),
        (0.0, 99.0, range(3)),
        (15.0, 5.0, range(1, 2)),
        (30.0, 40.0, range(0)),
        (-1.0, 5.0, range(1)),
    ],
)
def test_a_line_is_cited_if_it_is_being_said_in_the_range(start: Any, end: Any, cited: range) -> None:
    said = [replace(EPISODE.segments[0], start=at, end=at + 10) for at in (0.0, 10.0, 20.0)]
    assert cited_lines(said, start, end) == cited


@pytest.mark.parametrize(("start", "end"), [(155.276, 210.552), (0.04, 0.06), (754.0, 802.0), (3725.99, 3726.01)])
def test_an_address_touches_no_line_beside_its_own(start: float, end: float) -> None:
    before, own, after = (
        replace(EPISODE.segments[0], start=begin, end=stop)
        for begin, stop in ((0, start), (start, end), (end, end + 9))
    )
    found = re.search(r"from=(.*)&to=(.*)#", reading_address("one", start, end))
    assert found
    cited = cited_lines(cast(list[Segment], [before, own, after]), float(found[1]), float(found[2]))
    assert 2 not in cited or end - start < 0.1
    assert 0 not in cited


def test_what_a_transcript_says_is_text_and_the_page_loads_nothing(client: TestClient) -> None:
    page = client.get(PAGE)
    assert "<script" not in page.text
    assert 'href="javascript' not in page.text
    assert INJECTION.split("<")[1].replace("'", "&#39;").replace(">", "&gt;") in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"\son\w+=|\sstyle=|<(?:img|iframe|object)", page.text)
    assert re.findall(r'<link[^>]*href="([^"]*)"', page.text) == ["data:,"]


def test_a_browser_gets_the_page_again_only_with_a_new_index(client: TestClient, fake: FakeAnswerer) -> None:
    first = client.get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    held = {"If-None-Match": first.headers["etag"]}
    assert (client.get(PAGE, headers=held).status_code, client.get(PAGE, headers=held).content) == (304, b"")
    assert client.get(PAGE, params={"from": 754}, headers=held).status_code == 200
    before, fake.archive = fake.archive, archive_of(EPISODE, version="newer")
    assert client.get(PAGE, headers=held).status_code == 200
    fake.archive = before


def test_an_unknown_episode_leads_to_similar_ones(client: TestClient) -> None:
    page = client.get("/episodes/featurestores<b>")
    assert page.status_code == 404
    assert f'<a href="{STORE.slug}">{STORE.title}</a>' in page.text
    assert "<b>" not in page.text
    assert "Did you mean" not in client.get("/episodes/zzz").text


@pytest.mark.parametrize("asked", ["from=-1", "to=soon", "from=nan", "theme=pink"])
def test_an_impossible_second_is_refused_with_its_name(client: TestClient, asked: str) -> None:
    answer = client.get(f"{PAGE}?{asked}")
    assert answer.status_code == 422
    assert asked.split("=")[0] in answer.text


def test_a_made_up_archive_opens_no_recording(client: TestClient) -> None:
    html = client.get(f"/episodes/{DRIFT.slug}").text
    assert re.findall(r"https?://", html) == []
    assert html.count(f'<span class="time" title="{NO_RECORDING}">') == len(EPISODE.segments)
    assert "Published 1 March 2024" in html


def test_lines_before_between_and_after_chapters_are_shown_too() -> None:
    _, second, _ = EPISODE.chapters
    parts = reading(replace(EPISODE, chapters=(replace(second, first=3, last=5),)), None, None).parts
    shown = [(part.title, sum(len(turn.lines) for turn in part.turns)) for part in parts]
    assert shown == [("", 3), (second.title, 2), ("", len(EPISODE.segments) - 5)]
    assert reading(replace(EPISODE, chapters=(), segments=()), 1, 2).parts == ()


def test_the_pages_style_is_in_the_package() -> None:
    declared = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert "transcript/static/*" in declared
    assert "transcript/templates/*" in declared

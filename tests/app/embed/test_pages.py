"""Tests the embed kit's script and pages, and that the API draws answers as the chat does."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fakes import settings_for
from starlette.testclient import TestClient

from app.chat import view
from app.chat.state import Asked
from app.chat.view import Offers
from app.embed.script import STATIC, answer_script, embed_script
from app.render.markdown import answer_markdown
from app.render.wiki import wiki_text
from app.server import create_app

LISTED = "https://community.example"
SCRIPTS = embed_script() + answer_script()
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    fakes = cast(Any, FakeAnswerer()), cast(Any, FakeVerifier())
    app = create_app(*fakes, settings_for(tmp_path_factory.mktemp("embed"), origins=LISTED), EXAMPLES)
    with TestClient(app) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "script", "most"), [("/embed.js", embed_script, 20_000), ("/embed-answer.js", answer_script, 10_000)]
)
def test_a_script_is_small_over_the_wire_and_kept_until_it_changes(
    client: TestClient, path: str, script: Callable[[], str], most: int
) -> None:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip", "Origin": LISTED}) as answer:
        sent = b"".join(answer.iter_raw())
    assert len(sent) < most
    assert gzip.decompress(sent).decode() == script()
    assert answer.headers["content-type"].startswith("text/javascript")
    # A module is loaded from another origin only with this header.
    assert answer.headers["access-control-allow-origin"] == LISTED
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.text == script()
    again = client.get(path, headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_scripts_name_no_other_host_and_store_nothing_in_the_browser() -> None:
    assert re.findall(r"https?://", SCRIPTS) == []
    assert not re.search(r"cookie|localStorage|sessionStorage|eval\(|new Function|setAttribute\(.style", SCRIPTS)


@pytest.mark.parametrize("path", ["/embed", "/demo"])
def test_pages_of_ours_need_nothing_unsafe(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"\son\w+=|\sstyle=", page.text)


def test_the_frame_takes_the_elements_attributes_as_text(client: TestClient) -> None:
    page = client.get("/embed", params={"theme": "dark", "episode": '"><script>alert(1)</script>'})
    assert 'theme="dark"' in page.text
    assert "<script>alert" not in page.text
    assert client.get("/embed", params={"onload": "alert(1)"}).status_code == 422


@pytest.mark.parametrize(
    ("referer", "tell"),
    [
        (f"{LISTED}/episodes/1", LISTED),
        ("http://testserver/demo", "http://testserver"),
        ("https://evil.example/", ""),
        ("", ""),
        ("http://[", ""),
    ],
)
def test_the_frame_talks_to_listed_pages_alone(client: TestClient, referer: str, tell: str) -> None:
    page = client.get("/embed", headers={"Referer": referer})
    assert f'data-tell="{tell}"' in page.text
    assert "Referer" in page.headers["vary"]


def test_examples_are_the_servers(client: TestClient) -> None:
    assert client.get("/api/examples").json() == {"questions": list(EXAMPLES)}


def without_ids(html: str) -> str:
    return re.sub(r"[0-9a-f]{12}", "ID", html)


@pytest.mark.parametrize("question", ["quotes", "prose", "near it", "unclear", "refuse this", "markup <b>"])
def test_what_is_displayed_is_what_the_chat_shows(client: TestClient, question: str) -> None:
    body = {"question": question, "html": True, "filters": {"guests": ["Ilva"]}}
    whole = client.post("/api/ask", json=body).json()
    answer = FakeAnswerer().ask(question)
    asked = Asked(question, narrowed="guest Ilva Nadrostek")
    display = whole.pop("display")
    offers = Offers(share=True, feedback=True)
    assert without_ids(display["html"]) == without_ids(view.turn(asked, str(answer.outcome), answer, offers=offers))
    assert (display["markdown"], display["wiki"]) == (answer_markdown(answer), wiki_text(answer))
    assert bool(display["sources"]) == (question == "prose")
    assert display["state"] == whole["outcome"]

    events = client.post("/api/ask", json=body, headers={"Accept": "text/event-stream"}).text.strip().split("\n\n")
    told = [json.loads(event.split("data: ", 1)[1]) for event in events]
    assert [one["display"]["state"] for one in told] == ["pending"] * (len(told) - 1) + [whole["outcome"]]
    assert {one["display"]["wiki"] for one in told[:-1]} <= {""}
    assert told[-1]["display"]["wiki"] == display["wiki"]
    assert without_ids(told[-1]["display"]["html"]) == without_ids(display["html"])
    plain = client.post("/api/ask", json={"question": question}).json()
    assert plain == whole | {"standalone_question": plain["standalone_question"]}


@pytest.mark.parametrize("setting", ["share", "feedback"])
def test_what_the_server_does_not_store_is_not_offered(tmp_path: Path, setting: str) -> None:
    fakes = cast(Any, FakeAnswerer()), cast(Any, FakeVerifier())
    with TestClient(create_app(*fakes, settings_for(tmp_path, **{setting: False}), EXAMPLES)) as client:
        html = client.post("/api/ask", json={"question": "quotes", "html": True}).json()["display"]["html"]
    assert ("do-share" in html, "do-judge" in html) == (setting != "share", setting != "feedback")


def test_the_document_names_every_attribute_variable_and_event_of_the_element() -> None:
    document, script = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8"), embed_script()
    attributes = set(re.findall(r'[gs]etAttribute\("([a-z-]+)"\)|hasAttribute\("([a-z-]+)"\)', script))
    own = {name for names in attributes for name in names if name and not name.startswith(("data-", "aria-"))}
    named = own | {"theme", "episode", "guest", "topic", "accent", "accent-dark"}
    for name in named | set(re.findall(r"--citecast-[a-z-]+", script)) | {"citecast:answer", "citecast:citation"}:
        assert f"`{name}`" in document
    in_document = re.findall(r"`(--citecast-[a-z-]+)`", document)
    assert [name for name in in_document if f"var({name}" not in script] == []


TEXTS = json.loads((STATIC / "texts.json").read_text(encoding="utf-8"))
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for room in ("chat", "render")
    for path in sorted((ROOT / "app" / room).rglob("*"))
    if path.suffix in (".py", ".html", ".js")
)


@pytest.mark.parametrize("lang", TEXTS)
def test_every_language_has_every_text_of_the_interface(lang: str) -> None:
    assert TEXTS[lang].keys() - {"shown", "patterns"} == TEXTS["en"].keys()
    used = set(re.findall(r"""say\("(\w+)"|words\(\w+, "(\w+)"|Fault\("(\w+)"|: "(\w+)" \}\[""", SCRIPTS))
    assert {name for names in used for name in names if name} <= TEXTS["en"].keys()


@pytest.mark.parametrize("text", TEXTS["de"]["shown"])
def test_every_translated_label_is_one_that_the_chat_shows(text: str) -> None:
    """Otherwise a label that was reworded there would stay English here."""
    assert text.rstrip(":") in CODE

"""Tests that addresses are shown without their secrets, of any form, while git and clients still get them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.settings import Settings, SettingsError, load_settings
from ingest.sources.git import GitError, remote_of
from ingest.sources.urls import Address, basic_auth, shown, without_secrets

SECRET = [
    "https://bob:p@sECRET@host:1/x.git", "https://bob:sE/CRET@host:1/x.git", "HTTPS://bob:sECRET@host:1/x.git",
    "git+https://bob:sECRET@host:1/x.git", "https://host:1/x.git?token=sECRET", "https://host/x?sECRET",
    "https://sECRET@host/x", "https://bob:a?sECRET@host/x", "https://bob:a#sECRET@host/x", "bob:sECRET@host:x",
    "bob:sE/CRET@host:x", "https:/bob:sECRET@host/x", "bob:sECRET@host/x.git", "https://b:sECRET@[::1]:8/x",
    "https://host/x?token=a@sECRET", "https://host/x#access_token=sECRET", "https://b:12/sECRET@host/x",
    "https://b:sECRET@a:b@host/x?u=1", "ssh://bob:sECRET@host/x", "https://host/x?a=1&key=sECRET#z",
    "//bob:sECRET@host/x", "https:///bob:sECRET@host/x", "https://host/x;token=sECRET", "https://host/x;a=1;k=sECRET?b=2",
    "https:////bob:sE/CRET@host", "https://a%40b:sE%43RET@host/x", "https://b:@sECRET/@/@host/x", "ftp://b:sECRET@host/x",
]  # fmt: skip


@pytest.mark.parametrize("url", SECRET)
def test_no_part_of_a_secret_is_shown_in_any_form(url: str) -> None:
    address = Address(url)
    for form in (shown(url), str(address), repr(address), f"{address}", f"{[address]}", "%s" % address):  # noqa: UP031
        assert not any(part in form for part in ("CRET", "sE", "bob"))
    assert address == url
    assert address.whole == url
    assert shown(shown(url)) == shown(url)


@pytest.mark.parametrize(
    "text",
    [
        "https://host/x.git", "http://localhost:8000/v1#Qwen/Qwen3", "file:///home/me@work/x", "/home/me@work/x",
        "me@work/x", "host:path", "extractive", "llama:o/n:f.gguf", "C:\\x", "C:\\me@work\\x",
        "owner/model", "", "FILE:///home/me@work/x", "https://host/a;b/x", "http://[::1]:8000/v1",
    ],
)  # fmt: skip
def test_what_holds_no_secret_is_shown_whole(text: str) -> None:
    assert shown(text) == text
    assert f"{Address(text)}" == text


@pytest.mark.parametrize(
    ("url", "given", "user", "password"),
    [
        ("https://bob:p@ss@host:1/x", "https://host:1/x", "bob", "p@ss"),
        ("HTTPS://bob:s/c@host:1/x", "https://host:1/x", "bob", "s/c"),
        ("git+https://bob:p%40ss@host/x", "https://host/x", "bob", "p@ss"),
        ("https://token@host/x?a=b@c", "https://host/x?a=b@c", "token", ""),
        ("https://host/@user/x", "https://host/@user/x", "", ""),
        ("ssh://git:pw@host/x", "ssh://git@host/x", "", ""),
        ("git@host:o/n.git", "git@host:o/n.git", "", ""),
        ("file:///a@b/x", "file:///a@b/x", "", ""),
    ],
)
def test_git_is_given_the_address_and_the_password_apart(url: str, given: str, user: str, password: str) -> None:
    remote = remote_of(url)
    assert (remote.url, remote.user, remote.password) == (given, user, password)


@pytest.mark.parametrize("url", ["ftp://host/x", "bob:pw@host:x", "https://a%0ab:c@host/x"])
def test_what_git_cannot_take_is_refused_without_it(url: str) -> None:
    with pytest.raises(GitError) as caught:
        remote_of(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["store", "archive", "model", "reranker", "model_server", "embedder"])
@pytest.mark.parametrize("url", ["http://bob:sECRET@host:x/", "http://bob:sE/CRET@host", "ftp://bob:sECRET@h/x"])
def test_a_setting_that_is_refused_or_written_down_shows_no_password(key: str, url: str) -> None:
    try:
        settings = load_settings({key: url}, environ={})
    except SettingsError as error:
        told = str(error)
    else:
        told = f"{settings!r} {settings} {json.dumps(settings.model_dump(mode='json'))} {settings.model_dump_json()}"
    assert not any(part in told for part in ("CRET", "sE", "bob"))


def test_settings_that_differ_in_a_password_alone_differ() -> None:
    first, second = (Settings(store=f"http://bob:{word}@host") for word in ("one", "two"))
    assert first != second
    assert first.store == "http://bob:one@host"


def test_a_server_gets_user_and_password_in_a_header() -> None:
    assert basic_auth("http://bob:p%40ss@host:1/x") == ("http://host:1/x", {"Authorization": "Basic Ym9iOnBAc3M="})
    assert basic_auth("http://host") == ("http://host", {})


def test_texts_of_others_lose_what_looks_like_a_url_and_what_is_known_to_be_secret() -> None:
    told = without_secrets("Client error for url 'http://bob:sECRET@host/x' (TAIL)", "http://host/?key=TAIL")
    assert told == "Client error for url 'http://host/x' (…)"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("no http://bob:sECRET@host/x: refused", "no http://host/x: refused"),
        ("('http://bob:s'ECRET\"x@host/x')", "('http://host/x')"),
        ("<https://bob:sE<CRET@host/x>", "<https://host/x>"),
        ("to=https%3A%2F%2Fbob%3AsECRET%40host%2Fx&b=1", "to=https://host/x&b=1"),
        ("to=https%3a//host/x%3Ftoken%3DsECRET", "to=https://host/x?token=…"),
        ("no //bob:sECRET@host/x.", "no //host/x."),
        ("http://host/x?token=sECRET: refused", "http://host/x?token=…: refused"),
        # An address without secrets does not change.
        ("give http://HOST:PORT; % stands for @ : /", "give http://HOST:PORT; % stands for @ : /"),
        ("see http://localhost:8000/v1, or mail me@work", "see http://localhost:8000/v1, or mail me@work"),
        ("to=https%3A%2F%2Fhost%2Fx", "to=https%3A%2F%2Fhost%2Fx"),
        ("a // b: c@d", "a // b: c@d"),
        ("/home//me/x", "/home//me/x"),
    ],
)
def test_urls_in_a_text_of_others_lose_their_secrets_and_nothing_else(text: str, cleaned: str) -> None:
    assert without_secrets(text) == cleaned


def test_a_secret_is_found_however_it_is_encoded() -> None:
    told = "no /login?p=p%40sE%2FCRET, p@sE/CRET or p%40sE/CRET"
    assert without_secrets(told, "https://bob:p%40sE/CRET@host/x") == "no /login?p=…, … or …"


@pytest.mark.parametrize("data", ["http://bob:sECRET@host/x", Path("https://bob:sECRET@host"), "s3://bob:sECRET@host"])
def test_a_url_is_no_folder_for_data(data: str | Path) -> None:
    with pytest.raises(SettingsError, match="a folder, not a URL") as raised:
        load_settings({"data": data}, environ={})
    assert "sECRET" not in str(raised.value)


@pytest.mark.parametrize("data", ["a:b", "C:/data", "C:\\data", "/data/http:x", "data@home"])
def test_a_folder_with_a_colon_in_its_name_is_a_folder(data: str) -> None:
    assert load_settings({"data": data}, environ={}).data.name

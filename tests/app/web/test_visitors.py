"""Tests who counts as which visitor, and how much each, and all, may ask."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes import settings_for
from starlette.types import Scope

from app.web.turns import Refused
from app.web.visitors import Rates, Shares, Visitor, Visitors
from ingest.settings import SettingsError, load_settings

KEY, OTHER = "a-key-of-sixteen-or-more", "another-key-of-the-server"


def request(address: str, authorization: str = "") -> Scope:
    headers = [(b"authorization", authorization.encode())] if authorization else []
    return {"type": "http", "client": (address, 4711), "headers": headers}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:5678", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb:cccc:dddd:eeee", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("_hidden", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_visitor_is_an_address_or_a_household(address: str, name: str) -> None:
    assert Visitors(()).of(request(address)) == Visitor(name)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (f"Bearer {KEY}", "key 1"), (f"bearer  {OTHER} ", "key 2"), (f"Bearer {KEY}x", "203.0.113.9"),
        (f"Basic {KEY}", "203.0.113.9"), ("Bearer", "203.0.113.9"), (KEY, "203.0.113.9"),
        ("Bearer ключ", "203.0.113.9"),
    ],
)  # fmt: skip
def test_a_key_is_a_visitor_wherever_it_comes_from(tmp_path: Path, sent: str, name: str) -> None:
    keys = settings_for(tmp_path, keys=(KEY, OTHER)).keys
    assert Visitors(keys).of(request("203.0.113.9", sent)) == Visitor(name, keyed=name.startswith("key"))


def asked(rates: Rates, name: str, times: int, *, keyed: bool = False) -> list[int]:
    """What came of some questions: 200 or the status of a refusal."""
    told = []
    for _ in range(times):
        try:
            rates.count(Visitor(name, keyed))
            told.append(200)
        except Refused as refused:
            assert refused.headers
            assert 1 <= int(refused.headers["Retry-After"]) <= 3600
            told.append(refused.status_code)
    return told


def test_each_visitor_has_a_limit_and_all_together_have_one(tmp_path: Path) -> None:
    rates = Rates(settings_for(tmp_path, visitor_rate="2/minute", key_rate="3/minute", total_rate="6/minute"))
    assert asked(rates, "a", 3) == [200, 200, 429]
    assert asked(rates, "key 1", 4, keyed=True) == [200, 200, 200, 429]
    assert asked(rates, "b", 2) == [200, 503], "what was refused does not count"


def test_of_several_limits_each_holds(tmp_path: Path) -> None:
    rates = Rates(settings_for(tmp_path, visitor_rate="2/hour, 100/second", total_rate=""))
    assert asked(rates, "a", 3) == [200, 200, 429]
    with pytest.raises(Refused, match="2 questions within an hour") as refused:
        rates.count(Visitor("a"))
    assert refused.value.headers
    assert 3590 <= int(refused.value.headers["Retry-After"]) <= 3600


def test_without_limits_nobody_is_refused(tmp_path: Path) -> None:
    assert asked(Rates(settings_for(tmp_path, visitor_rate="", total_rate="")), "a", 200) == [200] * 200


def test_a_visitor_has_a_share_of_what_is_open() -> None:
    shares = Shares(2)
    with ExitStack() as opened:
        assert [opened.enter_context(shares.one(Visitor(name))) for name in "aaba"] == [True, True, True, False]
    with shares.one(Visitor("a")) as again:
        assert again


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [("visitor_rate", " 5 / second,100/hour ", "5/second, 100/hour"), ("total_rate", "", "")],
)
def test_a_rate_is_a_number_for_a_time(tmp_path: Path, key: str, value: str, kept: str) -> None:
    assert getattr(load_settings({key: value}, environ={}, folder=tmp_path), key) == kept


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("visitor_rate", "60"), ("visitor_rate", "0/minute"), ("total_rate", "5 per fortnight"), ("key_rate", "-1/day"),
        ("keys", "shorty"), ("keys", "has a shorty blank"), ("keys", f"{KEY}shorty,{KEY}shorty"),
        ("keys", "shorty" * 4 + "é"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CITECAST_{key.upper()}") as refused:
        load_settings({}, environ={f"CITECAST_{key.upper()}": value}, folder=tmp_path)
    assert "shorty" not in str(refused.value), "keys are not shown"


def test_keys_are_never_shown(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, keys=(KEY,))
    assert KEY not in settings.model_dump_json() + repr(settings) + str(settings.model_dump())

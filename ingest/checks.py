"""Checks values of settings: each function returns the checked value or raises `ValueError` with advice.

Nothing here knows where a value came from; `ingest.settings` does.
"""

from __future__ import annotations

import os
import re
import shlex
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from ingest.sources.urls import whole

_RATE = re.compile(r"([1-9]\d{0,5})\s*/\s*(second|minute|hour|day)")
# A shorter key could be guessed.
_SHORTEST_KEY = 16
_ORIGIN = re.compile(r"(https?)://((?:\*\.)?[\w-]+(?:\.[\w-]+)*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?/?")


def not_empty(value: Any) -> Any:
    """Refuse an empty text; an empty path would mean the current folder."""
    if value == "":
        raise ValueError("it cannot be empty")
    return value


def folder(value: Any) -> Any:
    """Refuse a URL: it would create folders with a password in their names. `C:/` is a drive."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(value)):
        raise ValueError("give a folder, not a URL")
    return value


def addresses(value: Any) -> list[str]:
    """One address or several: a list, or a text with blanks between them (in quotes, an address may have blanks).

    A text that is the path of an existing folder or file is one address, also with blanks in it.
    """
    if isinstance(value, str):
        text = whole(value)
        value = [text] if os.path.exists(os.path.expanduser(text)) else shlex.split(text)
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(one, str) and one for one in value):
        raise ValueError("give a folder, a feed or a Git URL, or a list of them")
    return list(value)


def is_url(name: str) -> bool:
    """Whether a model's name is the URL of a server."""
    return name.startswith(("http://", "https://"))


def _parts(value: str) -> SplitResult:
    """The parts of a server's URL; the library's own errors could show a part of a password."""
    try:
        parts = urlsplit(whole(value))
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("give http://HOST:PORT; in a user's name and password, % and two digits stand for @ : / ? #")
    return parts


def server_or_model(value: str) -> str:
    """Refuse an invalid URL, or one with a password: a model's server gets a key instead."""
    if is_url(value):
        parts = _parts(value)
        if parts.query:
            raise ValueError("give http://HOST:PORT, with #MODEL behind it where the server has several")
        if parts.username is not None:
            raise ValueError("a server of models takes a key (api_key), and no user or password in its URL")
    elif "://" in value:
        raise ValueError("a server's URL begins with http:// or https://")
    return value


def server(value: str) -> str:
    """Refuse anything but a server's URL or an empty text."""
    if value:
        if not is_url(value):
            raise ValueError("a server's URL begins with http:// or https://")
        _parts(value)
    return value


def hub_or_folder(value: str) -> str:
    """Refuse a URL: servers are not supported here, and it may contain a password."""
    if "://" in value:
        raise ValueError("give a hub name or a folder, not a URL")
    return value


def visible_key(value: SecretStr) -> SecretStr:
    """Refuse characters that a header cannot contain: the error of the HTTP library would show the key."""
    text = value.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("a key has only visible ASCII characters")
    return SecretStr(text)


def context(value: int) -> int:
    """Refuse a context window that is too small for evidence."""
    if 0 < value < 512:
        raise ValueError("give at least 512, or 0")
    return value


def evidence(value: int) -> int:
    """Refuse a budget that is too small for a quote."""
    if 0 < value < 60:
        raise ValueError("give at least 60, or 0")
    return value


def names(value: Any) -> Any:
    """Accept a list as one text with commas, as environment variables need it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what a Host header cannot contain: an address with a scheme, a path or a port."""
    for name in value:
        if not re.fullmatch(r"\*|(\*\.)?[A-Za-z0-9_.-]+|\[?[0-9A-Fa-f:.]+\]?", name):
            raise ValueError(f"{name!r}: give names alone, as citecast.example.org or *.example.org")
    return tuple(name.lower().rstrip(".") for name in value)


def origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """The origins as browsers write them: in lower case, in ASCII, without the scheme's own port."""
    return tuple(map(_origin, value))


def _origin(given: str) -> str:
    if given == "*":
        return given
    match = _ORIGIN.fullmatch(given.lower())
    if not match:
        raise ValueError(f"{given!r}: give scheme and name, as https://example.org or https://*.example.org")
    scheme, host, port = match[1], match[2], match[3] or ""
    try:
        if host.startswith("["):
            host = f"[{ip_address(host.strip('[]')).compressed}]"
        elif not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:
        raise ValueError(f"{given!r}: there can be no such host") from None
    own = {"http": "80", "https": "443"}[scheme]
    return f"{scheme}://{host}{'' if port in ('', own) else f':{port}'}"


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse anything but an IP address or a network."""
    for name in value:
        ip_network(name, strict=False)  # raises ValueError
    return value


def rates(value: str) -> str:
    """The limits in one spelling; empty for none."""
    given = [part.strip() for part in value.split(",") if part.strip()]
    matches = [_RATE.fullmatch(part) for part in given]
    if None in matches:
        raise ValueError("give numbers for times, as 60/minute or 10/second,1000/hour; empty for no limit")
    return ", ".join(f"{match[1]}/{match[2]}" for match in matches if match)


def keys(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Refuse keys that a header cannot contain, that could be guessed, or that are there twice."""
    made = tuple(map(visible_key, value))
    if any(len(key.get_secret_value()) < _SHORTEST_KEY for key in made):
        raise ValueError(f"a key has at least {_SHORTEST_KEY} characters, as `openssl rand -hex 16` makes them")
    if any(set(key.get_secret_value()) & set(" ,") for key in made):
        raise ValueError("a key has no blanks and no commas")
    if len({key.get_secret_value() for key in made}) < len(made):
        raise ValueError("a key is there twice")
    return made


def root_path(value: str) -> str:
    """The prefix as web servers write it: with a slash before it and none after it."""
    path = "/" + value.strip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*|/", path) or "/.." in path:
        raise ValueError("give a path, as /podcast")
    return path.rstrip("/")

"""Settings: defaults, then `citecast.toml`, then `CITECAST_*` variables, then flags.

They are read once, at the border, and checked there: an unknown key, a wrong
type or a number out of bounds is an error that names the key and where it came
from. Nothing here reads the archive or the index.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationError,
)

from ingest.git import is_git_url
from ingest.urls import Address, shown, whole, without_secrets

ARCHIVE_URL = "https://github.com/DataTalksClub/datatalksclub.github.io"
FILE_NAME = "citecast.toml"
PREFIX = "CITECAST_"


class SettingsError(ValueError):
    """A setting is unknown or out of bounds; the message names it and its source."""


def _not_empty(value: Any) -> Any:
    """Refuse an empty text; an empty path would mean the current folder."""
    if value == "":
        raise ValueError("it cannot be empty")
    return value


def _folder(value: Any) -> Any:
    """Refuse a URL, which would become folders with a password in their names; `C:/` is a drive."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(value)):
        raise ValueError("give a folder, not a URL")
    return value


_Folder = Annotated[Path, BeforeValidator(_folder), BeforeValidator(_not_empty)]
# What may hold a password: an `Address` once it is checked, written into files without its secrets.
_Address = Annotated[str, AfterValidator(Address), PlainSerializer(shown, return_type=str)]


def is_url(name: str) -> bool:
    """Whether a model's name is the URL of a server."""
    return name.startswith(("http://", "https://"))


def _parts(value: str) -> SplitResult:
    """The parts of a server's URL; the library's own errors would show a piece of a password."""
    try:
        parts = urlsplit(whole(value))
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("give http://HOST:PORT; in a user's name and password, % and two digits stand for @ : / ? #")
    return parts


def _server_or_model(value: str) -> str:
    """Refuse a URL that leads nowhere, or that holds a password: what is sent to a model goes with a key."""
    if is_url(value):
        parts = _parts(value)
        if parts.query:
            raise ValueError("give http://HOST:PORT, with #MODEL behind it where the server has several")
        if parts.username is not None:
            raise ValueError("a server of models takes a key (api_key), and no user or password in its URL")
    elif "://" in value:
        raise ValueError("a server's URL begins with http:// or https://")
    return value


def _server(value: str) -> str:
    """Refuse what is no server's URL; empty is none."""
    if value:
        if not is_url(value):
            raise ValueError("a server's URL begins with http:// or https://")
        _parts(value)
    return value


def _hub_or_folder(value: str) -> str:
    """Refuse a URL: no server is asked, and it may hold a password."""
    if "://" in value:
        raise ValueError("give a hub name or a folder, not a URL")
    return value


def _key(value: SecretStr) -> SecretStr:
    """Refuse what cannot stand in a header: the error of the HTTP library would show it."""
    text = value.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("a key has only visible ASCII characters")
    return SecretStr(text)


def _context(value: int) -> int:
    """Refuse a window that holds no evidence."""
    if 0 < value < 512:
        raise ValueError("give at least 512, or 0")
    return value


def _evidence(value: int) -> int:
    """Refuse a budget that holds no quote."""
    if 0 < value < 60:
        raise ValueError("give at least 60, or 0")
    return value


def _names(value: Any) -> Any:
    """A list may be written as one text, with commas, as variables of the environment have to."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what no Host header can say: an address with a scheme, a path or a port."""
    for name in value:
        if not re.fullmatch(r"\*|(\*\.)?[A-Za-z0-9_.-]+|\[?[0-9A-Fa-f:.]+\]?", name):
            raise ValueError(f"{name!r}: give names alone, as citecast.example.org or *.example.org")
    return tuple(name.lower().rstrip(".") for name in value)


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no address and no network."""
    for name in value:
        ip_network(name, strict=False)  # raises ValueError
    return value


def _root_path(value: str) -> str:
    """The prefix as web servers write it: with a slash before it and none behind it."""
    path = "/" + value.strip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*|/", path) or "/.." in path:
        raise ValueError("give a path, as /podcast")
    return path.rstrip("/")


class Settings(BaseModel):
    """Every setting. The description of each is what the README's table and the help texts say."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    archive: Annotated[_Address, AfterValidator(_not_empty), Field(description="folder or Git URL of the archive")] = (
        Address(ARCHIVE_URL)
    )
    data: Annotated[_Folder, Field(description="folder for the index and other state")] = Path(
        platformdirs.user_data_dir("citecast")
    )
    embedder: Annotated[
        str,
        AfterValidator(_hub_or_folder),
        Field(min_length=1, description="sentence-transformers model: `minilm`, a hub name or a folder"),
    ] = "minilm"
    reranker: Annotated[
        _Address,
        AfterValidator(_server_or_model),
        Field(description="what reorders the first passages: a cross-encoder's hub name or folder, or a server's URL"),
    ] = Address("")
    judge: Annotated[
        str,
        AfterValidator(_hub_or_folder),
        Field(description="what checks sentences besides the gate: an NLI cross-encoder's hub name or folder"),
    ] = ""
    store: Annotated[
        _Address,
        AfterValidator(_server),
        Field(description="URL of a Qdrant server; empty for the embedded store"),
    ] = Address("")
    model: Annotated[
        _Address,
        AfterValidator(_not_empty),
        AfterValidator(_server_or_model),
        Field(
            description="who writes the answers: `extractive`, `auto`, or a language model by URL, hub name, folder or "
            "GGUF file",
        ),
    ] = Address("extractive")
    model_server: Annotated[
        _Address,
        AfterValidator(_server),
        AfterValidator(_server_or_model),
        Field(description="URL of the model server that `auto` takes; empty for none"),
    ] = Address("")
    api_key: Annotated[
        SecretStr, AfterValidator(_key), Field(description="key of the model server; never shown or written down")
    ] = SecretStr("")
    model_seconds: Annotated[float, Field(gt=0, le=600, description="time limit of one answer of a model")] = 60.0
    context_tokens: Annotated[
        int,
        AfterValidator(_context),
        Field(ge=0, le=1_000_000, description="context window to use, in tokens; 0 takes the model's, within reason"),
    ] = 0
    passage_words: Annotated[int, Field(ge=40, le=400, description="target length of a passage, in words")] = 140
    evidence_words: Annotated[
        int,
        AfterValidator(_evidence),
        Field(ge=0, le=4000, description="most words of quoted evidence in an answer; 0 takes what suits the writer"),
    ] = 0
    threads: Annotated[int, Field(ge=0, le=256, description="threads for models; 0 takes every core")] = 0
    host: Annotated[str, Field(min_length=1, description="address that the server listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port that the server listens on; 0 takes a free one")] = (
        7860
    )
    allowed_hosts: Annotated[
        tuple[str, ...],
        BeforeValidator(_names),
        AfterValidator(_host_names),
        Field(description="names that the server answers to besides its own address: a name, `*.example.org`, or `*`"),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        BeforeValidator(_names),
        AfterValidator(_networks),
        Field(description="addresses or networks of proxies whose `X-Forwarded-*` headers are heeded"),
    ] = ()
    root_path: Annotated[
        str,
        AfterValidator(_root_path),
        Field(description="path under which a proxy shows the server, as `/podcast`; empty for none"),
    ] = ""
    connections: Annotated[
        int,
        Field(ge=16, le=100_000, description="connections at the same time; half the process's limit of files at most"),
    ] = 512
    request_seconds: Annotated[float, Field(gt=0, le=600, description="time limit of one request")] = 30.0
    workers: Annotated[int, Field(ge=1, le=64, description="questions answered at the same time")] = 2
    answer_cache: Annotated[int, Field(ge=0, le=10_000, description="finished answers that are kept; 0 keeps none")] = (
        512
    )
    metrics: Annotated[bool, Field(description="whether the server has Prometheus metrics at `/metrics`")] = True
    log_questions: Annotated[bool, Field(description="whether questions stand in the server's records and traces")] = (
        False
    )


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Merge the sources and check the result; raises `SettingsError`.

    `flags` whose value is None were not given. A relative path in the file is
    relative to the file.
    """
    folder = folder or Path.cwd()
    environ = os.environ if environ is None else environ
    values = _from_file(folder / FILE_NAME)
    origins = dict.fromkeys(values, str(folder / FILE_NAME))
    for name, value in environ.items():
        if name.startswith(PREFIX):
            key = name.removeprefix(PREFIX).lower()
            origins[key] = f"environment variable {name}"
            _check_known(key, origins[key], PREFIX)
            values[key] = value
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    values |= given
    origins |= dict.fromkeys(given, "command line")
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        given = first["input"]
        it = "secret" if key == "api_key" else repr(shown(str(given)) if isinstance(given, (str, Path)) else given)
        reason = f"{first['msg']} (it is {without_secrets(it):.100})"
        raise SettingsError(f"{origins[key]}: setting {key!r}: {reason}") from error
    return settings.model_copy(update={"data": Path(os.path.expanduser(settings.data)).absolute()})


def _from_file(path: Path) -> dict[str, Any]:
    """The file's settings, checked for unknown keys; empty where there is no file."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    for key in values:
        _check_known(key, str(path), "")
    for key in ("data", "archive"):
        value = values.get(key)
        if isinstance(value, str) and value and not is_git_url(value):
            values[key] = str(path.parent / os.path.expanduser(value))
    return values


def _check_known(key: str, where: str, prefix: str) -> None:
    if key in Settings.model_fields:
        return
    near = difflib.get_close_matches(key, Settings.model_fields, n=1)
    meant = prefix + near[0].upper() if near and prefix else (near[0] if near else "")
    hint = f"; did you mean {meant}?" if meant else f"; known: {', '.join(Settings.model_fields)}"
    raise SettingsError(f"{where}: unknown setting {key!r}{hint}")

"""Loads the settings: defaults, then `citecast.toml`, then `CITECAST_*` variables, then flags.

They are read once, at the start, and checked there: an unknown key, a wrong
type or a number out of bounds is an error that names the key and where it came
from. Nothing here reads the archive or the index.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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

from ingest import checks
from ingest.sources.git import is_git_url
from ingest.sources.urls import Address, shown, without_secrets

# The archive that Citecast was made for: its episodes, and the repository that still holds its people's pages.
ARCHIVE = tuple(
    tomllib.loads((Path(__file__).parent / "known" / "default.toml").read_text(encoding="utf-8"))["archive"]
)
FILE_NAME = "citecast.toml"
PREFIX = "CITECAST_"


class SettingsError(ValueError):
    """A setting is unknown or out of bounds; the message names it and its source."""


_Folder = Annotated[Path, BeforeValidator(checks.folder), BeforeValidator(checks.not_empty)]
# A setting that may contain a password: checked, it is an `Address`; files get it without its secrets.
_Address = Annotated[str, AfterValidator(Address), PlainSerializer(shown, return_type=str)]


class Settings(BaseModel):
    """Every setting. The description of each is what the table of docs/settings.md and the help texts say."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    archive: Annotated[
        tuple[_Address, ...],
        BeforeValidator(checks.addresses),
        Field(description="sources of the archive: folders, feeds or Git URLs, as a list or with blanks between them"),
    ] = tuple(map(Address, ARCHIVE))
    allow_private_addresses: Annotated[
        bool, Field(description="whether a feed and its files may come from addresses of a private network")
    ] = False
    data: Annotated[_Folder, Field(description="folder for the index and other state")] = Path(
        platformdirs.user_data_dir("citecast")
    )
    embedder: Annotated[
        str,
        AfterValidator(checks.hub_or_folder),
        Field(min_length=1, description="sentence-transformers model: `minilm`, a hub name or a folder"),
    ] = "minilm"
    adapter: Annotated[
        str,
        Field(
            min_length=1,
            description="difference added to the embedder: `auto` (the project's for `minilm`), `none`, or a file that "
            "`make fit` wrote",
        ),
    ] = "auto"
    reranker: Annotated[
        _Address,
        AfterValidator(checks.server_or_model),
        Field(description="what reorders the first passages: a cross-encoder's hub name or folder, or a server's URL"),
    ] = Address("")
    store: Annotated[
        _Address,
        AfterValidator(checks.server),
        Field(description="URL of a Qdrant server; empty for the embedded store"),
    ] = Address("")
    model: Annotated[
        _Address,
        AfterValidator(checks.not_empty),
        AfterValidator(checks.server_or_model),
        Field(
            description="who writes the answers: `extractive`, `auto`, or a language model by URL, hub name, folder or "
            "GGUF file",
        ),
    ] = Address("extractive")
    model_server: Annotated[
        _Address,
        AfterValidator(checks.server),
        AfterValidator(checks.server_or_model),
        Field(description="URL of the model server that `auto` takes; empty for none"),
    ] = Address("")
    api_key: Annotated[
        SecretStr,
        AfterValidator(checks.visible_key),
        Field(description="key of the model server; never shown or written down"),
    ] = SecretStr("")
    model_seconds: Annotated[float, Field(gt=0, le=600, description="time limit of one answer of a model")] = 60.0
    context_tokens: Annotated[
        int,
        AfterValidator(checks.context),
        Field(ge=0, le=1_000_000, description="context window to use, in tokens; 0 takes the model's, within reason"),
    ] = 0
    passage_words: Annotated[int, Field(ge=40, le=400, description="target length of a passage, in words")] = 140
    evidence_words: Annotated[
        int,
        AfterValidator(checks.evidence),
        Field(ge=0, le=4000, description="most words of quoted evidence in an answer; 0 takes what suits the writer"),
    ] = 0
    threads: Annotated[int, Field(ge=0, le=256, description="threads for models; 0 takes every core")] = 0
    host: Annotated[str, Field(min_length=1, description="address that the server listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port that the server listens on; 0 takes a free one")] = (
        7860
    )
    allowed_hosts: Annotated[
        tuple[str, ...],
        BeforeValidator(checks.names),
        AfterValidator(checks.host_names),
        Field(description="names that the server answers to besides its own address: a name, `*.example.org`, or `*`"),
    ] = ()
    origins: Annotated[
        tuple[str, ...],
        BeforeValidator(checks.names),
        AfterValidator(checks.origins),
        Field(
            description="sites that may embed the server, besides itself: `https://example.org`, "
            "`https://*.example.org`, or `*`"
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        BeforeValidator(checks.names),
        AfterValidator(checks.networks),
        Field(description="addresses or networks of proxies whose `X-Forwarded-*` headers are heeded"),
    ] = ()
    root_path: Annotated[
        str,
        AfterValidator(checks.root_path),
        Field(description="path under which a proxy shows the server, as `/podcast`; empty for none"),
    ] = ""
    connections: Annotated[
        int,
        Field(ge=16, le=100_000, description="connections at the same time; half the process's limit of files at most"),
    ] = 512
    request_seconds: Annotated[float, Field(gt=0, le=600, description="time limit of one request")] = 30.0
    workers: Annotated[int, Field(ge=1, le=64, description="questions answered at the same time")] = 2
    queue: Annotated[
        int, Field(ge=1, le=1000, description="questions that may wait for their turn; more while they wait under 3 s")
    ] = 32
    visitor_rate: Annotated[
        str,
        AfterValidator(checks.rates),
        Field(description="most questions of one visitor, as `60/minute` or `10/second,1000/hour`; empty for no limit"),
    ] = "60/minute"
    total_rate: Annotated[
        str, AfterValidator(checks.rates), Field(description="most questions of all visitors; empty for no limit")
    ] = "1200/minute"
    visitor_share: Annotated[
        int,
        Field(ge=0, le=1000, description="questions of one visitor that may wait or be answered at once; 0: no limit"),
    ] = 8
    keys: Annotated[
        tuple[SecretStr, ...],
        BeforeValidator(checks.names),
        AfterValidator(checks.keys),
        Field(description="keys that visitors may send for higher limits; never shown or written down"),
    ] = ()
    key_rate: Annotated[
        str, AfterValidator(checks.rates), Field(description="most questions with one key; empty for no limit")
    ] = "600/minute"
    answer_cache: Annotated[int, Field(ge=0, le=10_000, description="finished answers that are kept; 0 keeps none")] = (
        512
    )
    metrics: Annotated[bool, Field(description="whether the server has Prometheus metrics at `/metrics`")] = True
    log_questions: Annotated[
        bool,
        Field(
            description="whether questions stand in the server's records and traces, and those without an answer in "
            "its state file"
        ),
    ] = False
    share: Annotated[bool, Field(description="whether visitors can give an answer an address of its own")] = True
    share_days: Annotated[
        int, Field(ge=0, le=36_500, description="days after which a shared answer is deleted; 0 keeps it for ever")
    ] = 0
    share_indexed: Annotated[bool, Field(description="whether search engines may list shared answers")] = False
    feedback: Annotated[bool, Field(description="whether visitors can say what they think of an answer")] = True


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Merge the sources and check the result; raises `SettingsError`.

    `flags` with the value None were not given. A relative path in the file is
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
        key = str(first["loc"][0])
        given = first["input"]
        it = (
            "secret"
            if key in ("api_key", "keys")
            else repr(shown(str(given)) if isinstance(given, (str, Path)) else given)
        )
        reason = f"{first['msg']} (it is {without_secrets(it):.100})"
        raise SettingsError(f"{origins[key]}: setting {key!r}: {reason}") from error
    return settings.model_copy(update={"data": Path(os.path.expanduser(settings.data)).absolute()})


def _from_file(path: Path) -> dict[str, Any]:
    """The file's settings, checked for unknown keys; empty if there is no file."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    for key in values:
        _check_known(key, str(path), "")
    try:
        for key in values.keys() & {"archive"}:
            values[key] = [_beside(path, value) for value in checks.addresses(values[key])]
    except ValueError as error:
        raise SettingsError(f"{path}: setting 'archive': {error}") from error
    if isinstance(values.get("data"), str) and values["data"]:
        values["data"] = _beside(path, values["data"])
    return values


def _beside(file: Path, value: str) -> str:
    """A relative path of a file's setting, from the file's folder; a URL as it is."""
    return value if "://" in value or is_git_url(value) else str(file.parent / os.path.expanduser(value))


def _check_known(key: str, where: str, prefix: str) -> None:
    if key in Settings.model_fields:
        return
    near = difflib.get_close_matches(key, Settings.model_fields, n=1)
    meant = prefix + near[0].upper() if near and prefix else (near[0] if near else "")
    hint = f"; did you mean {meant}?" if meant else f"; known: {', '.join(Settings.model_fields)}"
    raise SettingsError(f"{where}: unknown setting {key!r}{hint}")

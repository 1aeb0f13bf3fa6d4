"""Reads an archive's descriptor `archive.toml`: the facts that are one archive's and not the program's.

    archive.toml -> Descriptor: its name, hosts, the addresses of pages and recordings, example questions

Every key has a default, so an archive can do without. Services that play recordings are described in
`known/services.toml`; archives of a known layout that hold no descriptor take the one in `known/`. A key that is not
known or a template with an unknown field is an error that names the file and the key. docs/archive.md has all keys.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from string import Formatter
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingest.models import Links, Player, Reports

FILE_NAME = "archive.toml"
MAX_BYTES = 256 * 1024
_KNOWN = Path(__file__).parent / "known"
_SERVICES = "services.toml"
_PAGE_FIELDS = {"season", "number", "slug", "name", "tail", "link", "video"}
# `s03e04-` at the beginning of a slug.
_NUMBERED = re.compile(r"s(\d{2,})e(\d{2,})-(?=.)")


class DescriptorError(ValueError):
    """The descriptor cannot be used; the message names the file and the key."""


def _fields(template: str) -> set[str]:
    """Names in braces; raises `ValueError` for a template with broken braces or with anything but names in them."""
    found = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    if odd := [field for field in found if not field.isidentifier()]:
        raise ValueError(f"{{{odd[0]}}} is no field")
    return found


def _template(text: str, allowed: set[str], needed: str = "") -> str:
    """A template of an address; raises `ValueError` if it is none."""
    fields = _fields(text)
    if unknown := fields - allowed:
        raise ValueError(f"{text!r}: {{{min(unknown)}}} is not known here; known: {', '.join(sorted(allowed))}")
    if needed and needed not in fields:
        raise ValueError(f"{text!r}: it has no {{{needed}}}")
    if text and not text.startswith("{") and urlsplit(text).scheme not in ("http", "https"):
        raise ValueError(f"{text!r}: give an address that begins with https://")
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


_Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
_Pattern = Annotated[str, AfterValidator(_pattern)]
_Page = Annotated[str, AfterValidator(lambda text: _template(text, _PAGE_FIELDS))]
_Line = Annotated[str, AfterValidator(lambda text: _template(text, {"page", "row"}, "row" if text else ""))]
_Played = Annotated[str, AfterValidator(lambda text: _template(text, {"video", "second"}, "video" if text else ""))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VideoReports(_Model):
    """As `Reports`."""

    query: str = ""
    ask: str = ""
    second: str = ""


class Video(_Model):
    """Where recordings play, and how their ids are written. `key`: the id's key in an episode's `ids`."""

    service: str = ""
    key: str = ""
    called: str = ""
    id: _Pattern = ""
    words: _Pattern = ""
    play: _Played = ""
    embed: _Played = ""
    seen: _Texts = ()
    reports: VideoReports = VideoReports()

    @model_validator(mode="before")
    @classmethod
    def _of_service(cls, values: Any) -> Any:
        """The named service's facts, where the descriptor gives no others."""
        if not isinstance(values, dict) or not (name := values.get("service")):
            return values
        services = tomllib.loads((_KNOWN / _SERVICES).read_text(encoding="utf-8"))
        if name not in services:
            raise ValueError(f"service {name!r} is not known; known: {', '.join(services)}; or give play and embed")
        return services[name] | {"key": name} | values

    def id_of(self, text: str) -> str | None:
        """The id in a value of `key`, without parameters behind it; None if it is a placeholder or something else."""
        match = re.fullmatch(rf"({self.id or '[^&?]+'})(?:[&?].*)?", text)
        return match[1] if match and not (self.words and re.fullmatch(self.words, match[1])) else None

    def id_in(self, link: str) -> str | None:
        """The id in a link to a recording, whatever its other parameters; None if the link is of another kind."""
        place = re.sub(r"^(?:https?://)?(?:www\.|m\.)?", "", link, flags=re.IGNORECASE)
        for seen in self.seen:
            begin, query, key = seen.partition("?")
            pattern = re.escape(begin) + (rf"\?(?:[^#]*&)?{re.escape(key)}" if query else "")
            if match := re.fullmatch(rf"(?i:{pattern})({self.id or '[^&?/#]+'})(?:[?&#/].*)?", place):
                return match[1]
        return None


class Descriptor(_Model):
    """The facts of one archive.

    `hosts`: names or ids of people; `people`: names by id, for ids without a page. `page`: templates of an episode's
    page, of which the first is taken whose fields are known; `line`: of a row of its transcript. `speaker`: who speaks
    where a transcript names nobody.
    """

    name: Annotated[str, Field(max_length=200)] = ""
    hosts: _Texts = ()
    people: dict[str, str] = {}
    page: Annotated[tuple[_Page, ...], BeforeValidator(_listed)] = ()
    line: _Line = ""
    speaker: str = ""
    questions: Annotated[_Texts, Field(max_length=50)] = ()
    video: Video = Video()

    def links(
        self, slug: str, name: str, season: int | None, number: int | None, video: str | None,
        *, own: str = "", link: str = "", media: str = "",
    ) -> Links:  # fmt: skip
        """An episode's addresses. `own`: its page, whatever the templates say; `link`, `media`: what its feed names."""
        known: dict[str, Any] = {"slug": slug, "name": name, "tail": _tail(name, season, number), "link": link}
        known |= {"season": season, "number": number, "video": video}
        known = {key: value for key, value in known.items() if value not in (None, "")}
        page = own or next((_fill(page, known) for page in self.page if _fields(page) <= known.keys()), link)
        line = self.line.replace("{page}", page) if page else ""
        if video and self.video.play:
            play, embed = (text.replace("{video}", quote(video)) for text in (self.video.play, self.video.embed))
            kind = Player.FRAME if embed else Player.NONE
            called, reports = self.video.called or urlsplit(play).netloc, Reports(**self.video.reports.model_dump())
            return Links(page, play, embed, kind, line, called, reports)
        if media:
            at = f"{media.partition('#')[0]}#t={{second}}"  # W3C Media Fragments, 4.2.1
            return Links(page, at, at, Player.AUDIO, line, urlsplit(media).netloc)
        return Links(page, line=line)


def _fill(template: str, known: dict[str, Any]) -> str:
    safe = {key: quote(value) if isinstance(value, str) and key != "link" else value for key, value in known.items()}
    return template.format(**safe)


def _tail(name: str, season: int | None, number: int | None) -> str:
    """The name of the episode's page without its own season and number in front, as in the page's address."""
    match = _NUMBERED.match(name)
    return name[match.end() :] if match and (int(match[1]), int(match[2])) == (season, number) else name


def read_descriptor(folder: Path) -> Descriptor | None:
    """The descriptor in a folder, None if there is none; raises `DescriptorError`."""
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DescriptorError(f"{path}: over {MAX_BYTES:,} bytes")
        return _parsed(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptorError(f"{path}: {error}") from error


def known_descriptor(name: str) -> Descriptor:
    """The descriptor of an archive that holds none itself (`known/NAME.toml`)."""
    path = _KNOWN / f"{name}.toml"
    return _parsed(path.read_text(encoding="utf-8"), str(path))


def _parsed(text: str, shown: str) -> Descriptor:
    try:
        return Descriptor(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DescriptorError(f"{shown}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] != "extra_forbidden":
            reason = first["msg"].removeprefix("Value error, ")
            raise DescriptorError(f"{shown}: {place or 'it'}: {reason}") from error
        inner: dict[str, type[BaseModel]] = {"video": Video, "video.reports": VideoReports}
        keys = inner.get(place.rpartition(".")[0], Descriptor).model_fields
        near = get_close_matches(place.rpartition(".")[2], keys, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(keys)}"
        raise DescriptorError(f"{shown}: unknown key {place!r}{meant}") from error

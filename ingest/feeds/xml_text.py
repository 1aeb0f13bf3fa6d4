"""Reads XML text as elements, each with its line, within limits.

    bytes -> text (`xml_text`) -> the root `Element` (`read_xml`)

A document type is refused, so no entity can be declared: none is expanded, and nothing outside the text is opened.
The element's name is `NAMESPACE NAME`, or `NAME` alone: the prefix is the author's choice and means nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from ingest.front_matter.files import BadFile

# The largest feeds known have some thousand episodes with long notes: about 20 MiB.
MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 50
# Elements and attributes; an episode has about 40.
MAX_VALUES = 500_000
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Those that feeds are written in. Python knows more, some of which take quadratic time.
_ENCODINGS = re.compile(
    r"utf-?(?:8|16)|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-\d{3,4}|koi8-[ru]|gb(?:2312|k|18030)|big5|"
    r"shift[-_]jis|euc-(?:jp|kr)|iso-2022-jp",
    re.IGNORECASE,
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class Element:
    """An element: its name, line, attributes, text (its own, joined) and the elements in it."""

    name: str
    line: int
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, without the white space around it."""
        return "".join(self.parts).strip()

    def all(self, *names: str) -> Iterator[Element]:
        """The elements directly in it that have one of these names."""
        return (child for child in self.children if child.name in names)

    def first(self, *names: str) -> Element | None:
        """The first element directly in it by the first of these names that has a text, else the first of any."""
        found = [child for name in names for child in self.all(name)]
        return next((child for child in found if child.text), found[0] if found else None)


def xml_text(data: bytes) -> str:
    """The text of an XML file by its byte order mark, else its declaration, else UTF-8; raises `BadFile`."""
    name = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not name:
        declared = _DECLARED.match(data[:400])
        name = declared[1].decode() if declared else "utf-8"
        if not _ENCODINGS.fullmatch(name):
            raise BadFile(f"the encoding {name!r} is not read; save the file as UTF-8", 1)
        if name.lower().replace("-", "") == "utf16":  # without a mark: the declaration itself was read as ASCII
            name = "utf-8"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(f"not {name.removesuffix('-sig').upper()} text: {error.reason}", line) from error
    except LookupError as error:
        raise BadFile(f"the encoding {name!r} is not known; save the file as UTF-8", 1) from error


def read_xml(text: str) -> Element:
    """The root element of XML text; raises `BadFile` for broken XML, a document type, and too much of anything."""
    if len(text) > MAX_BYTES:
        raise BadFile(f"{len(text):,} characters; the limit is {MAX_BYTES:,}")
    body = text.lstrip("\ufeff \t\r\n")  # a blank line before the declaration is a fault that many feeds have
    if not body:
        raise BadFile("the file is empty", 1)
    builder = _Builder(text[: len(text) - len(body)].count("\n"))
    try:
        builder.parser.Parse(body.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise BadFile(f"broken XML: {reason}{_ADVICE.get(reason, '')}", error.lineno + builder.skipped) from error
    if builder.root is None:  # an expat that found no element would have raised
        raise BadFile("the file holds no element", 1)
    return builder.root


_ADVICE = {
    "undefined entity": " (write &#160; for &nbsp;, or put HTML into <![CDATA[ ]]>)",
    "no element found": "; is the file cut off?",
    "unclosed CDATA section": "; is the file cut off?",
    "unclosed token": "; is the file cut off?",
    "not well-formed (invalid token)": " (an & has to be written &amp;)",
}


class _Builder:
    """Builds the elements from the parser's events."""

    def __init__(self, skipped: int) -> None:
        self.skipped = skipped
        self.root: Element | None = None
        self._open: list[Element] = []
        self._values = 0
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber + self.skipped

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._values += 1 + len(attributes)
        if self._values > MAX_VALUES:
            raise BadFile(f"over {MAX_VALUES:,} elements and attributes", self._line)
        if len(self._open) >= MAX_DEPTH:
            raise BadFile(f"the elements nest over {MAX_DEPTH} deep", self._line)
        element = Element(name, self._line, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def _doctype(self, name: str, *rest: object) -> NoReturn:
        if name.lower() == "html":
            raise BadFile("this is a web page and no feed; give the address of the feed", self._line)
        raise BadFile("the file has a document type (<!DOCTYPE), which is not read; remove it", self._line)

"""Addresses that may hold a password: how they are shown, and what of them is a secret.

A secret is found by its position, not by how it looks: the user part is everything up to the
last `@`, whatever stands in it, and each value of a query may be a token. Where it is not sure
whether something before an `@` is a user part, it is hidden: a name that is cut short costs less
than a password that is shown. Nothing here opens a connection.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HIDDEN = "…"
# A scheme may be forgotten, and slashes may be too many; three behind `file:` begin a path.
_SCHEME = re.compile(r"(?i:file)://(?=/)|(?:[A-Za-z][A-Za-z0-9+.-]*:)?//+")
# `user@host:path`, ssh's short form.
_SSH = re.compile(r"[^/\s@:]+@[\w.-]+:")
_HOST = re.compile(r"(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d+)?$")
_DRIVE = re.compile(r"[A-Za-z]:\\")
_QUERY = re.compile(r"[?#]")
_AUTHORITY_END = re.compile(r"[/?#]")
# A parameter of one step of a path: `/x;token=abc`.
_PARAMETER = re.compile(r";([^;=/?#]*)=([^;/?#]*)")
_QUOTES = r"\s'\"<>"
# A URL ends at a blank, a quote or a bracket, but for a user part, which may hold them: it is known by a colon that no
# port follows. What punctuates the sentence is no part of it.
_IN_TEXT = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:|(?<![\w:/])(?=//[^\s/]*:\S*@))//"
    rf"(?:[^{_QUOTES}/?#@]*:(?!\d*(?:[{_QUOTES}/?#]|$))[^\s@]*@)?(?:[^{_QUOTES}]*[^{_QUOTES},.;:)])?"
)
_ENCODED = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*%3A(?:%2F|/){{2}}[^{_QUOTES}&]+", re.IGNORECASE)


def shown(address: str) -> str:
    """An address without its user part and the values of its query; a text that holds neither stays as it is."""
    scheme = _SCHEME.match(address)
    start = scheme.end() if scheme else 0
    rest = address[start:]
    if rest.startswith("/") or _DRIVE.match(address):  # a file's path: nobody's name stands before it
        return address[:start] + _without_query(rest)
    user, at, place = rest.rpartition("@")
    # A folder's name may hold an `@`, too: without a scheme it ends a user part in ssh's short form or behind a colon.
    if at and (scheme or ":" in user or _SSH.match(rest)):
        if _in_query(rest):
            return address[:start] + HIDDEN
        # Behind a slash an `@` is a part of a password or of a path: nobody can say which.
        rest = place if has_user(rest) else f"{HIDDEN}/{place}"
    return address[:start] + _without_query(rest)


def has_user(rest: str) -> bool:
    """Whether what follows a scheme begins with a user part for certain: what stands before its first slash is no host.

    `bob:s3cr/et@host` has one, as `s3cr` is no port; `host/a@b` may be a path.
    """
    return "@" in rest and not _HOST.match(_AUTHORITY_END.split(rest, maxsplit=1)[0])


def _in_query(rest: str) -> bool:
    """Whether the last `@` may stand in a query: a part of a secret then follows it."""
    before, _, behind = rest.partition("@")
    return (not has_user(rest) and bool(_QUERY.search(before))) or bool(_QUERY.search(behind.rpartition("@")[0]))


def _without_query(rest: str) -> str:
    rest = _PARAMETER.sub(rf";\1={HIDDEN}", rest) if ";" in _QUERY.split(rest)[0] else rest
    place, mark, query = rest.partition("?")
    if not mark:
        place, mark, query = rest.partition("#")
        # A model's name stands there, or what signs somebody in.
        return place + mark + (_hidden_values(query) if "=" in query else query)
    return place + mark + (_hidden_values(query) if "=" in query else HIDDEN if query else "")


def _hidden_values(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(f"{name}={HIDDEN}" if equals else HIDDEN for name, equals, _ in pairs)


def without_secrets(text: str, *addresses: str) -> str:
    """A text of others (an error, a log) without the secrets of these addresses and of whatever looks like a URL."""
    for address in addresses:
        text = text.replace(whole(address), shown(address))
        for secret in secrets_of(address):
            text = text.replace(secret, HIDDEN)
    return _ENCODED.sub(_shown_decoded, _IN_TEXT.sub(lambda found: shown(found[0]), text))


def _shown_decoded(found: re.Match[str]) -> str:
    """A URL inside another, its signs as `%` and two digits; as it stands where it holds no secret."""
    decoded = unquote(found[0])
    return found[0] if shown(decoded) == decoded else shown(decoded)


def secrets_of(address: str) -> list[str]:
    """The texts of an address that nobody may see, as written, decoded and encoded, longest first.

    Of the user part this is the whole and the password: a user's name alone may be any word of a message.
    """
    rest = whole(address)
    if scheme := _SCHEME.match(rest):
        rest = rest[scheme.end() :]
    user, at, _ = rest.rpartition("@")
    query = rest.partition("?")[2] if "?" in rest else rest.partition("#")[2]
    values = [pair.rpartition("=")[2] for pair in query.split("&")] if "=" in query or "?" in rest else []
    values += [value for _, value in _PARAMETER.findall(rest)]
    found = {f"{user}@", user.partition(":")[2], *values} if at else set(values)
    forms = {form for one in found for form in (one, unquote(one), quote(unquote(one), safe=""))}
    return sorted({form for form in forms if len(form) > 1}, key=len, reverse=True)


class Address(str):
    """A setting that may hold a URL. It equals its whole text, and shows itself without secrets."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """An address of a text or of another address."""
        return super().__new__(cls, whole(text))

    @property
    def whole(self) -> str:
        """The address as it was given, secrets included: for whoever opens it."""
        return str.__str__(self)

    def __str__(self) -> str:
        return shown(self.whole)

    def __repr__(self) -> str:
        return repr(shown(self.whole))

    def __format__(self, spec: str) -> str:
        return format(shown(self.whole), spec)


def whole(text: str) -> str:
    """The plain text of what may be an `Address`."""
    return text.whole if isinstance(text, Address) else text


def basic_auth(url: str) -> tuple[str, dict[str, str]]:
    """A server's URL without user and password, and the HTTP header that holds them in its place."""
    parts = urlsplit(whole(url))
    user, at, place = parts.netloc.rpartition("@")
    if not at:
        return whole(url), {}
    code = base64.b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=place)), {"Authorization": f"Basic {code}"}


def harmless(text: str) -> str:
    """A text of several lines whose control characters are shown as escapes, without secrets of URLs."""
    return "".join(one if one in "\n\t" else _escaped(one) for one in without_secrets(text))


def one_line(text: str) -> str:
    """The same with line breaks shown as escapes, too."""
    return "".join(map(_escaped, without_secrets(text)))


def _escaped(character: str) -> str:
    """Controls (ESC, C1, line separators), half characters, and what reorders or hides text, as escapes."""
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")

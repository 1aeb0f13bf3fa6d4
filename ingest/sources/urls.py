"""Hides the secrets of addresses that may contain a password.

A secret is found by its position, not by its form: the user part is everything up to the
last `@`, and each value of a query may be a token. If it is not certain
whether text before an `@` is a user part, it is hidden: a shortened name costs less
than a visible password. Nothing here opens a connection.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HIDDEN = "…"
# The scheme may be missing, and there may be too many slashes; three after `file:` begin a path.
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
# A URL ends at a blank, a quote or a bracket, except in a user part, which may contain them: it has a colon without a
# port after it. Punctuation of the sentence is not part of it.
_IN_TEXT = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:|(?<![\w:/])(?=//[^\s/]*:\S*@))//"
    rf"(?:[^{_QUOTES}/?#@]*:(?!\d*(?:[{_QUOTES}/?#]|$))[^\s@]*@)?(?:[^{_QUOTES}]*[^{_QUOTES},.;:)])?"
)
_ENCODED = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*%3A(?:%2F|/){{2}}[^{_QUOTES}&]+", re.IGNORECASE)


def shown(address: str) -> str:
    """An address without its user part and the values of its query; a text without these is not changed."""
    scheme = _SCHEME.match(address)
    start = scheme.end() if scheme else 0
    rest = address[start:]
    if rest.startswith("/") or _DRIVE.match(address):  # a file's path has no user part
        return address[:start] + _without_query(rest)
    user, at, place = rest.rpartition("@")
    # A folder's name may have an `@`, too: without a scheme it ends a user part in ssh's short form or after a colon.
    if at and (scheme or ":" in user or _SSH.match(rest)):
        if _in_query(rest):
            return address[:start] + HIDDEN
        # After a slash an `@` is a part of a password or of a path: it is not certain which.
        rest = place if has_user(rest) else f"{HIDDEN}/{place}"
    return address[:start] + _without_query(rest)


def has_user(rest: str) -> bool:
    """Whether the text after a scheme certainly begins with a user part: the text before its first slash is not a host.

    `bob:s3cr/et@host` has one, since `s3cr` is not a port; `host/a@b` may be a path.
    """
    return "@" in rest and not _HOST.match(_AUTHORITY_END.split(rest, maxsplit=1)[0])


def _in_query(rest: str) -> bool:
    """Whether the last `@` may be in a query: then part of a secret follows it."""
    before, _, behind = rest.partition("@")
    return (not has_user(rest) and bool(_QUERY.search(before))) or bool(_QUERY.search(behind.rpartition("@")[0]))


def _without_query(rest: str) -> str:
    rest = _PARAMETER.sub(rf";\1={HIDDEN}", rest) if ";" in _QUERY.split(rest)[0] else rest
    place, mark, query = rest.partition("?")
    if not mark:
        place, mark, query = rest.partition("#")
        # It is a model's name, or a secret for signing in.
        return place + mark + (_hidden_values(query) if "=" in query else query)
    return place + mark + (_hidden_values(query) if "=" in query else HIDDEN if query else "")


def _hidden_values(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(f"{name}={HIDDEN}" if equals else HIDDEN for name, equals, _ in pairs)


def without_secrets(text: str, *addresses: str) -> str:
    """An external text (an error, a log) without the secrets of these addresses and of anything like a URL."""
    for address in addresses:
        text = text.replace(whole(address), shown(address))
        for secret in secrets_of(address):
            text = text.replace(secret, HIDDEN)
    return _ENCODED.sub(_shown_decoded, _IN_TEXT.sub(lambda found: shown(found[0]), text))


def _shown_decoded(found: re.Match[str]) -> str:
    """A percent-encoded URL inside another, without its secrets; not changed if it has none."""
    decoded = unquote(found[0])
    return found[0] if shown(decoded) == decoded else shown(decoded)


def secrets_of(address: str) -> list[str]:
    """The secret texts of an address, as written, decoded and encoded, longest first.

    Of the user part these are the whole and the password; a user's name alone may be any word of a message.
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
    """A setting that may be a URL. It equals its whole text, but is displayed without secrets."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make an address from a text or from another address."""
        return super().__new__(cls, whole(text))

    @property
    def whole(self) -> str:
        """The address as given, with secrets: for opening it."""
        return str.__str__(self)

    def __str__(self) -> str:
        return shown(self.whole)

    def __repr__(self) -> str:
        return repr(shown(self.whole))

    def __format__(self, spec: str) -> str:
        return format(shown(self.whole), spec)


def whole(text: str) -> str:
    """The whole text of a string that may be an `Address`."""
    return text.whole if isinstance(text, Address) else text


def is_web(url: str) -> bool:
    """Whether it is an address by http or https, with a host and a port that can be."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and parts.scheme in ("http", "https") and url.isprintable()


def on_this_machine(url: str) -> bool:
    """Whether a URL names this machine, which a proxy from the environment cannot reach."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def basic_auth(url: str) -> tuple[str, dict[str, str]]:
    """A server's URL without user and password, and the HTTP header with them."""
    parts = urlsplit(whole(url))
    user, at, place = parts.netloc.rpartition("@")
    if not at:
        return whole(url), {}
    code = base64.b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=place)), {"Authorization": f"Basic {code}"}


def harmless(text: str) -> str:
    """A text of several lines with control characters as escapes, without secrets of URLs."""
    return "".join(one if one in "\n\t" else _escaped(one) for one in without_secrets(text))


def one_line(text: str) -> str:
    """The same with line breaks shown as escapes, too."""
    return "".join(map(_escaped, without_secrets(text)))


def _escaped(character: str) -> str:
    """Control characters (ESC, C1, line separators), lone surrogates, and what reorders or hides text, as escapes."""
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")

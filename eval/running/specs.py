"""Reads the names of systems, as `--system` and `--set` take them.

Nothing here opens a system (`eval.running.systems`, `eval.running.served`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.checks import is_url, server
from ingest.sources.urls import shown, without_secrets

KINDS = ("ours", "lexical", "dense", "llamaindex")
# The kind of a system that is named by its address.
SERVER = "server"


class UnknownSystem(ValueError):
    """A system that does not exist was named; the message lists those that do."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A system as the user named it: `KIND`, `KIND:KEY=VALUE,...`, or the `address` of a server."""

    name: str
    kind: str
    changes: dict[str, str]
    address: str = ""

    @property
    def folder(self) -> str:
        """The name as a folder name."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", self.name)


def parse_spec(text: str) -> Spec:
    """Read a system's name; raises `UnknownSystem`."""
    if is_url(text):
        return _server_at(text)
    kind, _, rest = text.partition(":")
    if kind not in KINDS:
        raise UnknownSystem(f"no system is named {kind!r}: take {', '.join(KINDS)}, ours:KEY=VALUE, or a server's URL")
    # The name is written into files and file names.
    return Spec(without_secrets(text), kind, parse_changes(rest.split(",") if rest else []))


def _server_at(address: str) -> Spec:
    try:
        server(address)
    except ValueError as error:
        raise UnknownSystem(f"{shown(address)}: {error}") from error
    if set("?#") & set(address.rpartition("@")[2]):
        raise UnknownSystem(f"{shown(address)}: give the address of a server alone, as http://HOST:PORT")
    return Spec(shown(address).rstrip("/"), SERVER, {}, address)


def parse_changes(pairs: Sequence[str]) -> dict[str, str]:
    """`KEY=VALUE` pairs as settings; raises `UnknownSystem` for anything else."""
    changes: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UnknownSystem(f"{pair!r} is not KEY=VALUE, such as evidence_words=200")
        changes[key.strip()] = value.strip()
    return changes
